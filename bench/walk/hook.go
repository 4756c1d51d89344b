package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hookVariants are the repositories, of the smallest size, that the hook runs in.
var hookVariants = []string{"nograph", "graph"}

// hooks measures the whole hook beside a program that does nothing: it reads the
// configuration, finds the commits, plans, and keeps the push in the spool; with
// delivery.wait 0 it then ends.
func (o options) hooks(ctx context.Context, programs builder, m meter, progress io.Writer) ([]hookRow, error) {
	empty, err := programs.build(ctx, "bench/walk/empty")
	if err != nil {
		return nil, err
	}
	jirahook, err := programs.jirahook(ctx)
	if err != nil {
		return nil, err
	}
	s := sizes()[0]
	b, err := buildBase(ctx, o.dir, s)
	if err != nil {
		return nil, err
	}
	// The spool lies on the repositories' file system, for its fsync to cost what
	// it costs there.
	dir, err := os.MkdirTemp(o.dir, "hook-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	h, err := newHook(m, jirahook, dir)
	if err != nil {
		return nil, err
	}
	var rows []hookRow
	for _, v := range variants() {
		if !slices.Contains(hookVariants, v.name) {
			continue
		}
		scenarios, err := buildVariant(ctx, o.dir, s, v, b)
		if err != nil {
			return nil, err
		}
		for _, sc := range scenarios {
			if len(o.scenarios) > 0 && !slices.Contains(o.scenarios, sc.Name) || bringsNothing(sc.Name) {
				continue
			}
			runHook := func(ctx context.Context) (sample, error) { return h.run(ctx, sc) }
			runEmpty := func(ctx context.Context) (sample, error) { return m.run(ctx, process{argv: []string{empty}}, nil) }
			if _, err := runHook(ctx); err != nil { // makes the spool's folder
				return nil, err
			}
			samples, err := o.interleave(ctx, []runner{runEmpty, runHook})
			if err != nil {
				return nil, err
			}
			r := hookRow{Scenario: sc.Name, Title: v.title, Empty: costOf(samples[0]), Hook: costOf(samples[1])}
			rows = append(rows, r)
			fmt.Fprintf(progress, "hook %s %s: empty %s ms, hook %s ms\n", v.name, sc.Name, number(r.Empty.Wall), number(r.Hook.Wall))
		}
	}
	return rows, nil
}

// bringsNothing tells of pushes that bring no commit: the hook keeps nothing, and
// nothing would show that it has worked.
func bringsNothing(scenario string) bool { return scenario == "c" || scenario == "h" }

// hook runs jirahook as a Git server does.
type hook struct {
	meter
	program, config, spool string
}

// newHook writes a configuration into dir. No Jira listens at its address, and
// none is asked.
func newHook(m meter, program, dir string) (hook, error) {
	h := hook{meter: m, program: program, config: filepath.Join(dir, "config.yaml"), spool: filepath.Join(dir, "outbox", "spool")}
	token := filepath.Join(dir, "token")
	config := fmt.Sprintf(`version: 1
jira:
  url: http://127.0.0.1:9
  auth: {type: token, secret_file: %q}
projects: [PROJ]
server: {kind: gitlab, url: "https://git.example.com"}
outbox: {dir: %q}
delivery: {wait: 0s}
`, token, filepath.Dir(h.spool))
	return h, errors.Join(os.WriteFile(token, []byte("secret\n"), 0o600), os.WriteFile(h.config, []byte(config), 0o600))
}

// run runs the hook once on a push and forgets what it kept. The hook never
// fails: that it has done its work is seen by the one push in the spool.
func (h hook) run(ctx context.Context, s scenario) (sample, error) {
	p := process{
		argv:  []string{h.program, "--config", h.config, "post-receive"},
		env:   []string{"GIT_DIR=" + s.Repository},
		stdin: s.lines(),
	}
	cost, err := h.meter.run(ctx, p, nil)
	if err != nil {
		return sample{}, err
	}
	kept, err := os.ReadDir(h.spool)
	if err != nil {
		return sample{}, fmt.Errorf("the hook kept nothing: %w", err)
	}
	if len(kept) != 1 || !strings.HasSuffix(kept[0].Name(), ".push") {
		return sample{}, fmt.Errorf("the hook on push %s kept %d files, not one", s.Name, len(kept))
	}
	return cost, os.Remove(filepath.Join(h.spool, kept[0].Name()))
}
