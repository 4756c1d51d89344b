package main

import (
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"os"
	"path/filepath"

	"jirahook/outbox"
)

// maxLog is the size in bytes at which the log is set aside as jirahook.log.1
// and begun anew, so that nobody has to set up rotation.
const maxLog = 8 << 20

// openLog opens the log in the outbox's folder. A hook has no better place: both
// its outputs go to the pusher. Where it cannot be opened the system's log
// serves, if there is one.
func openLog(dir string) (log *slog.Logger, close func()) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return systemLog()
	}
	name := filepath.Join(dir, "jirahook.log")
	if info, err := os.Stat(name); err == nil && info.Size() > maxLog {
		// Two processes may do this at once: then the second rename moves a
		// young log. Nothing but old lines is lost.
		_ = os.Rename(name, name+".1")
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return systemLog()
	}
	outbox.GiveToOwner(name)
	return textLog(f), func() { _ = f.Close() }
}

func systemLog() (log *slog.Logger, close func()) {
	w, err := syslog.New(syslog.LOG_ERR|syslog.LOG_DAEMON, "jirahook")
	if err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	return textLog(w), func() { _ = w.Close() }
}

func textLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, nil))
}

// newLog is a log in a format, text or json, from a level on.
func newLog(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("there is no log level %q: debug, info, warn, error", level)
	}
	opts := slog.HandlerOptions{Level: least}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, &opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, &opts)), nil
	}
	return nil, fmt.Errorf("there is no log format %q: text, json", format)
}
