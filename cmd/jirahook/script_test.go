package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jirahook/internal/jiratest"
)

// TestMain lets scripts run this program as the command jirahook: the test binary
// plays it, in a process of its own. One that looks for races starts ten times as
// slowly, at each push of each script, and a hook is over before it could race; so with
// -race scripts have a program built without. The packages' own tests look for races.
func TestMain(m *testing.M) {
	if !detectsRaces {
		testscript.Main(m, map[string]func(){"jirahook": main})
		return
	}
	dir, err := os.MkdirTemp("", "jirahook-test-")
	if err != nil {
		panic(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "jirahook"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build the program: %v\n%s", err, out))
	}
	if err := os.Chmod(dir, 0o755); err != nil { // other accounts run it, too
		panic(err)
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// TestScripts runs testdata/script: real git, this program as the real hook, a
// fake Jira. Beside testscript's own commands they have
//
//	jira start [FLAVOUR [NAME]]   a fake Jira with projects SHOP and OPS; sets $JIRA_URL, $JIRA_USER and
//	                         the file token; NAME stands in place of JIRA, and before -token
//	jira use NAME            the commands that follow are for that one
//	jira down | up           unreachable, and back
//	jira fault KIND METHOD PATH [applied] [forever] [STATUS] [DELAY]   the next such request ends so, or all until
//	jira mend                no request ends so any more
//	jira service SECRET      the service account app (its secret is in $WORK/service) gets another secret
//	jira revoke              its tokens end
//	jira personal DAYS       the account has one personal access token, which ends in so many days
//	jira dump KEY            prints an issue
//	jira count METHOD PATH   prints how many such requests were answered; METHOD may be ANY
//	jira project KEY         a new project with one issue
//	jira import NAME         takes over the web links of another one's issues
//	jira links KEY           prints how many web links an issue has
//	jira forget              empties the log of requests
//	jira wait METHOD PATH [N]   waits for the first, or for that many of them
//	jira status KEY STATUS   moves an issue by hand
//	jira move KEY KEY        an issue gets another key, in another project
//	jira permissions|roles KEY NAME...   all that the account may do or is in a project
//	jira resolution KEY NAME sets an issue's resolution by hand
//	jira mentions KEY        prints how many people, images and macros texts brought up
//	config FILE              the configuration: $WORK/config.yaml made of FILE
//	bare NAME                a bare repository $WORK/NAME.git with the hook
//	pasteable FILE CONFIG COMMAND...   each command that was printed carries --config CONFIG, and those are among them
//	commit MESSAGE           an empty commit in the current folder; \n is a new line
//	lockdb | unlockdb        another program holds the outbox's database
//	smalldisk DIR            a disk with no room is mounted there (root only)
//	bigdisk DIR              a disk with room for little is mounted there (root only)
//	fill | unfill DIR        nothing more fits on it, and it does again
//	newerdb [unfinished|over]   the outbox's database gets a version of the future, or its own again
//	damage FILE              a file is written over, but for its beginning
//	notify listen            plays systemd on an abstract socket: sets $NOTIFY_SOCKET
//	notify wait WORDS        waits until it was told so
//	freeport NAME            $NAME is a port of this machine that nobody uses
//	terminal [-size COLUMNSxROWS] [-until PATTERN] [-type LINE] PROGRAM ARGUMENT...
//	                         runs it on a terminal and prints what appears there; types Ctrl-C, or the line, at the pattern
//	get URL PATTERN          asks until the answer matches, and prints it
//	sshd [ACCOUNT]           an sshd for this user, or one whose home has .ssh/authorized_keys;
//	                         sets $SSH and $GIT_SSH_COMMAND
//	account                  an account for a server: sets $ACCOUNT, $BASE, $AS
//	nginx FOLDER             git http-backend behind a login; sets $HTTP
//	gitea                    a real Gitea; sets $GITEA, $SSH, $GITEA_CLI
//	replay CAPTURE REPOSITORY INPUT PROGRAM [NAME=VALUE...]   runs a hook in a captured environment
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUpScript,
		Condition: func(cond string) (bool, error) {
			if program, ok := strings.CutPrefix(cond, "missing:"); ok {
				return isMissing(program)
			}
			switch cond {
			case "sshd":
				return isFile("/usr/sbin/sshd"), nil
			case "servers":
				return canServe(), nil
			case "gitea":
				return giteaBuilt(), nil
			case "debianroot":
				return os.Getuid() == 0 && isFile(filepath.Join(os.Getenv("DEBIAN_ROOT"), "usr/bin/git")) && isFile(filepath.Join(os.Getenv("DEBIAN_ROOT"), "usr/sbin/cron")), nil
			case "mount":
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"jira":      jiraCommand,
			"config":    configScript,
			"bare":      bareCommand,
			"commit":    commitCommand,
			"pasteable": pasteableCommand,
			"sshd":      sshdCommand,

			"account": accountCommand,
			"nginx":   nginxCommand,
			"gitea":   giteaCommand,
			"replay":  replayCommand,

			"lockdb":    lockCommand,
			"unlockdb":  unlockCommand,
			"smalldisk": smallDiskCommand,
			"bigdisk":   bigDiskCommand,
			"fill":      fillCommand,
			"unfill":    unfillCommand,
			"damage":    damageCommand,
			"newerdb":   newerCommand,
			"notify":    notifyCommand,
			"freeport":  freePortCommand,
			"get":       getCommand,
			"terminal":  terminalCommand,
		},
	})
}

// isMissing reports whether a program is not there, for scripts that are left out
// without it; in CI they must run.
func isMissing(program string) (bool, error) {
	_, err := exec.LookPath(program)
	if err != nil && os.Getenv("CI") == "true" {
		return true, fmt.Errorf("this script must run here, and there is no %s", program)
	}
	return err != nil, nil
}

// stage is what the commands of one script share.
type stage struct {
	jira  *jiratest.Server // that commands are for
	jiras map[string]*jiratest.Server
	clock time.Time // the author date of the last commit
	lock  *sql.DB
	told  *told // by sd_notify
}

type stageKey struct{}

func setUpScript(env *testscript.Env) error {
	env.Values[stageKey{}] = &stage{jiras: map[string]*jiratest.Server{}, clock: time.Now().Add(-time.Hour)}
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("GORACE", "atexit_sleep_ms=0") // else each run under -race ends a second late
	env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	project, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	env.Setenv("PROJECT", project)
	env.Setenv("DEBIAN_ROOT", os.Getenv("DEBIAN_ROOT"))
	for _, dir := range filepath.SplitList(env.Getenv("PATH")) {
		if file := filepath.Join(dir, "jirahook"); isFile(file) {
			env.Setenv("PROGRAM", file)
		}
	}
	env.Setenv("GIT_AUTHOR_NAME", "Ann Example")
	env.Setenv("GIT_AUTHOR_EMAIL", "ann@example.com")
	env.Setenv("GIT_COMMITTER_NAME", "Ann Example")
	env.Setenv("GIT_COMMITTER_EMAIL", "ann@example.com")
	env.Setenv("JIRAHOOK_CONFIG", filepath.Join(env.WorkDir, "config.yaml"))
	env.Setenv("DESTDIR", filepath.Join(env.WorkDir, "machine")) // no service of the machine that tests
	// What git writes need not outlive the test, nor be tidied by a process after each
	// commit and push.
	gitconfig := "[core]\n\tfsync = none\n[maintenance]\n\tauto = false\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n[protocol \"file\"]\n\tallow = always\n[safe]\n\tdirectory = *\n"
	return os.WriteFile(filepath.Join(env.WorkDir, ".gitconfig"), []byte(gitconfig), 0o644)
}

// configScript expands $JIRA_URL, $JIRA_USER and $WORK in a file of the script.
func configScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: config FILE")
	}
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(filepath.Join(ts.Getenv("WORK"), "config.yaml")), []byte(text), 0o600))
}

func bareCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: bare NAME")
	}
	dir := filepath.Join(ts.Getenv("WORK"), args[0]+".git")
	ts.Check(ts.Exec("git", "init", "-q", "--bare", "--initial-branch=main", dir))
	ts.Check(ts.Exec("git", "-C", dir, "config", "receive.advertisePushOptions", "true"))
	hook := fmt.Sprintf("#!/bin/sh\nJIRAHOOK_CONFIG='%s' exec '%s' post-receive\n", ts.Getenv("JIRAHOOK_CONFIG"), ts.Getenv("PROGRAM"))
	ts.Check(os.WriteFile(filepath.Join(dir, "hooks", "post-receive"), []byte(hook), 0o755))
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func commitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: commit MESSAGE [GIT-COMMIT-OPTION...]")
	}
	message := strings.ReplaceAll(args[0], `\n`, "\n")
	// A person makes one commit a minute, not several in a second.
	st := ts.Value(stageKey{}).(*stage)
	st.clock = st.clock.Add(time.Minute)
	ts.Setenv("GIT_AUTHOR_DATE", st.clock.Format(time.RFC3339))
	ts.Check(ts.Exec("git", append([]string{"commit", "-q", "--allow-empty", "-m", message}, args[1:]...)...))
	ts.Setenv("GIT_AUTHOR_DATE", "")
}

