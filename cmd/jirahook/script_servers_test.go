package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jirahook/internal/pgtest"
)

// serverTools are what the tests on real servers need, and Debian's packages of
// them.
func serverTools() map[string]string {
	return map[string]string{
		"/usr/sbin/sshd":      "openssh-server",
		"/usr/sbin/nginx":     "nginx-light",
		"/usr/sbin/fcgiwrap":  "fcgiwrap",
		"/usr/bin/gitolite":   "gitolite3",
		"/usr/bin/htpasswd":   "apache2-utils",
		"/usr/bin/busybox":    "busybox-static",
		"/usr/sbin/useradd":   "passwd",
		"/usr/sbin/runuser":   "util-linux",
		"/usr/bin/ssh-keygen": "openssh-client",
	}
}

// canServe: accounts are made, and servers run under them.
func canServe() bool {
	for tool := range serverTools() {
		if !isFile(tool) {
			return false
		}
	}
	return os.Getuid() == 0
}

func TestServersAreThere(t *testing.T) {
	var missing []string
	for tool, pkg := range serverTools() {
		if !isFile(tool) {
			missing = append(missing, pkg)
		}
	}
	switch {
	case canServe():
	case os.Getenv("CI") == "true":
		t.Fatalf("the tests on real servers must run here, as root; missing packages: %v", missing)
	default:
		t.Skipf("left out: installing on real servers, which needs root and these packages of Debian: %v", missing)
	}
}

// accountCommand makes an account for a Git server, with a home that is open as
// those of servers are; sets $ACCOUNT, $BASE (its home) and $AS, a file that runs
// a command as the account.
func accountCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: account")
	}
	base, err := os.MkdirTemp("", "jirahook-server")
	ts.Check(err)
	ts.Defer(func() { _ = os.RemoveAll(base) })
	name := "jh" + strings.TrimPrefix(filepath.Base(base), "jirahook-server")
	name = name[:min(len(name), 30)]
	ts.Check(ts.Exec("useradd", "-r", "-M", "-d", base, "-s", "/bin/sh", "-p", "*", name))
	ts.Defer(func() { _ = exec.Command("userdel", "-f", name).Run() })
	ts.Check(os.Chmod(base, 0o755))
	ts.Check(ts.Exec("chown", name+":", base))
	ts.Setenv("ACCOUNT", name)
	ts.Setenv("BASE", base)
	as := filepath.Join(ts.Getenv("WORK"), "as")
	script := fmt.Sprintf("#!/bin/sh\ncd %s && exec runuser -u %s -- env -i HOME=%[1]s USER=%[2]s PATH=/usr/local/bin:/usr/bin:/bin GIT_CONFIG_NOSYSTEM=1 GORACE=atexit_sleep_ms=0 \"$@\"\n", base, name)
	ts.Check(os.WriteFile(as, []byte(script), 0o755))
	ts.Setenv("AS", as)
}

// nginxCommand serves the repositories below a folder by git http-backend, for
// the user ann with the password secret; sets $HTTP.
func nginxCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nginx FOLDER")
	}
	dir := filepath.Join(ts.Getenv("BASE"), "nginx")
	ts.Check(os.MkdirAll(dir, 0o755))
	www, err := user.Lookup("www-data")
	ts.Check(err)
	uid, err := strconv.ParseUint(www.Uid, 10, 32)
	ts.Check(err)
	gid, err := strconv.ParseUint(www.Gid, 10, 32)
	ts.Check(err)
	ts.Check(os.Chown(dir, int(uid), int(gid)))
	ts.Check(ts.Exec("htpasswd", "-b", "-c", filepath.Join(dir, "htpasswd"), "ann", "secret"))
	ts.Check(os.Chmod(filepath.Join(dir, "htpasswd"), 0o644))
	port := freePort(ts)
	conf := fmt.Sprintf(`daemon off; pid %[1]s/nginx.pid; error_log %[1]s/error.log; user www-data; worker_processes 1;
events { worker_connections 64; }
http {
	access_log off; client_max_body_size 0;
	client_body_temp_path %[1]s/body; fastcgi_temp_path %[1]s/fastcgi; proxy_temp_path %[1]s/proxy; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen 127.0.0.1:%[2]d;
		location / {
			auth_basic git; auth_basic_user_file %[1]s/htpasswd;
			include /etc/nginx/fastcgi_params;
			fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
			fastcgi_param GIT_PROJECT_ROOT %[3]s;
			fastcgi_param GIT_HTTP_EXPORT_ALL "";
			fastcgi_param PATH_INFO $uri;
			fastcgi_param REMOTE_USER $remote_user;
			fastcgi_pass unix:%[1]s/socket;
		}
	}
}
`, dir, port, ts.MkAbs(args[0]))
	ts.Check(os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o644))
	fcgi := exec.Command("/usr/sbin/fcgiwrap", "-s", "unix:"+dir+"/socket")
	fcgi.Env = []string{"PATH=/usr/bin:/bin", "GORACE=atexit_sleep_ms=0"}
	fcgi.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	serve(ts, fcgi)
	serve(ts, exec.Command("/usr/sbin/nginx", "-e", dir+"/error.log", "-c", dir+"/nginx.conf"))
	waitForPort(ts, port)
	ts.Setenv("HTTP", fmt.Sprintf("http://ann:secret@127.0.0.1:%d", port))
}

