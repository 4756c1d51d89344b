package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// size is a history and how it is called.
type size struct {
	name    string
	history history
	refs    int // refs of the variant with many; 0: it has none
}

func sizes() []size {
	return []size{
		{name: "1k", history: history{commits: 1_000, branches: 20, tags: 5, packEvery: 300}},
		{name: "100k", history: history{commits: 100_000, branches: 1_800, tags: 200, packEvery: 20_000}, refs: 100_000},
		{name: "1m", history: history{commits: 1_000_000, branches: 10_000, tags: 1_000, packEvery: 150_000}},
	}
}

// variant is how a repository of some size is kept on disk, and what is pushed.
type variant struct {
	name  string
	title string
	packs bool // several packs, not one
	graph graphKind
	fresh bool // one repository for each push, so that nothing but the push is missing in the graph
	first bool // the push is the first of all
	many  bool // with size.refs refs
}

type graphKind string

const (
	noGraph    graphKind = ""
	wholeGraph graphKind = "whole"
	splitGraph graphKind = "split" // with a multi-pack-index
)

func variants() []variant {
	return []variant{
		{name: "nograph", title: "no commit-graph"},
		{name: "graph", title: "commit-graph, 1,000 commits stale", graph: wholeGraph},
		{name: "midx", title: "multi-pack-index and split commit-graph", packs: true, graph: splitGraph},
		{name: "fresh", title: "fresh commit-graph", graph: wholeGraph, fresh: true},
		{name: "refs", title: "many refs, commit-graph", graph: wholeGraph, many: true},
		{name: "first", title: "first push", first: true},
	}
}

// has tells whether there is such a repository of this size.
func (s size) has(v variant) bool { return !v.many || s.refs > 0 }

// title is the variant's title as it is for a size.
func (v variant) titleFor(s size) string {
	if v.many {
		return fmt.Sprintf("%s refs, commit-graph", thousands(s.refs))
	}
	return v.title
}

// layout is the version of what this program builds. Raise it when a repository
// that was built before would not do.
const layout = 1

// recipe tells what a folder was made from.
func (s size) recipe(what string) string {
	return fmt.Sprintf("layout %d: %s %+v, %d refs", layout, what, s.history, s.refs)
}

// built is written when a folder of repositories is complete.
type built struct {
	Recipe    string     `json:"recipe"`
	Scenarios []scenario `json:"scenarios,omitempty"`
}

const builtFile = "built.json"

// readBuilt says what is complete in dir; ok is false when nothing is, or
// something made from another recipe.
func readBuilt(dir, recipe string) (b built, ok bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, builtFile))
	if errors.Is(err, fs.ErrNotExist) {
		return built{}, false, nil
	}
	if err != nil {
		return built{}, false, err
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return built{}, false, fmt.Errorf("%s in %s: %w", builtFile, dir, err)
	}
	return b, b.Recipe == recipe, nil
}

func (b built) write(dir string) error {
	text, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, builtFile), append(text, '\n'), 0o644)
}

// base is a history in two repositories: in one pack, and in the packs that
// fast-import made.
type base struct{ one, packs repository }

// buildBase makes the base of a size in dir, or finds it there.
func buildBase(ctx context.Context, dir string, s size) (base, error) {
	dir = filepath.Join(dir, s.name, "base")
	b := base{one: repository(filepath.Join(dir, "one.git")), packs: repository(filepath.Join(dir, "packs.git"))}
	recipe := s.recipe("base")
	if _, ok, err := readBuilt(dir, recipe); ok || err != nil {
		return b, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return base{}, err
	}
	if _, err := initBare(ctx, string(b.packs)); err != nil {
		return base{}, err
	}
	err := b.packs.fastImport(ctx, s.history.writeTo, "--active-branches=128", "--max-pack-size=8g")
	if err != nil {
		return base{}, err
	}
	if err := b.packs.deleteRefs(ctx, func(ref string) bool { return strings.HasPrefix(ref, lanePrefix) }); err != nil {
		return base{}, err
	}
	if _, err := b.packs.link(string(b.one)); err != nil {
		return base{}, err
	}
	// One thread: the same deltas, and so the same pack, at every run.
	if err := b.one.run(ctx, "-c", "pack.threads=1", "repack", "-adq"); err != nil {
		return base{}, err
	}
	return b, built{Recipe: recipe}.write(dir)
}

// deleteRefs deletes the refs that are chosen, and packs the others.
func (r repository) deleteRefs(ctx context.Context, chosen func(ref string) bool) error {
	refs, err := r.output(ctx, nil, "for-each-ref", "--format=%(refname)")
	if err != nil {
		return err
	}
	var lines strings.Builder
	for ref := range strings.Lines(refs) {
		if ref = strings.TrimSpace(ref); chosen(ref) {
			fmt.Fprintf(&lines, "delete %s\n", ref)
		}
	}
	return errors.Join(r.updateRefs(ctx, lines.String()), r.run(ctx, "pack-refs", "--all"))
}

// addRefs adds many refs, as a server keeps one for each merge request, to
// commits spread over main's history. They go straight into packed-refs, which
// must hold all other refs already: git would lock and write a file for each one.
func (r repository) addRefs(ctx context.Context, count int) error {
	list, err := r.output(ctx, nil, "rev-list", "main")
	if err != nil {
		return err
	}
	ids := strings.Fields(list)
	var block strings.Builder
	for i := range count {
		// Of one length, so that their order is that of their numbers.
		fmt.Fprintf(&block, "%s refs/merge-requests/%d/head\n", ids[i*len(ids)/count], 1_000_000+i)
	}
	file := filepath.Join(string(r), "packed-refs")
	packed, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// Lines are sorted by name, and after refs/merge-requests come the tags.
	head, tail := string(packed), ""
	if tag := strings.Index(head, " refs/tags/"); tag >= 0 {
		line := strings.LastIndexByte(head[:tag], '\n') + 1
		head, tail = head[:line], head[line:]
	}
	return os.WriteFile(file, []byte(head+block.String()+tail), 0o644)
}

// writeGraph writes the indexes of a kind for what the refs reach now.
func (r repository) writeGraph(ctx context.Context, kind graphKind) error {
	switch kind {
	case wholeGraph:
		return r.run(ctx, "commit-graph", "write", "--reachable")
	case splitGraph:
		return errors.Join(r.run(ctx, "multi-pack-index", "write"),
			r.run(ctx, "commit-graph", "write", "--reachable", "--split=no-merge"))
	}
	return nil
}

func variantNames() []string {
	var names []string
	for _, v := range variants() {
		names = append(names, v.name)
	}
	return names
}
