package push_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

const (
	oldID = "99fd77c8a09e3b73b6d77bb5411cacf46afdb3bb"
	newID = "7ea6d7de6c75da1ed26805cc4819fc0106788673"
	none  = "0000000000000000000000000000000000000000"
)

var (
	oldID256 = strings.Repeat("ab", 32)
	none256  = strings.Repeat("0", 64)
)

func TestReadUpdates(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []push.Update
	}{
		{"nothing", "", nil},
		{"update", oldID + " " + newID + " refs/heads/main\n", []push.Update{{Old: oldID, New: newID, Ref: "refs/heads/main"}}},
		{"creation", none + " " + newID + " refs/heads/main\n", []push.Update{{New: newID, Ref: "refs/heads/main"}}},
		{"deletion", oldID + " " + none + " refs/tags/v1\n", []push.Update{{Old: oldID, Ref: "refs/tags/v1"}}},
		{"neither", none + " " + none + " refs/heads/x\n" + none + " " + newID + " refs/heads/y\n", []push.Update{{New: newID, Ref: "refs/heads/y"}}},
		{"SHA-256", none256 + " " + oldID256 + " refs/heads/main\n", []push.Update{{New: oldID256, Ref: "refs/heads/main"}}},
		{"no line feed at the end", oldID + " " + newID + " refs/heads/main", []push.Update{{Old: oldID, New: newID, Ref: "refs/heads/main"}}},
		{"order is kept", oldID + " " + none + " refs/heads/z\n" + none + " " + newID + " refs/heads/a\n",
			[]push.Update{{Old: oldID, Ref: "refs/heads/z"}, {New: newID, Ref: "refs/heads/a"}}},
		{"bytes that are no UTF-8", none + " " + newID + " refs/heads/gr\xfcn\n", []push.Update{{New: newID, Ref: "refs/heads/gr\xfcn"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := push.ReadUpdates(strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadUpdatesRefuses(t *testing.T) {
	good := oldID + " " + newID + " refs/heads/main\n"
	for _, tt := range []struct{ name, in, line, shows string }{
		{"an empty line", good + "\n" + good, "line 2:", `""`},
		{"prose", "hello\n", "line 1:", `"hello"`},
		{"two fields", good + oldID + " " + newID + "\n", "line 2:", oldID[:20]},
		{"an empty ref", oldID + " " + newID + " \n", "line 1:", oldID[:20]},
		{"a blank in the ref", oldID + " " + newID + " refs/heads/a b\n", "line 1:", "not a ref name"},
		{"a line end of Windows", oldID + " " + newID + " refs/heads/main\r\n", "line 1:", "not a ref name"},
		{"a NUL in the ref", oldID + " " + newID + " refs/heads/a\x00b\n", "line 1:", "not a ref name"},
		{"a short id", oldID[:39] + " " + newID + " refs/heads/main\n", "line 1:", "hex digits"},
		{"no hex", "zzfd77c8a09e3b73b6d77bb5411cacf46afdb3bb " + newID + " refs/heads/main\n", "line 1:", "hex digits"},
		{"an id of each kind", oldID + " " + oldID256 + " refs/heads/main\n", "line 1:", "hex digits"},
		{"control characters", "\x1b[31mred\x07\xff\u202e\n", "line 1:", `"\x1b[31mred\a\xff\u202e"`},
		{"a long line", strings.Repeat("é", 5000) + "\n", "line 1:", `..`},
		{"the third line", good + good + "x", "line 3:", `"x"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := push.ReadUpdates(strings.NewReader(tt.in))
			if err == nil {
				t.Fatalf("read %v", got)
			}
			words := err.Error()
			if !strings.Contains(words, tt.line) || !strings.Contains(words, tt.shows) {
				t.Errorf("error %q, want %q and %q in it", words, tt.line, tt.shows)
			}
			checkWords(t, words)
		})
	}
}

func checkWords(t *testing.T, words string) {
	t.Helper()
	if len(words) > 500 {
		t.Errorf("an error of %d bytes", len(words))
	}
	if !utf8.ValidString(words) || strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("unprintable characters in %q", words)
	}
}

// endless is what a hook must not be drowned by.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.read += len(p)
	return len(p), nil
}

func TestReadUpdatesEndsByItself(t *testing.T) {
	in := &endless{}
	if _, err := push.ReadUpdates(in); err == nil || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("error %v", err)
	}
	if in.read > 65<<20 {
		t.Errorf("read %d bytes", in.read)
	}
}

func TestReadUpdatesManyRefs(t *testing.T) {
	var in strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&in, "%s %s refs/heads/many/branch-with-a-long-name-%d\n", none, newID, i+1)
	}
	got, err := push.ReadUpdates(strings.NewReader(in.String()))
	if err != nil || len(got) != 1000 || got[999].Ref != "refs/heads/many/branch-with-a-long-name-1000" {
		t.Errorf("%d updates, error %v", len(got), err)
	}
}

// TestReadUpdatesOfServers reads what real servers gave: OpenSSH with git
// 2.39.5 and 2.47.3 (reftable), git http-backend, gitolite 3.6.12, Gitea 1.26,
// Gitaly 16.7. Written out again it must be the same bytes.
func TestReadUpdatesOfServers(t *testing.T) {
	files := 0
	err := filepath.WalkDir("testdata/stdin", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		t.Run(strings.TrimPrefix(path, "testdata/stdin/"), func(t *testing.T) {
			in, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			updates, err := push.ReadUpdates(bytes.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			if len(updates) == 0 {
				t.Error("no updates")
			}
			if diff := cmp.Diff(string(in), render(updates)); diff != "" {
				t.Error(diff)
			}
		})
		return nil
	})
	if err != nil || files < 40 {
		t.Fatalf("%d files, error %v", files, err)
	}
}

func render(updates []push.Update) string {
	var b strings.Builder
	for _, u := range updates {
		before, after := u.Old, u.New
		if u.Created() {
			before = strings.Repeat("0", len(after))
		}
		if u.Deleted() {
			after = strings.Repeat("0", len(before))
		}
		fmt.Fprintf(&b, "%s %s %s\n", before, after, u.Ref)
	}
	return b.String()
}

func FuzzReadUpdates(f *testing.F) {
	f.Add([]byte(oldID + " " + newID + " refs/heads/main\n"))
	f.Add([]byte(none + " " + newID + " refs/heads/gr\xfcn\n" + oldID + " " + none + " refs/tags/x"))
	f.Add([]byte(none256 + " " + oldID256 + " refs/heads/main\n"))
	f.Add([]byte("\x00\r\n\x1b \n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		updates, err := push.ReadUpdates(bytes.NewReader(in))
		if err != nil {
			checkWords(t, err.Error())
			return
		}
		again, err := push.ReadUpdates(strings.NewReader(render(updates)))
		if err != nil {
			t.Fatalf("does not read what it wrote: %v", err)
		}
		if diff := cmp.Diff(updates, again); diff != "" {
			t.Error(diff)
		}
	})
}