// sshdCommand starts an sshd on loopback for the user that runs the tests, or for
// an account, with keys of its own. It needs Debian's openssh-server.
func sshdCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: sshd [ACCOUNT]")
	}
	sshd, err := exec.LookPath("/usr/sbin/sshd")
	ts.Check(err)
	dir := filepath.Join(ts.Getenv("WORK"), "sshd")
	ts.Check(os.MkdirAll(dir, 0o700))
	for _, key := range []string{"hostkey", "client"} {
		if isFile(filepath.Join(dir, key)) {
			continue
		}
		ts.Check(ts.Exec("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key)))
	}
	if os.Getuid() == 0 {
		ts.Check(os.MkdirAll("/run/sshd", 0o755)) // sshd's privilege separation folder
	}
	port := freePort(ts)
	account, keys := userName(ts), dir+"/client.pub"
	if len(args) > 0 {
		account, keys = args[0], ".ssh/authorized_keys"
	}
	conf := fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s/hostkey\nPidFile none\nAuthorizedKeysFile %s\n"+
		"StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nSetEnv GORACE=atexit_sleep_ms=0\nLogLevel ERROR\n", port, dir, keys)
	ts.Check(os.WriteFile(filepath.Join(dir, "config"), []byte(conf), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, sshd, "-D", "-e", "-f", filepath.Join(dir, "config"))
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cancel()
		_ = cmd.Wait()
	})
	ts.Setenv("SSH", fmt.Sprintf("ssh://%s@127.0.0.1:%d", account, port))
	ts.Setenv("GIT_SSH_COMMAND", fmt.Sprintf("ssh -F /dev/null -i %s/client -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR", dir))
	waitForPort(ts, port)
}

func freePort(ts *testscript.TestScript) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func waitForPort(ts *testscript.TestScript, port int) {
	for range 2400 {
		if c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	ts.Fatalf("port %d does not answer", port)
}

func userName(ts *testscript.TestScript) string {
	u, err := user.Current()
	ts.Check(err)
	return u.Username
}

func TestSSHServerIsThere(t *testing.T) {
	if _, err := os.Stat("/usr/sbin/sshd"); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("sshd is not installed, and the tests over ssh must run here")
	}
	t.Skip("left out: pushes over ssh, because sshd is not installed (Debian: openssh-server)")
}

func lockCommand(ts *testscript.TestScript, _ bool, _ []string) {
	db, err := sql.Open("sqlite", filepath.Join(ts.Getenv("WORK"), "outbox", "outbox.db"))
	ts.Check(err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN EXCLUSIVE")
	ts.Check(err)
	ts.Value(stageKey{}).(*stage).lock = db
	ts.Defer(func() { _ = db.Close() })
}

func unlockCommand(ts *testscript.TestScript, _ bool, _ []string) {
	db := ts.Value(stageKey{}).(*stage).lock
	_, err := db.Exec("ROLLBACK")
	ts.Check(err)
	ts.Check(db.Close())
}

// smallDiskCommand mounts a disk of one page, and fills it.
func smallDiskCommand(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4k,mode=700"))
	ts.Defer(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ts.Check(os.WriteFile(filepath.Join(dir, "full"), make([]byte, 4096), 0o600))
}
