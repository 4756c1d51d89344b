package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The import table of ARCHITECTURE.md: what each package may import of ours.
var mayImport = map[string][]string{
	"parser":                     nil,
	"push":                       nil,
	"repo":                       {"push", "repo/odb"},
	"repo/odb":                   nil,
	"config":                     nil,
	"plan":                       {"config", "parser", "push"},
	"outbox":                     {"plan"},
	"jira":                       {"config", "plan"},
	"hooks":                      {"config", "outbox", "parser", "plan", "push", "repo"},
	"install":                    nil,
	"metrics":                    {"outbox", "plan"},
	"server":                     {"config", "outbox", "parser", "plan", "push", "repo"},
	"internal/jiratest":          nil,
	"internal/pgtest":            nil,
	"internal/peak":              nil,
	"internal/crashtest":         {"internal/jiratest", "internal/pgtest", "outbox"},
	"internal/mutate":            nil,
	"internal/testrun":           nil,
	"internal/jiratest/fakejira": {"internal/jiratest"},
}

func TestImportTable(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "jirahook/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "jirahook/")
		if strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "bench") {
			continue
		}
		allowed, listed := mayImport[name]
		if !listed {
			t.Errorf("package %s is not in the import table", name)
		}
		for _, i := range p.Imports {
			ours, ok := strings.CutPrefix(i, "jirahook/")
			if ok && !slices.Contains(allowed, ours) {
				t.Errorf("package %s imports %s", name, ours)
			}
		}
	}
}
