package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport reads the table of ARCHITECTURE.md: what each package may import of ours.
func mayImport(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		may := strings.NewReplacer("`", "", " ", "", "nothing", "").Replace(cells[3])
		table[strings.Trim(cells[1], " `")] = strings.Split(may, ",")
	}
	if len(table) < 10 {
		t.Fatalf("the table names %d packages", len(table))
	}
	return table
}

func TestImportTable(t *testing.T) {
	table := mayImport(t)
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
		allowed, listed := table[name]
		if !listed {
			t.Errorf("package %s is not in the table of ARCHITECTURE.md", name)
		}
		for _, i := range p.Imports {
			ours, ok := strings.CutPrefix(i, "jirahook/")
			if ok && !slices.Contains(allowed, ours) {
				t.Errorf("package %s imports %s", name, ours)
			}
		}
	}
}
