package push

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxInput bounds what is read of a hook's standard input, in bytes: room for
// half a million refs, and an end for what is no list of refs at all.
const maxInput = 64 << 20

// excerptLength is how much of a line an error shows, in bytes.
const excerptLength = 60

// ReadUpdates reads what git gives to pre-receive and post-receive
// (githooks(5)): lines of
//
//	<old> SP <new> SP <ref> LF
//
// with ids of 40 or 64 hex digits, all zeros for "none". It reads to the end
// before it looks at anything, because git waits until somebody has. Ref names
// are kept as the bytes they are. A line that names no old and no new id says
// nothing and is left out. An error names the first line that is no ref update.
func ReadUpdates(r io.Reader) ([]Update, error) {
	input, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read ref updates: %w", err)
	}
	if len(input) > maxInput {
		return nil, fmt.Errorf("read ref updates: more than %d MiB", maxInput>>20)
	}
	var updates []Update
	number := 0
	for line := range bytes.Lines(input) {
		number++
		u, err := parseUpdate(string(bytes.TrimSuffix(line, []byte("\n"))))
		if err != nil {
			return nil, fmt.Errorf("read ref updates: line %d: %w: %s", number, err, excerpt(line))
		}
		if u.Old != "" || u.New != "" {
			updates = append(updates, u)
		}
	}
	return updates, nil
}

func parseUpdate(line string) (Update, error) {
	before, rest, ok1 := strings.Cut(line, " ")
	after, ref, ok2 := strings.Cut(rest, " ")
	if !ok1 || !ok2 {
		return Update{}, errors.New("not an old id, a new id and a ref")
	}
	if !isID(before) || !isID(after) || len(before) != len(after) {
		return Update{}, errors.New("ids are not twice 40 or twice 64 hex digits")
	}
	if !isRef(ref) {
		return Update{}, errors.New("not a ref name")
	}
	return Update{Old: orNone(before), New: orNone(after), Ref: ref}, nil
}

func isID(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isRef refuses what no ref name can hold (git-check-ref-format(1)) and what
// would break the lines of other programs. Everything else is left to git.
func isRef(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return s != ""
}

// orNone makes the id of all zeros an empty one.
func orNone(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// excerpt is the start of a line, quoted: nothing in it can reach a terminal.
func excerpt(line []byte) string {
	line = bytes.TrimRight(line, "\n")
	if len(line) <= excerptLength {
		return fmt.Sprintf("%+q", line)
	}
	return fmt.Sprintf("%+q...", line[:excerptLength])
}