// serve runs a server until the script ends.
func serve(ts *testscript.TestScript, cmd *exec.Cmd) {
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
}

// replayCommand runs a program as a server runs a hook: in a repository, with a
// captured environment in which the repository's path and that of a home and a
// PATH of this machine stand. Standard input is that of the script's stdin.
func replayCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: replay CAPTURE REPOSITORY INPUT PROGRAM [NAME=VALUE...]")
	}
	capture := filepath.Join(ts.Getenv("PROJECT"), "hooks/testdata/environments", args[0])
	repository := ts.MkAbs(args[1])
	captured, err := os.ReadFile(filepath.Join(capture, "env.txt"))
	ts.Check(err)
	process, err := os.ReadFile(filepath.Join(capture, "process.txt"))
	ts.Check(err)
	var theirs string
	for line := range strings.Lines(string(process)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "absolute_git_dir="); ok {
			theirs = value
		}
	}
	text := strings.TrimSpace(string(captured))
	if theirs != "" {
		text = strings.ReplaceAll(text, theirs, repository)
	}
	cmd := exec.CommandContext(context.Background(), args[3])
	for _, v := range strings.Split(text, "\n") {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "HOME": // theirs is not on this machine
			v = "HOME=" + ts.Getenv("WORK")
		case "PATH":
			v += ":/usr/local/bin:/usr/bin:/bin"
		case "GIT_EXEC_PATH", "LD_LIBRARY_PATH":
			continue // of their git
		}
		cmd.Env = append(cmd.Env, v)
	}
	cmd.Env = append(cmd.Env, "GORACE=atexit_sleep_ms=0")
	cmd.Env = append(cmd.Env, args[4:]...)
	cmd.Dir = repository
	cmd.Stdin = strings.NewReader(ts.ReadFile(args[2]))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.CombinedOutput()
	_, writeErr := ts.Stdout().Write(out)
	ts.Check(writeErr)
	ts.Check(err)
}

// giteaBuilt is a folder with a built Gitea, $JIRAHOOK_TEST_GITEA/gitea, and its
// sources, $JIRAHOOK_TEST_GITEA/src. To build it takes longer than all tests:
// testdata/build-gitea.sh does.
func giteaBuilt() bool {
	dir := os.Getenv("JIRAHOOK_TEST_GITEA")
	return dir != "" && isFile(filepath.Join(dir, "gitea"))
}

// giteaCommand runs Gitea under the account, with the user ann; sets $GITEA, its
// address with her password, $SSH, and $GITEA_CLI, a file that runs its program.
func giteaCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: gitea")
	}
	dir, account, base := os.Getenv("JIRAHOOK_TEST_GITEA"), ts.Getenv("ACCOUNT"), ts.Getenv("BASE")
	database, err := pgtest.Start(pgtest.NoFsync)
	ts.Check(err)
	ts.Defer(database.Stop)
	address, err := url.Parse(database.Address(""))
	ts.Check(err)
	socket := address.Query().Get("host")
	ts.Check(os.Chmod(socket, 0o711))
	port, sshPort := freePort(ts), freePort(ts)
	home := filepath.Join(base, "gitea")
	ts.Check(os.MkdirAll(home, 0o755))
	config := filepath.Join(home, "app.ini")
	ts.Check(os.WriteFile(config, fmt.Appendf(nil, `RUN_USER = %[1]s
WORK_PATH = %[2]s
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[3]d
ROOT_URL = http://127.0.0.1:%[3]d/
STATIC_ROOT_PATH = %[4]s/src
START_SSH_SERVER = true
SSH_LISTEN_HOST = 127.0.0.1
SSH_PORT = %[5]d
SSH_LISTEN_PORT = %[5]d
[database]
DB_TYPE = postgres
HOST = %[6]s
NAME = postgres
USER = test
[repository]
ROOT = %[7]s/repos
DEFAULT_BRANCH = main
ENABLE_PUSH_CREATE_USER = true
[security]
INSTALL_LOCK = true
[log]
ROOT_PATH = %[2]s/log
MODE = file
`, account, home, port, dir, sshPort, socket, base), 0o644))
	ts.Check(ts.Exec("chown", "-R", account+":", home))
	cli := filepath.Join(ts.Getenv("WORK"), "gitea")
	ts.Check(os.WriteFile(cli, fmt.Appendf(nil, "#!/bin/sh\nexec %s %s/gitea -c %s \"$@\"\n", ts.Getenv("AS"), dir, config), 0o755))
	ts.Setenv("GITEA_CLI", cli)
	ts.Check(ts.Exec(cli, "migrate"))
	ts.Check(ts.Exec(cli, "admin", "user", "create", "--username", "ann", "--password", "secret-of-ann", "--email", "ann@example.com", "--admin", "--must-change-password=false"))
	serve(ts, exec.Command(cli, "web"))
	waitForPort(ts, port)
	waitForPort(ts, sshPort)
	ts.Setenv("GITEA", fmt.Sprintf("http://ann:secret-of-ann@127.0.0.1:%d", port))
	ts.Setenv("SSH", fmt.Sprintf("ssh://%s@127.0.0.1:%d", account, sshPort))
}
