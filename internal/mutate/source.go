package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// source is a package's files without its tests, with their types.
type source struct {
	dir, path string
	fset      *token.FileSet
	files     map[string]file // by path
	imports   types.Importer
	info      *types.Info
	types     *types.Package
}

type file struct {
	text []byte
	tree *ast.File
}

// load reads the package that a pattern names.
func load(ctx context.Context, pattern string) (*source, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,DepOnly", "--", pattern)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", pattern, err)
	}
	p := &source{fset: token.NewFileSet(), files: map[string]file{}}
	exports := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var listed struct {
			ImportPath, Dir, Export string
			GoFiles                 []string
			DepOnly                 bool
		}
		if err := dec.Decode(&listed); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[listed.ImportPath] = listed.Export
		if listed.DepOnly {
			continue
		}
		if p.path != "" {
			return nil, fmt.Errorf("%s is more than one package", pattern)
		}
		p.dir, p.path = listed.Dir, listed.ImportPath
		for _, name := range listed.GoFiles {
			name = filepath.Join(p.dir, name)
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			tree, err := parser.ParseFile(p.fset, name, text, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			p.files[name] = file{text, tree}
		}
	}
	p.imports = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	p.types, err = p.check(p.trees(), p.info)
	return p, err
}

// trees are the files in a fixed order.
func (p *source) trees() []*ast.File {
	var trees []*ast.File
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		trees = append(trees, p.files[name].tree)
	}
	return trees
}

func (p *source) check(trees []*ast.File, info *types.Info) (*types.Package, error) {
	return (&types.Config{Importer: p.imports}).Check(p.path, p.fset, trees, info)
}

// compiles reports whether the package does with another text for a file.
func (p *source) compiles(name string, text []byte) bool {
	tree, err := parser.ParseFile(p.fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	trees := p.trees()
	trees[slices.Index(trees, p.files[name].tree)] = tree
	_, err = p.check(trees, nil)
	return err == nil
}

// short is a path below the folder above the package.
func (p *source) short(name string) string {
	rel, err := filepath.Rel(filepath.Dir(p.dir), name)
	if err != nil {
		return name
	}
	return rel
}
