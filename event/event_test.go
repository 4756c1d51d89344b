package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

func encoded(t *testing.T, p push.Push) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, Event{Push: &p}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func somePush(messages ...string) push.Push {
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.FixedZone("", 3600))
	by := push.Signature{Name: "Ann <&> \x01", Email: "ann@example.com", When: at}
	p := push.Push{ID: "p", Time: at, Repository: push.Repository{ID: "r", Path: "team/app", Dir: "/srv/app.git", DefaultBranch: "main"},
		Updates: []push.Update{{Old: "1", New: "2", Ref: "refs/heads/main"}}, Merged: []string{"topic"}, Truncated: "words"}
	for i, m := range messages {
		p.Commits = append(p.Commits, push.Commit{ID: fmt.Sprint(i), Parents: []string{"1"}, Author: by, Committer: by,
			Message: m, Cut: i == 1, New: true, Arrives: []string{"main"}, Branch: "main"})
	}
	return p
}

// What is kept is read again as it was, whatever the messages say.
func TestFactsAreKeptWhole(t *testing.T) {
	for _, p := range []push.Push{
		somePush(), somePush("SHOP-1 x"), somePush("", "\n", "", "\n\n"),
		somePush("SHOP-1 <&>\n{\"size\":3}\n", "\u2028\u2029\x01\x7f\"\\\t", "no line's end", "\uFFFD"),
	} {
		got, err := Decode(encoded(t, p))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Event{Push: &p}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// A file is hardly larger than its text, also where JSON has six bytes for one.
func TestFactsAreNotLargerThanTheirText(t *testing.T) {
	for _, c := range []string{"x", "<", "&", "\"", "\\", "\n", "\t", "\x01", "\x7f", "\u2028", "\uFFFD", "é"} {
		message := strings.Repeat(c, 64<<10/len(c))
		p := somePush(message, message, message)
		if size, text := len(encoded(t, p)), 3*len(message); size > text+text/5 {
			t.Errorf("%q: %d bytes for %d", c, size, text)
		}
	}
}

// onlyPart counts what is written at a time.
type onlyPart struct{ most, all int }

func (w *onlyPart) Write(b []byte) (int, error) {
	w.most, w.all = max(w.most, len(b)), w.all+len(b)
	return len(b), nil
}

// A push is written as it is encoded: it is in memory once.
func TestFactsAreWrittenInParts(t *testing.T) {
	message := strings.Repeat("x", 1000)
	var p push.Push
	for range 2000 {
		p.Commits = append(p.Commits, push.Commit{ID: "1", Message: message})
	}
	var w onlyPart
	if err := Encode(&w, Event{Push: &p}); err != nil || w.all < 2_000_000 || w.most > 128<<10 {
		t.Errorf("%d of %d bytes at a time, error %v", w.most, w.all, err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestFactsOnAFullDisk(t *testing.T) {
	for _, p := range []push.Push{somePush(), somePush("x"), somePush(strings.Repeat("x", 200<<10))} {
		if err := Encode(fullDisk{}, Event{Push: &p}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("error %v", err)
		}
	}
}

// What an older version has kept is planned.
func TestOldFacts(t *testing.T) {
	e, err := Decode([]byte(`{"version":1,"push":{"id":"p","time":"2026-11-24T15:00:00Z","repository":{"id":"r","path":"r","dir":"/r"},` +
		`"updates":[{"new":"1","ref":"refs/heads/main"}],"commits":[{"id":"1","author":{"name":"Ann","email":"a","when":"2026-11-24T15:00:00Z"},` +
		`"committer":{"name":"Ann","email":"a","when":"2026-11-24T15:00:00Z"},"message":"SHOP-1 \u003cx\u003e\n","new":true}]}}`))
	if err != nil || e.ID() != "p" || e.Repository().Dir != "/r" || len(e.Push.Commits) != 1 || e.Push.Commits[0].Message != "SHOP-1 <x>\n" {
		t.Errorf("%+v, error %v", e.Push, err)
	}
}

func TestUnreadableFacts(t *testing.T) {
	whole := string(encoded(t, somePush("first", "second")))
	broken := []string{"", "{", "[]", "\x00\x01", `{"version":1`, whole + "x", whole + "\n", strings.Replace(whole, `"size":5`, `"size":-1`, 1),
		strings.Replace(whole, `"size":5`, `"size":4`, 1), strings.Replace(whole, `"commits":2`, `"commits":3`, 1), strings.Replace(whole, `"commits":2`, `"commits":1`, 1)}
	for n := 1; n < len(whole); n += 7 {
		broken = append(broken, whole[:n])
	}
	for _, facts := range append(broken, whole[:len(whole)-1]) {
		if _, err := Decode([]byte(facts)); err == nil || errors.Is(err, ErrVersion) {
			t.Errorf("%q: error %v", facts, err)
		}
	}
	for _, facts := range []string{`{"version":99,"push":{}}`, `{"version":0,"push":{}}`, `{"version":3,"push":[]}`, "{\"version\":3}\nanything"} {
		if _, err := Decode([]byte(facts)); !errors.Is(err, ErrVersion) {
			t.Errorf("%q: error %v", facts, err)
		}
	}
}
