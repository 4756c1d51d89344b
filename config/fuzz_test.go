package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jirahook/config"
)

// Whatever a file holds: no panic, no end of waiting, words that a user
// understands, and a sound configuration or problems.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/mistakes/*.yaml", "testdata/*.yaml", "../examples/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data, []byte(nil))
		}
	}
	f.Add([]byte(minimal), []byte("locked: [jira]\njira: ~\npolicy: {a: {b: ~}}\n"))
	f.Add([]byte("&a [*a, *a]"), []byte("a: &b {<<: *b}"))
	f.Add([]byte(strings.Repeat("{a: ", 200)), []byte(strings.Repeat("- ", 200)))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, main, own []byte) {
		s := config.Source{Main: write(t, dir, "config.yaml", string(main)), RepoDir: filepath.Join(dir, "repo.git")}
		write(t, dir, "repo.git/jirahook.yaml", string(own))
		loaded, err := config.Load(s)
		problems := config.Problems(nil)
		if err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
		var b bytes.Buffer
		problems.Format(&b)
		for _, p := range problems {
			checkWords(t, p)
		}
		for _, w := range loaded.Warnings {
			b.WriteString(w.String())
		}
		for _, r := range b.String() + problems.Error() {
			if r != '\n' && r < ' ' || r == 0x7f || r == 0x202e {
				t.Errorf("%q goes to the terminal", r)
			}
		}
		if dir := config.OutboxDir(s); !filepath.IsAbs(dir) {
			t.Errorf("outbox.dir is %q", dir)
		}
		shown := config.Show(loaded, false)
		if err == nil && !bytes.Contains(shown, []byte("***")) {
			write(t, dir, "config.yaml", string(shown))
			if _, err := config.Load(config.Source{Main: s.Main}); err != nil {
				t.Errorf("what is shown is not read back: %v\n%s", err, shown)
			}
		}
	})
}
