package bugreport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jirahook/config"
	"jirahook/outbox/spool"
	"jirahook/wiki"
	"jirahook/words"
)

// versions are those of all that has a part in it.
func (r *report) versions(ctx context.Context, b *bytes.Buffer) error {
	fmt.Fprintf(b, "jirahook %s\n%s %s/%s\n", r.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if slices.Contains([]string{"vcs.revision", "vcs.modified", "CGO_ENABLED", "-race"}, s.Key) {
				fmt.Fprintf(b, "  %s=%s\n", s.Key, s.Value)
			}
		}
	}
	var system unix.Utsname
	if err := unix.Uname(&system); err == nil {
		fmt.Fprintf(b, "%s %s\n", unix.ByteSliceToString(system.Sysname[:]), unix.ByteSliceToString(system.Release[:]))
	}
	release, _ := os.ReadFile("/etc/os-release") // without it the kernel has to do
	for line := range strings.Lines(string(release)) {
		if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			b.WriteString(strings.Trim(name, "\"\n") + "\n")
		}
	}
	git, err := exec.LookPath("git")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, git, "version", "--build-options")
	cmd.Env = r.Environ
	out, err := cmd.Output()
	fmt.Fprintf(b, "%s: %s", git, out)
	return err
}

// environment names what is set.
func (r *report) environment(_ context.Context, b *bytes.Buffer) error {
	var names []string
	for _, v := range r.Environ {
		name, _, _ := strings.Cut(v, "=")
		names = append(names, wiki.OneLine(name))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		fmt.Fprintln(b, name)
	}
	return nil
}

// configuration is that of the server, and what is wrong with it.
func (r *report) configuration(_ context.Context, b *bytes.Buffer) error {
	at := r.Place
	fmt.Fprintf(b, "main file: %s, named: %v\n", at.Main, at.Named)
	for _, f := range r.loaded.Files {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintf(b, "read: %s, mode %04o, %d bytes\n", f, info.Mode().Perm(), info.Size())
		}
	}
	if r.broken != nil {
		fmt.Fprintf(b, "it is broken, and what follows is what could be understood:\n%v\n", r.broken)
	}
	b.Write(config.ShowOutside(r.loaded))
	return nil
}

// doctor runs all checks.
func (r *report) doctor(ctx context.Context, b *bytes.Buffer) error {
	ctx, cancel := context.WithTimeout(ctx, examineFor)
	defer cancel()
	return r.Doctor(ctx, b)
}

// counts is how much there is, by kind and state, and of the files beside the database.
func (r *report) counts(_ context.Context, b *bytes.Buffer) error {
	dir := r.Place.OutboxDir(r.options.Repository())
	in := spool.FolderAt(dir)
	if names, err := in.Names(""); err == nil {
		for _, name := range names {
			if info, err := in.Stat(name); err == nil {
				fmt.Fprintf(b, "%-22s %d bytes\n", name, info.Size())
			}
		}
	}
	kept := spool.Peek(dir)
	if n, oldest, err := kept.Backlog(); err == nil || errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(b, "pushes in the spool: %d %s\n", n, words.Stamp(oldest))
	}
	if bad, err := kept.Bad(); err == nil {
		fmt.Fprintf(b, "pushes set aside: %d\n", len(bad))
	}
	for _, t := range r.account.Tallies {
		fmt.Fprintf(b, "%-12s %-8s %d\n", t.Kind, t.State, t.Count)
	}
	if r.unread != nil {
		return fmt.Errorf("the database: %w", r.unread)
	}
	return nil
}

// troubled are the last actions that met a problem.
func (r *report) troubled(_ context.Context, b *bytes.Buffer) error {
	for _, d := range r.account.Troubled {
		fmt.Fprintf(b, "%s %s %s %s, %s\n  %s\n", words.Stamp(d.Queued), d.Issue, d.Kind, d.State, words.Counted(d.Attempts, "attempt"), r.forOthers(d.Problem))
		if r.options.Messages {
			for _, text := range textsOf(d.Action) {
				if text != "" {
					fmt.Fprintf(b, "  | %s\n", wiki.OneLine(text))
				}
			}
		}
	}
	return r.unread
}

const (
	// logTail is how many bytes at the end of the log are looked through.
	logTail = 512 << 10
	// maxLogged is how many bytes of it are told of, about.
	maxLogged = 8_000
)

// log is what it warns of. What is not known to be ours is left out of a line.
func (r *report) log(_ context.Context, b *bytes.Buffer) error {
	dir := r.Place.OutboxDir(r.options.Repository())
	var lines []string
	size := 0
	for _, name := range []string{spool.LogFile, spool.LogFile + ".1"} {
		text, err := tail(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, line := range slices.Backward(strings.Split(text, "\n")) {
			if said, ok := r.logLine(line); ok && size < maxLogged {
				lines = append(lines, said)
				size += len(said)
			}
		}
	}
	fmt.Fprintf(b, "in %s; a worker's own log is where its service manager keeps it\n", filepath.Join(dir, spool.LogFile))
	for _, line := range slices.Backward(lines) {
		b.WriteString(line + "\n")
	}
	return nil
}

// tail is the end of a file of the outbox, from the beginning of a line.
func tail(dir, name string) (string, error) {
	f, err := spool.FolderAt(dir).OpenFile(name, os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	from := max(0, info.Size()-logTail)
	data, err := io.ReadAll(io.NewSectionReader(f, from, logTail))
	if err != nil {
		return "", err
	}
	if from > 0 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	return string(data), nil
}

// logLine is a line of the log for others, if it is a warning or an error. Of its
// attributes those are shown that say what happened; the others by name.
func (r *report) logLine(line string) (string, bool) {
	shown := []string{"time", "level", "msg", "error", "problem", "advice", "warning", "push", "id", "issue", "fault", "stack", "doing", "damage", "version", "kind"}
	var parts []string
	told := false
	for _, a := range attributes(line) {
		switch {
		case a.name == "level" && a.value != "WARN" && a.value != "ERROR":
			return "", false // it is among the first
		case a.name == "level":
			told = true
		case !slices.Contains(shown, a.name):
			a.value = "***"
		case a.name != "time" && a.name != "stack":
			a.value = r.forOthers(a.value)
		}
		parts = append(parts, a.name+"="+wiki.OneLine(a.value))
	}
	return strings.Join(parts, " "), told
}

// forOthers are words for people as others may read them.
func (r *report) forOthers(s string) string {
	if r.options.Messages {
		return wiki.OneLine(s)
	}
	return withoutQuotes(wiki.OneLine(s))
}

type attribute struct{ name, value string }

// attributes reads a line of slog's text: name=value, the value quoted as in Go where
// it must be.
func attributes(line string) []attribute {
	var all []attribute
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		name, rest, ok := strings.Cut(line, "=")
		if !ok {
			break
		}
		a := attribute{name: name}
		if quoted, err := strconv.QuotedPrefix(rest); err == nil && strings.HasPrefix(quoted, `"`) {
			a.value, _ = strconv.Unquote(quoted) // a prefix is whole
			line = rest[len(quoted):]
		} else {
			a.value, line, _ = strings.Cut(rest, " ")
		}
		all = append(all, a)
	}
	return all
}
