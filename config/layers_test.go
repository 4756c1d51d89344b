package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"jirahook/config"
)

// Each file in testdata/layers holds the files of a configuration and what comes
// of them: the warnings, what `config check` says, and every value that is not a
// default with its origin.
func TestLayers(t *testing.T) {
	files, err := filepath.Glob("testdata/layers/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range archive.Files {
				write(t, dir, f.Name, string(f.Data))
			}
			_, project, _ := strings.Cut(string(archive.Comment), "project: ")
			source := config.Source{
				Main:    filepath.Join(dir, "config.yaml"),
				Project: strings.TrimSpace(project),
				RepoDir: filepath.Join(dir, "repository"),
			}
			got := strings.ReplaceAll(outcome(t, source), dir+"/", "")
			last := &archive.Files[len(archive.Files)-1]
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func outcome(t *testing.T, s config.Source) string {
	t.Helper()
	var b bytes.Buffer
	loaded, err := config.Load(s)
	problems := config.Problems(nil)
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for _, p := range problems {
		fmt.Fprintf(&b, "problem: %s\n", p)
	}
	for _, w := range loaded.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	_, err = config.Check(s)
	if checked := config.Problems(nil); errors.As(err, &checked) && len(checked) != len(problems) {
		fmt.Fprintf(&b, "check: %d problems\n", len(checked))
	}
	b.WriteString(changed(string(config.Show(loaded, true))))
	return b.String()
}

// changed leaves out of a shown configuration what is not said by any file.
func changed(shown string) string {
	lines := strings.SplitAfter(shown, "\n")
	var kept []string
	depth := 0
	for i := len(lines) - 1; i >= 0; i-- {
		l := lines[i]
		indent := len(l) - len(strings.TrimLeft(l, " "))
		isHead := strings.HasSuffix(l, ":\n")
		if strings.HasSuffix(l, "# default\n") || isHead && indent >= depth {
			continue
		}
		kept = append([]string{l}, kept...)
		depth = indent
	}
	return strings.Join(kept, "")
}
