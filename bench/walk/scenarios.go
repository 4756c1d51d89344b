package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// scenario is a push that was made to a repository, as a post-receive hook sees
// it: the objects are there and all refs have moved.
type scenario struct {
	Name       string   `json:"name"`
	Repository string   `json:"repository"` // folder, below the variant's
	Updates    []update `json:"updates"`
}

// update is a ref line of the push.
type update struct {
	Old string `json:"old"` // object name, all zeros: the ref is new
	New string `json:"new"`
	Ref string `json:"ref"`
}

const zeroID = "0000000000000000000000000000000000000000"

// lines are the ref lines that a hook reads (githooks(5)).
func (s scenario) lines() string {
	var b strings.Builder
	for _, u := range s.Updates {
		fmt.Fprintf(&b, "%s %s %s\n", u.Old, u.New, u.Ref)
	}
	return b.String()
}

// scenarioTitles tell what is pushed.
var scenarioTitles = map[string]string{
	"a":  "1 commit",
	"b":  "new branch, 3 commits",
	"b2": "new branch, 3 commits, forked 50,000 back",
	"c":  "new branch, nothing new",
	"d":  "forced push of 5 commits",
	"e":  "1,000 commits",
	"f":  "merge of a branch that is there",
	"h":  "annotated tag, nothing new",
	"m":  "two branches and a tag at once",
	"g":  "the whole history, first push",
}

// refspec pushes a ref of the client to one of the server.
type refspec struct{ from, to string }

// pushes are the measured pushes in the order in which they are made.
func pushes() []struct {
	name  string
	specs []refspec
} {
	type push = struct {
		name  string
		specs []refspec
	}
	var all []push
	for _, name := range []string{"a", "b", "b2", "c", "d", "e", "f"} {
		all = append(all, push{name, []refspec{{"refs/heads/" + name, "refs/heads/bench/" + name}}})
	}
	return append(all,
		push{"h", []refspec{{"refs/tags/vbench", "refs/tags/vbench"}}},
		push{"m", []refspec{
			{"refs/heads/m", "refs/heads/bench/m"}, {"refs/heads/m2", "refs/heads/bench/m2"}, {"refs/tags/vm", "refs/tags/vm"}}})
}

// buildVariant makes a variant's repositories below dir, with everything pushed
// to them, or finds them there. The repositories of the scenarios are absolute.
func buildVariant(ctx context.Context, dir string, s size, v variant, b base) ([]scenario, error) {
	dir = filepath.Join(dir, s.name, v.name)
	recipe := s.recipe(v.name)
	done, ok, err := readBuilt(dir, recipe)
	if err != nil {
		return nil, err
	}
	if !ok {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		from := b.one
		if v.packs {
			from = b.packs
		}
		server, err := from.link(filepath.Join(dir, "repo.git"))
		if err != nil {
			return nil, err
		}
		done = built{Recipe: recipe}
		if v.first {
			done.Scenarios, err = firstPush(ctx, server)
		} else {
			done.Scenarios, err = pushAll(ctx, server, s, v)
		}
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", dir, err)
		}
		if err := done.write(dir); err != nil {
			return nil, err
		}
	}
	for i := range done.Scenarios {
		done.Scenarios[i].Repository = filepath.Join(dir, done.Scenarios[i].Repository)
	}
	return done.Scenarios, nil
}

// firstPush leaves main alone in a repository, as if it had just been pushed;
// such a push is kept in one pack, as the base is.
func firstPush(ctx context.Context, server repository) ([]scenario, error) {
	err := server.deleteRefs(ctx, func(ref string) bool { return ref != "refs/heads/main" })
	if err != nil {
		return nil, err
	}
	tip, err := server.resolve(ctx, "refs/heads/main")
	return []scenario{{Name: "g", Repository: filepath.Base(string(server)), Updates: []update{{zeroID, tip, "refs/heads/main"}}}}, err
}

// pushAll brings the server to the state before the measured pushes and makes
// these with git push, so that objects lie as they would on a server.
func pushAll(ctx context.Context, server repository, s size, v variant) ([]scenario, error) {
	c, err := newClient(ctx, server)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(string(c.repository))
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	if err := server.run(ctx, "pack-refs", "--all"); err != nil {
		return nil, err
	}
	if v.many {
		if err := server.addRefs(ctx, s.refs); err != nil {
			return nil, err
		}
	}
	if err := server.writeGraph(ctx, v.graph); err != nil {
		return nil, err
	}
	var loose strings.Builder
	for i := 1; i <= 8; i++ {
		fmt.Fprintf(&loose, "create refs/loose/%d main~%d\n", i, i)
	}
	if err := server.updateRefs(ctx, loose.String()); err != nil {
		return nil, err
	}
	if err := c.commitAll(ctx); err != nil {
		return nil, err
	}
	var made []scenario
	for _, p := range pushes() {
		to := server
		if v.fresh {
			if to, err = server.link(filepath.Join(filepath.Dir(string(server)), p.name+".git")); err != nil {
				return nil, err
			}
		}
		updates, err := c.push(ctx, to, p.specs...)
		if err != nil {
			return nil, err
		}
		made = append(made, scenario{p.name, filepath.Base(string(to)), updates})
	}
	return made, nil
}

func scenarioNames() []string {
	names := []string{"g"}
	for _, p := range pushes() {
		names = append(names, p.name)
	}
	return names
}
