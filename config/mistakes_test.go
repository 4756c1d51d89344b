package config_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each file in testdata/mistakes holds one mistake that people make, and is
// named after it; what they are told stands beside it.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := told(t, data)
			for _, secret := range []string{"hunter2", "\x1b", "\u202e"} {
				if strings.Contains(got, secret) {
					t.Errorf("tells %q:\n%s", secret, got)
				}
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// told is what is said about a configuration of one file.
func told(t *testing.T, data []byte) string {
	t.Helper()
	file := write(t, t.TempDir(), "config.yaml", string(data))
	_, err := config.Load(config.Source{Main: file, MainRequired: true})
	problems := config.Problems(nil)
	if !errors.As(err, &problems) {
		t.Fatalf("got error %v, want problems", err)
	}
	var b bytes.Buffer
	problems.Format(&b)
	for _, p := range problems {
		checkWords(t, p)
		if strings.Contains(p.String(), "\n") {
			t.Errorf("more than one line: %q", p)
		}
	}
	return strings.ReplaceAll(b.String(), filepath.Dir(file)+"/", "")
}

// checkWords looks for words of the library's or the language's in what we say
// ourselves; what is quoted from the file may hold anything.
func checkWords(t *testing.T, p config.Problem) {
	t.Helper()
	said := strings.ToLower(p.Message + "\n" + p.Allowed)
	for _, word := range []string{"unmarshal", "!!", "yaml:", "reflect", "strconv", "panic", "goroutine", "nil", "simple key", "block mapping"} {
		if strings.Contains(said, word) {
			t.Errorf("a user does not understand %q in %q", word, said)
		}
	}
	if p.Message == "" || p.File == "" {
		t.Errorf("says nothing: %+v", p)
	}
}

// write makes a file, and the folders above it, below dir.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return file
}
