package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"

	"jirahook/outbox/spool"
	"jirahook/wiki"
)

// maxLog is the size in bytes at which the log is set aside as jirahook.log.1
// and begun anew, so that nobody has to set up rotation.
const maxLog = 8 << 20

// openLog gives the log in the outbox's folder. A hook has no better place: both
// its outputs go to the pusher. Neither is dir asked for nor the file opened
// before there is something to write.
func (p *process) openLog(dir func() string) (log *slog.Logger, close func()) {
	l := &logFile{dir: dir}
	return slog.New(slog.NewTextHandler(l, p.logOptions(slog.LevelInfo))), l.close
}

// logFile is the file of a log, which slog writes to from one goroutine at a time.
type logFile struct {
	dir  func() string
	file io.WriteCloser
}

func (l *logFile) Write(line []byte) (int, error) {
	if l.file == nil {
		l.file = openLogFile(l.dir())
	}
	return l.file.Write(line)
}

func (l *logFile) close() {
	if l.file != nil {
		_ = l.file.Close()
	}
}

// openLogFile opens the file. Where it cannot be opened the system's log serves,
// if there is one, and is told why.
func openLogFile(dir string) io.WriteCloser {
	if os.Geteuid() != 0 { // root may be about to become the owner: see becomeOwner
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return systemLog()
		}
	}
	in := spool.FolderAt(dir)
	if info, err := in.Stat(spool.LogFile); err == nil && info.Size() > maxLog {
		// Two processes may do this at once: then the second rename moves a
		// young log. Nothing but old lines is lost.
		_ = in.Rename(spool.LogFile, spool.LogFile+".1")
	}
	f, err := in.OpenFile(spool.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY)
	if err != nil {
		w := systemLog()
		if errors.Is(err, spool.ErrNotPlain) {
			fmt.Fprintln(w, "open the log:", err)
		}
		return w
	}
	return f
}

func systemLog() io.WriteCloser {
	w, err := syslog.New(syslog.LOG_ERR|syslog.LOG_DAEMON, "jirahook")
	if err != nil {
		return nowhere{io.Discard}
	}
	return w
}

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

// newLog is a log in a format, text or json, from a level on.
func (p *process) newLog(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("there is no log level %q: debug, info, warn, error", level)
	}
	opts := p.logOptions(least)
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return nil, fmt.Errorf("there is no log format %q: text, json", format)
}

// logOptions are those of all logs. What is logged may be the words of strangers:
// an admin is to see all of it, on one line.
func (p *process) logOptions(least slog.Level) *slog.HandlerOptions {
	return &slog.HandlerOptions{Level: least, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch v := a.Value.Any().(type) {
		case string:
			if a.Key != "stack" { // its lines are Go's own
				a.Value = slog.StringValue(wiki.OneLine(v))
			}
			if a.Key == "advice" {
				a.Value = slog.StringValue(p.pasted(a.Value.String()))
			}
		case error:
			a.Value = slog.StringValue(wiki.OneLine(v.Error()))
		}
		return a
	}}
}
