package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Apply carries a plan out, and tells each step when it is done. It ends at the
// first that fails; what was done until then is whole, and a second run goes on.
func (p Plan) Apply(ctx context.Context, done func(Change)) error {
	for _, c := range p.Changes {
		if err := c.apply(ctx); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		done(c)
	}
	return nil
}

func (c Change) apply(ctx context.Context) error {
	switch c.Op {
	case Mkdir:
		return makeFolder(c.Path, c.Mode)
	case Keep:
		return keep(c.From, c.Path)
	case Write:
		return write(c.Path, c.Content, c.Mode)
	case Save:
		return save(c.From, c.Path)
	case Move:
		return os.Rename(c.From, c.Path)
	case Remove, Rmdir:
		return os.Remove(c.Path)
	case Run:
		return c.Command.run(ctx)
	}
	return fmt.Errorf("unknown operation %q", c.Op)
}

// makeFolder makes a folder, owned like the one above it.
func makeFolder(dir string, mode fs.FileMode) error {
	if err := os.Mkdir(dir, mode); err != nil {
		return err
	}
	if err := os.Chmod(dir, mode); err != nil { // whatever the umask
		return err
	}
	return ownedLike(filepath.Dir(dir), dir)
}

// keep gives a file a second name: it stays the hook until another is renamed
// over it, so that no push meets a repository without.
func keep(file, second string) error {
	err := os.Link(file, second)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP) {
		return os.Rename(file, second) // a file system without hard links
	}
	return err
}

// save copies a script, to be read and not to be run.
func save(file, copied string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return write(copied, content, info.Mode().Perm()&^0o111)
}

// write puts a file in place by a rename. The temporary file's name is one that
// no server runs: GitLab leaves out names that end in a tilde, the others' globs
// those that begin with a dot.
func write(path string, content []byte, mode fs.FileMode) error {
	like := path
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		like = filepath.Dir(path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".jirahook-*~")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // after the rename there is none
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := ownedLike(like, file.Name()); err != nil {
		return err
	}
	if err := file.Chmod(mode); err != nil {
		return err
	}
	// A file that is being written cannot be executed.
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// ownedLike gives a file the owner of another, which only root can.
func ownedLike(other, file string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := owner(other)
	if err != nil {
		return err
	}
	return os.Lchown(file, uid, gid)
}

func owner(file string) (uid, gid int, err error) {
	info, err := os.Lstat(file)
	if err != nil {
		return 0, 0, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid), nil
}

func (c Command) run(ctx context.Context) error {
	cmd, err := c.command(ctx)
	if err != nil {
		return err
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// command is to be run by the owner of c.As, with the environment of a login.
func (c Command) command(ctx context.Context) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Stdin = bytes.NewReader(c.Stdin)
	if c.Home != "" {
		cmd.Dir = "/"
		cmd.Env = append(without(os.Environ(), "HOME", "GIT_DIR"), "HOME="+c.Home)
	}
	if c.As == "" || os.Geteuid() != 0 {
		return cmd, nil
	}
	uid, gid, err := owner(c.As)
	if err != nil {
		return nil, err
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	cmd.Env = without(os.Environ(), "HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "GIT_DIR")
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		cmd.Env = append(cmd.Env, "HOME="+firstOf(c.Home, u.HomeDir), "USER="+u.Username, "LOGNAME="+u.Username)
	} else if c.Home != "" {
		cmd.Env = append(cmd.Env, "HOME="+c.Home)
	}
	return cmd, nil
}

func without(environ []string, names ...string) []string {
	var kept []string
next:
	for _, v := range environ {
		for _, n := range names {
			if strings.HasPrefix(v, n+"=") {
				continue next
			}
		}
		kept = append(kept, v)
	}
	return kept
}
