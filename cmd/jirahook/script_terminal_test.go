package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// terminalCommand runs a program on a terminal of its own (pty(7)), and prints all
// that appears there: testscript's own may lose what is written just before the end.
// Once the pattern has appeared, Ctrl-C is typed, or the given line.
func terminalCommand(ts *testscript.TestScript, neg bool, args []string) {
	columns, rows := 100, 30
	var until *regexp.Regexp
	typed := "\x03"
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-size":
			_, err := fmt.Sscanf(args[1], "%dx%d", &columns, &rows)
			ts.Check(err)
		case "-type":
			typed = args[1] + "\n"
		case "-until":
			until = regexp.MustCompile(args[1])
		default:
			ts.Fatalf("terminal: unknown option %s", args[0])
		}
		args = args[2:]
	}
	if len(args) == 0 {
		ts.Fatalf("usage: [!] terminal [-size COLUMNSxROWS] [-until PATTERN] [-type LINE] PROGRAM ARGUMENT...")
	}
	master, slave, err := openTerminal(columns, rows)
	ts.Check(err)
	defer master.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", `exec "$@"`, "sh"}, args...)...) // which finds it in the script's PATH
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environOf(ts)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(cmd.Start())
	ts.Check(slave.Close())
	stuck := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }) // the pattern does not come: what did is told
	defer stuck.Stop()
	var seen strings.Builder
	part := make([]byte, 4096)
	for {
		n, err := master.Read(part)
		seen.Write(part[:n])
		if until != nil && until.MatchString(seen.String()) {
			until = nil
			_, err := io.WriteString(master, typed)
			ts.Check(err)
		}
		if err != nil { // EIO: nobody has it open any more
			break
		}
	}
	failed := cmd.Wait()
	_, err = fmt.Fprint(ts.Stdout(), strings.ReplaceAll(seen.String(), "\r\n", "\n"))
	ts.Check(err)
	if until != nil {
		ts.Fatalf("%s has not appeared: %q", until, seen.String())
	}
	if exit := (*exec.ExitError)(nil); failed != nil && !errors.As(failed, &exit) || (failed != nil) != neg {
		ts.Fatalf("%v: %v\n%s", args, failed, seen.String())
	}
}

// environOf is the environment that exec of the script has.
func environOf(ts *testscript.TestScript) []string {
	var environ []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TERM", "NO_COLOR", "WORK", "JIRA_URL", "JIRAHOOK_CONFIG", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_GLOBAL", "DESTDIR", "GORACE"} {
		if value := ts.Getenv(name); value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

func openTerminal(columns, rows int) (master, slave *os.File, err error) {
	// Blocking: a read that is under way ends when the other side goes away.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open a terminal: %w", err), master.Close())
	}
	return master, slave, nil
}
