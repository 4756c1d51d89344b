package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// listed is a package as go list knows it.
type listed struct {
	Dir, ImportPath                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Concurrent                         bool `json:"-"` // see concurrent
	Unraced                            bool `json:"-"` // it has tests of unraced
}

// list finds the packages, and reads their files.
func list(patterns []string) ([]listed, error) {
	out, err := exec.Command("go", append([]string{"list", "-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles", "--"}, patterns...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var found []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			p.Concurrent = p.Concurrent || concurrent(tree)
			p.Unraced = p.Unraced || strings.HasSuffix(name, "_test.go") && hasUnraced(tree)
		}
		found = append(found, p)
	}
}

// unraced are the tests that do without the race detector also in packages that it
// watches: it sees one process only, and these start many, or do very much one after
// the other.
const unraced = "CrowdOf|^(TestScripts|TestKills|TestHookMemory|TestPlantedFiles|TestBugreportHoldsNoSecret)$"

func hasUnraced(tree *ast.File) bool {
	named := regexp.MustCompile(unraced)
	return slices.ContainsFunc(tree.Decls, func(d ast.Decl) bool {
		f, is := d.(*ast.FuncDecl)
		return is && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && named.MatchString(f.Name.Name)
	})
}

// concurrent reports whether a file starts something beside itself, or guards what is
// used so. What is neither has no race of its own; its users' tests would find one
// that they make of it.
func concurrent(tree *ast.File) bool {
	found := false
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.SelectorExpr:
			of, _ := n.X.(*ast.Ident)
			in := of != nil && strings.Contains(" sync.Mutex sync.RWMutex sync.Map sync.Pool time.AfterFunc http.Server http.Client httptest.NewServer ", " "+of.Name+"."+n.Sel.Name+" ")
			found = found || in || n.Sel.Name == "Go" || of != nil && of.Name == "atomic"
		}
		return !found
	})
	return found
}

// rank puts what takes longest in front: what is last runs alone.
func (p listed) rank() int {
	longest := []string{"cmd/jirahook", "repo", "outbox", "bench/walk", "repo/odb", "parser", "plan", "bench/plan", "jira", "internal/jiratest", "internal/mutate"}
	if i := slices.Index(longest, short(p.ImportPath)); i >= 0 {
		return i
	}
	return len(longest)
}
