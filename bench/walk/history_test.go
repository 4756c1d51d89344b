package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// The repositories are the same at every run and on every machine, so that
// figures can be compared: the stream's hash is a part of the program.
func TestHistoryIsTheSameAtEveryRun(t *testing.T) {
	h := history{commits: 300, branches: 5, tags: 2, packEvery: 100}
	var stream strings.Builder
	if err := h.writeTo(&stream); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(stream.String()))
	const want = "876c47e96e8bb5083b8ebb3f4b8feefef1b34e7be793b672e6fd6df23b68156e"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the stream's SHA-256 is %s, not %s: other repositories; raise layout", got, want)
	}
	for what, want := range map[string]int{"\nmark :": 300, "reset refs/heads/topic/": 5, "tag v": 2, "checkpoint\n": 3} {
		if got := strings.Count(stream.String(), what); got != want {
			t.Errorf("%q occurs %d times, not %d", what, got, want)
		}
	}
}

func TestHistoryTellsThatItCouldNotBeWritten(t *testing.T) {
	if err := (history{commits: 5_000}).writeTo(broken{}); err == nil {
		t.Error("no error")
	}
}

// broken is a writer on which nothing can be written.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }
