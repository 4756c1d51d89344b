package repo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jirahook/repo/odb"
)

// exactHistory is a random history in a bare repository of its own, and the
// truth about it.
type exactHistory struct {
	dir     string
	parents [][]int // of each commit; parents come earlier
	ids     []string
	byID    map[string]int
	tags    []tagObject
	about   string
	skew    int
	objects string // where the objects lie
}

type tagObject struct {
	id     string
	commit int // -1: of a tree
}

// exactGit runs git in a repository; the environment holds nothing of this
// machine's settings.
func exactGit(t testing.TB, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "core.fsync=none", "-c", "gc.auto=0"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"}
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// newExactHistory makes up to 250 commits with merges, octopus merges and
// several roots, of which dates are wrong by up to skew seconds. A commit-graph
// is there or not, whole, stale or split; objects are loose, in one pack or in
// several, perhaps in an alternate.
func newExactHistory(t testing.TB, r *rand.Rand) *exactHistory {
	t.Helper()
	h := &exactHistory{dir: filepath.Join(t.TempDir(), "r.git"), byID: map[string]int{}, skew: []int{0, 10, 1000, 100_000}[r.IntN(4)]}
	exactGit(t, filepath.Dir(h.dir), "", "init", "-q", "--bare", "-b", "main", h.dir)
	h.objects = filepath.Join(h.dir, "objects")
	count := 5 + r.IntN(246)
	h.write(t, r, 0, count/2)
	packing := []string{"loose", "packed", "two packs", "midx"}[r.IntN(4)]
	pack := func() { exactGit(t, h.dir, "", "-c", "pack.threads=1", "repack", "-dq") }
	if packing == "two packs" || packing == "midx" {
		pack()
	}
	graph := []string{"none", "whole", "stale", "split"}[r.IntN(4)]
	graphOf := func(tips []string, args ...string) {
		exactGit(t, h.dir, strings.Join(tips, "\n"), append([]string{"commit-graph", "write", "--stdin-commits"}, args...)...)
	}
	switch graph {
	case "stale":
		graphOf(h.ids)
	case "split":
		graphOf(h.ids[:len(h.ids)/2], "--split")
	}
	h.write(t, r, count/2, count)
	if packing != "loose" {
		pack()
	}
	if packing == "midx" {
		exactGit(t, h.dir, "", "multi-pack-index", "write")
	}
	switch graph {
	case "whole":
		graphOf(h.ids)
	case "split":
		graphOf(h.ids[:len(h.ids)*3/4], "--split=no-merge")
	}
	h.makeTags(t, r)
	for i := range h.ids { // what fast-import needed
		os.Remove(filepath.Join(h.dir, fmt.Sprint("refs/x/", i+1)))
	}
	os.Remove(filepath.Join(h.dir, "refs/x"))
	os.Remove(filepath.Join(h.dir, "packed-refs"))
	where := []string{"own", "own", "absolute", "relative"}[r.IntN(4)]
	h.move(t, where)
	h.about = fmt.Sprintf("%d commits, skew %d, graph %s, objects %s, %s", count, h.skew, graph, packing, where)
	return h
}

// write makes the commits from one number to another.
func (h *exactHistory) write(t testing.TB, r *rand.Rand, from, to int) {
	t.Helper()
	var in strings.Builder
	for i := from; i < to; i++ {
		date := 1_700_000_000 + 100*i
		if h.skew > 0 {
			date += r.IntN(2*h.skew+1) - h.skew
		}
		fmt.Fprintf(&in, "commit refs/x/%d\nmark :%d\ncommitter A <a@example.com> %d +0000\ndata <<M\nA-%d\nM\n", i+1, i+1, date, i)
		var parents []int
		if i > 0 && r.IntN(50) > 0 {
			for range []int{1, 1, 1, 1, 1, 1, 1, 2, 2, 4}[r.IntN(10)] {
				if p := max(0, i-1-int(r.ExpFloat64()*6)); !slices.Contains(parents, p) {
					parents = append(parents, p)
				}
			}
		}
		for j, p := range parents {
			word, name := "merge", fmt.Sprint(":", p+1)
			if j == 0 {
				word = "from"
			}
			if p < from {
				name = h.ids[p]
			}
			fmt.Fprintf(&in, "%s %s\n", word, name)
		}
		in.WriteString("\n")
		h.parents = append(h.parents, parents)
	}
	marks := filepath.Join(t.TempDir(), "marks")
	exactGit(t, h.dir, in.String(), "-c", "fastimport.unpackLimit=1000000", "fast-import", "--quiet", "--force", "--export-marks="+marks)
	content, err := os.ReadFile(marks)
	if err != nil {
		t.Fatal(err)
	}
	h.ids = append(h.ids, make([]string, to-from)...)
	for l := range strings.Lines(string(content)) {
		var mark int
		var id string
		if _, err := fmt.Sscanf(l, ":%d %s", &mark, &id); err != nil {
			t.Fatal(err)
		}
		h.ids[mark-1], h.byID[id] = id, mark-1
	}
}

// makeTags makes tags of commits, of tags, and of a tree.
func (h *exactHistory) makeTags(t testing.TB, r *rand.Rand) {
	t.Helper()
	tag := func(of, kind string, commit int) tagObject {
		body := fmt.Sprintf("object %s\ntype %s\ntag t\ntagger A <a@example.com> 1700000000 +0000\n\nx%d\n", of, kind, r.Int())
		return tagObject{exactGit(t, h.dir, body, "hash-object", "-t", "tag", "-w", "--stdin"), commit}
	}
	for range 3 {
		c := r.IntN(len(h.ids))
		once := tag(h.ids[c], "commit", c)
		h.tags = append(h.tags, once, tag(once.id, "tag", c))
	}
	h.tags = append(h.tags, tag(exactGit(t, h.dir, "", "mktree"), "tree", -1))
}

// move puts the objects into an alternate.
func (h *exactHistory) move(t testing.TB, where string) {
	t.Helper()
	if where == "own" {
		return
	}
	pool := filepath.Join(filepath.Dir(h.dir), "pool")
	path := pool
	if where == "relative" {
		path = "../../pool"
	}
	if err := os.Rename(h.objects, pool); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(h.objects, "info"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.objects, "info/alternates"), []byte(path+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	h.objects = pool
}

// exactPush is a push, the refs after it, and which commits are new.
type exactPush struct {
	updates []update
	refs    map[string]string
	want    []string
}

// push makes up a push of one to five refs: branches and tags, made, moved and
// deleted, some with an old value that is gone.
func (h *exactHistory) push(r *rand.Rand) exactPush {
	pick := func() (string, int) {
		if r.IntN(8) == 0 {
			t := h.tags[r.IntN(len(h.tags))]
			return t.id, t.commit
		}
		c := r.IntN(len(h.ids))
		return h.ids[c], c
	}
	p := exactPush{refs: map[string]string{}}
	var tips, there []int
	for i := range r.IntN(12) {
		id, c := pick()
		name := fmt.Sprint("refs/heads/b", i)
		if c < 0 || r.IntN(4) == 0 {
			name = fmt.Sprint("refs/tags/t", i)
		} else {
			id = h.ids[c]
		}
		p.refs[name] = id
		there = append(there, c)
	}
	if r.IntN(2) == 0 {
		c := r.IntN(len(h.ids))
		p.refs["refs/heads/main"] = h.ids[c]
		there = append(there, c)
	}
	for i := range []int{1, 1, 1, 2, 3, 5}[r.IntN(6)] {
		name := []string{"refs/heads/main", fmt.Sprint("refs/heads/new", i), fmt.Sprint("refs/tags/new", i)}[r.IntN(3)]
		if slices.ContainsFunc(p.updates, func(other update) bool { return other.Ref == name }) {
			continue
		}
		var u update
		u.Ref = name
		if old, ok := p.refs[name]; ok {
			delete(p.refs, name) // its place in there stands for the old value now
			u.Old = old
		} else if r.IntN(3) == 0 {
			var c int
			u.Old, c = pick()
			there = append(there, c)
		} else if r.IntN(10) == 0 {
			u.Old = absent
		}
		if u.Old == "" || r.IntN(7) > 0 {
			var c int
			u.New, c = pick()
			tips = append(tips, c)
		}
		u.old, _ = parseID(u.Old)
		u.new, _ = parseID(u.New)
		p.updates = append(p.updates, u)
	}
	for _, u := range p.updates {
		if u.New != "" {
			p.refs[u.Ref] = u.New
		}
	}
	old := reachedBy(h.parents, there)
	for c := range reachedBy(h.parents, tips) {
		if !old[c] {
			p.want = append(p.want, h.ids[c])
		}
	}
	slices.Sort(p.want)
	return p
}

// setRefs writes the refs, loose or packed, as git would.
func (h *exactHistory) setRefs(t testing.TB, r *rand.Rand, refs map[string]string) {
	t.Helper()
	for _, dir := range []string{"heads", "tags"} {
		if err := os.RemoveAll(filepath.Join(h.dir, "refs", dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(h.dir, "refs", dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	peeled := r.IntN(2) == 0
	packed := "# pack-refs with: sorted \n"
	if peeled {
		packed = "# pack-refs with: peeled fully-peeled sorted \n"
	}
	share := r.IntN(3)
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		id := refs[name]
		if r.IntN(2) < share {
			packed += id + " " + name + "\n"
			if i := slices.IndexFunc(h.tags, func(t tagObject) bool { return t.id == id }); peeled && i >= 0 {
				if c := h.tags[i].commit; c >= 0 {
					packed += "^" + h.ids[c] + "\n"
				} else {
					packed += "^4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
				}
			}
			continue
		}
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(id+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(h.dir, "packed-refs"), []byte(packed), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestExact compares what the files tell with the true set difference, on
// random histories and pushes. It is exact with a commit-graph and without, as
// long as the walk outside of it is patient enough: always here where patience
// exceeds the number of commits, and with none at all where dates are right.
func TestExact(t *testing.T) {
	t.Parallel()
	histories, pushes := uint64(30), 100
	if testing.Short() {
		histories = 4
	}
	for seed := range histories {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			h := newExactHistory(t, r)
			patience := defaultPatience
			if h.skew == 0 {
				patience = r.IntN(6)
			}
			for i := range pushes {
				p := h.push(r)
				h.setRefs(t, r, p.refs)
				got, err := h.ask(p, patience)
				if err != nil {
					t.Fatalf("%s, push %d: %v", h.about, i, err)
				}
				if !slices.Equal(got, p.want) {
					t.Fatalf("%s, push %d, patience %d: found %d commits, want %d", h.about, i, patience, len(got), len(p.want))
				}
			}
		})
	}
}

// ask asks the files which commits are new.
func (h *exactHistory) ask(p exactPush, patience int) ([]string, error) {
	db, err := odb.Open(h.dir, odb.Options{Verify: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	commits := newHistory(context.Background(), db)
	commits.patience = patience
	return newIn(context.Background(), &files{db: db, commits: commits}, p.updates)
}

// newIn asks which commits are new, and sorts them.
func newIn(ctx context.Context, from source, updates []update) ([]string, error) {
	p, err := look(ctx, from, updates, false)
	if err != nil {
		return nil, err
	}
	found, _, err := from.walk(ctx, p.tips, p.there, math.MaxInt)
	var ids []string
	for _, n := range found {
		ids = append(ids, n.id.String())
	}
	slices.Sort(ids)
	return ids, err
}
