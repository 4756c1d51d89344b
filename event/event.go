// Package event is what happened on the Git server, as plain data: what a file of the
// spool holds.
package event

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"jirahook/push"
)

// Event is what happened. Exactly one of its fields is set.
type Event struct {
	Push *push.Push
}

// ID names the event for good; it is also the name of its spool file.
func (e Event) ID() string { return e.Push.ID }

// Time is when it happened.
func (e Event) Time() time.Time { return e.Push.Time }

// Repository is where it happened.
func (e Event) Repository() *push.Repository { return &e.Push.Repository }

// A kept push is a file of lines of JSON: the push without its commits, then each
// commit without its message, and behind each the message as it is and a line's
// end. So the file is hardly larger than the text that it holds, whatever that is:
// JSON has up to six bytes for one. An event that older programs would misread gets a
// higher version.
//
// Version 1 was one JSON value with everything in it. It is read, and no more
// written.
const (
	factsVersion = 2
	oldVersion   = 1
)

// ErrVersion is of a kept push that another version of the program wrote, and
// can read.
var ErrVersion = errors.New("its version is")

type keptPush struct {
	Version int       `json:"version"`
	Commits int       `json:"commits"` // so many follow
	Push    push.Push `json:"push"`
}

type keptCommit struct {
	Size   int         `json:"size"` // of the message, in bytes
	Commit push.Commit `json:"commit"`
}

// Encode writes an event as it is kept, and holds little of that at a time.
func Encode(w io.Writer, e Event) error {
	p := *e.Push
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	commits := p.Commits
	p.Commits = nil
	if err := enc.Encode(keptPush{factsVersion, len(commits), p}); err != nil {
		return fmt.Errorf("encode the push: %w", err)
	}
	for _, c := range commits {
		message := c.Message
		c.Message = ""
		if err := enc.Encode(keptCommit{len(message), c}); err != nil {
			return fmt.Errorf("encode commit %s: %w", c.ID, err)
		}
		// Errors of the buffer stay until Flush.
		_, _ = out.WriteString(message)
		_ = out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the push: %w", err)
	}
	return nil
}

// Decode reads an event as it was kept. One that only another version knows is
// ErrVersion.
func Decode(facts []byte) (Event, error) {
	line, rest, _ := bytes.Cut(facts, []byte("\n"))
	var kept keptPush
	err := json.Unmarshal(line, &kept)
	switch {
	case kept.Version > factsVersion, err == nil && kept.Version < oldVersion:
		// What another version keeps may have another shape.
		return Event{}, fmt.Errorf("decode a kept push: %w: %d, this program knows %d", ErrVersion, kept.Version, factsVersion)
	case err != nil:
		return Event{}, fmt.Errorf("decode a kept push: %w", err)
	case kept.Version == oldVersion:
		return Event{&kept.Push}, nil
	}
	p := kept.Push
	for n := range kept.Commits {
		var c keptCommit
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if err := json.Unmarshal(line, &c); err != nil {
			return Event{}, fmt.Errorf("decode commit %d of a kept push: %w", n+1, err)
		}
		if c.Size < 0 || c.Size >= len(rest) || rest[c.Size] != '\n' {
			return Event{}, fmt.Errorf("decode commit %d of a kept push: its message is not whole", n+1)
		}
		c.Commit.Message = string(rest[:c.Size])
		rest = rest[c.Size+1:]
		p.Commits = append(p.Commits, c.Commit)
	}
	if len(rest) > 0 {
		return Event{}, errors.New("decode a kept push: more commits than it says")
	}
	return Event{&p}, nil
}
