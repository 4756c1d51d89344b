package repo

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jirahook/push"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	n := func(name string, when int64, parents ...string) node {
		return node{named(name), allNamed(parents...), when}
	}
	for _, tt := range []struct {
		name  string
		nodes []node // as git gives them
		want  []string
	}{
		{"nothing", nil, nil},
		{"a line", []node{n("c", 3, "b"), n("b", 2, "a"), n("a", 1, "gone")}, []string{"a", "b", "c"}},
		{"a line in one second", []node{n("c", 1, "b"), n("b", 1, "a"), n("a", 1)}, []string{"a", "b", "c"}},
		{"strangers in one second", []node{n("c", 1), n("b", 1), n("a", 1)}, []string{"a", "b", "c"}},
		{"a parent from the future", []node{n("b", 1, "a"), n("a", 9)}, []string{"a", "b"}},
		{"two lines by date", []node{n("d", 4, "b"), n("c", 3, "a"), n("b", 2), n("a", 1)}, []string{"a", "b", "c", "d"}},
		{"a merge", []node{n("m", 1, "x", "y"), n("y", 5, "base"), n("x", 4, "base"), n("base", 3)}, []string{"base", "x", "y", "m"}},
		{"the same parent twice", []node{n("b", 2, "a", "a"), n("a", 1)}, []string{"a", "b"}},
	} {
		var got []string
		for _, n := range order(tt.nodes) {
			got = append(got, nameOf(n.id))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	// base - a - b (main), a - c (topic), c and d are new, old is known
	n := func(name string, when int64, parents ...string) node {
		return node{named(name), allNamed(parents...), when}
	}
	fresh := []node{n("a", 1, "base"), n("b", 2, "a", "old"), n("c", 3, "a"), n("t", 4, "base")}
	all := []landing{
		{branch: "main", tip: named("b"), without: named("base"), place: 1},
		{branch: "topic", tip: named("c"), without: named("base"), created: true, place: 0},
		{branch: "twin", tip: named("c"), without: named("base"), created: true, place: 2},
		{branch: "back", tip: named("known"), without: named("c0"), place: 3},
		{branch: "back2", tip: named("known"), without: named("c0"), place: 4},
		{branch: "first", tip: named("known"), place: 5},
	}
	found, walks := spread(fresh, all, 100)
	if diff := cmp.Diff(map[id][]int{named("a"): {0, 1, 2}, named("b"): {0}, named("c"): {1, 2}}, found.at); diff != "" {
		t.Error(diff)
	}
	want := []reach{
		{tips: allNamed("old"), without: named("base"), places: []int{0}},
		{tips: allNamed("known"), without: named("c0"), places: []int{3, 4}},
		{tips: allNamed("known"), places: []int{5}},
	}
	if diff := cmp.Diff(want, walks, cmp.AllowUnexported(reach{}, id{})); diff != "" {
		t.Error(diff)
	}
	c := push.Commit{ID: "a"}
	found.on(&c, nil, named("a"), all, "main")
	if diff := cmp.Diff(push.Commit{ID: "a", Branch: "main", Arrives: []string{"topic", "main", "twin"}}, c); diff != "" {
		t.Error(diff)
	}
	same, other := push.Commit{ID: "a"}, push.Commit{ID: "c"}
	found.on(&same, &c, named("a"), all, "main")
	found.on(&other, &same, named("c"), all, "main")
	if !slices.Equal(same.Arrives, c.Arrives) || &same.Arrives[0] != &c.Arrives[0] {
		t.Errorf("what arrives where the one before did does not share its list: %q", same.Arrives)
	}
	if diff := cmp.Diff(push.Commit{ID: "c", Branch: "main", Arrives: []string{"topic", "main"}}, other); diff != "" && other.Branch == "" {
		t.Error(diff)
	}
}

// A push of very many branches notes some of them for each commit, the default
// branch always.
func TestSpreadIsCapped(t *testing.T) {
	t.Parallel()
	var fresh []node
	var all []landing
	for i := range 100 {
		n := node{id: named(fmt.Sprint(i)), when: int64(i)}
		if i > 0 {
			n.parents = allNamed(fmt.Sprint(i - 1))
		}
		fresh = append(fresh, n)
		all = append(all, landing{branch: fmt.Sprint("b", i), tip: named(fmt.Sprint(99 - i)), place: i})
	}
	found, _ := spread(fresh, all, 3)
	if got := found.at[named("0")]; !slices.Equal(got, []int{0, 1, 2}) || !found.capped {
		t.Errorf("the first commit arrives on %v, capped %v", got, found.capped)
	}
	if got := found.at[named("98")]; !slices.Equal(got, []int{0, 1}) {
		t.Errorf("the last but one arrives on %v", got)
	}
}

func TestMergePlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ a, b, want []int }{
		{nil, nil, nil},
		{nil, []int{1}, []int{1}},
		{[]int{1, 2, 3}, []int{2}, []int{1, 2, 3}},
		{[]int{2}, []int{1, 2, 3}, []int{1, 2, 3}},
		{[]int{1, 4}, []int{2, 4}, []int{1, 2, 4}},
	} {
		a, b := slices.Clone(tt.a), slices.Clone(tt.b)
		if diff := cmp.Diff(tt.want, merge(a, b), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		if !slices.Equal(a, tt.a) || !slices.Equal(b, tt.b) {
			t.Errorf("merging %v and %v changed them to %v and %v", tt.a, tt.b, a, b)
		}
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	objects := map[id]object{named("file"): {id: named("file")}}
	for name, commit := range map[string]string{"c1": "c1", "c2": "c2", "c3": "c3", "tag3": "c3"} {
		objects[named(name)] = object{named(commit), true}
	}
	r := refs{head: "refs/heads/other", all: []ref{
		{id: named("c2"), name: "refs/heads/main"},
		{id: named("c2"), name: "refs/heads/alias", target: "refs/heads/main"},
		{id: named("x1"), name: "refs/heads/other"},
		{id: named("x1"), name: "refs/heads/otheralias", target: "refs/heads/other"},
		{id: named("x2"), name: "refs/tags/v0"},
		{id: named("x3"), name: "refs/remotes/origin/main"},
	}}
	updates := []push.Update{
		{Old: "c1", New: "c2", Ref: "refs/heads/main"},
		{New: "tag3", Ref: "refs/tags/v1"},
		{New: "c3", Ref: "refs/heads/three"},
		{New: "file", Ref: "refs/tags/file"},
		{New: "lost", Ref: "refs/heads/lost"},
		{New: "lost", Ref: "refs/heads/lost2"},
		{Old: "pruned", New: "c1", Ref: "refs/heads/back"},
		{New: "c9", Ref: "refs/notes/commits"},
		{Old: "c2", Ref: "refs/pull/1/head"},
		{New: "x2", Ref: "refs/heads/tagged"},
	}
	pushed := make([]update, len(updates))
	for i, u := range updates {
		pushed[i] = update{u, named(u.Old), named(u.New)}
	}
	objects[named("x2")] = object{named("x2"), true}
	got := ask(pushed, r, objects)
	want := question{tips: allNamed("c2", "c3"), there: allNamed("x1", "c1", "x1", "x1", "x2"), missing: allNamed("lost")}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(question{}, id{})); diff != "" {
		t.Error(diff)
	}
}

// named makes an id of a short name; nameOf is the way back.
func named(name string) (i id) {
	copy(i.sum[:], name)
	i.size = uint8(min(len(name), 1) * 20)
	return i
}

func nameOf(i id) string { return strings.TrimRight(string(i.sum[:]), "\x00") }

func allNamed(names ...string) []id {
	ids := make([]id, len(names))
	for i, name := range names {
		ids[i] = named(name)
	}
	return ids
}

func TestID(t *testing.T) {
	t.Parallel()
	for _, digits := range []string{strings.Repeat("0a", 20), strings.Repeat("f1", 32)} {
		if got, ok := parseID(digits); !ok || got.String() != digits || got.isZero() {
			t.Errorf("%s became %s", digits, got)
		}
	}
	for _, bad := range []string{"", "0a", strings.Repeat("0", 40), strings.Repeat("0", 64), strings.Repeat("0A", 20), strings.Repeat("0g", 20), strings.Repeat("0a", 30)} {
		if got, ok := parseID(bad); ok {
			t.Errorf("took %q for %s", bad, got)
		}
	}
}

func TestParseNode(t *testing.T) {
	t.Parallel()
	long := strings.NewReplacer("aa", strings.Repeat("aa", 20), "bb", strings.Repeat("bb", 20), "cc", strings.Repeat("cc", 20))
	n := func(when int64, ids ...string) node {
		var all []id
		for _, short := range ids {
			at, _ := parseID(long.Replace(short))
			all = append(all, at)
		}
		return node{all[0], all[1:], when}
	}
	for in, want := range map[string]node{
		"12 aa":                      n(12, "aa"),
		"12 aa bb cc":                n(12, "aa", "bb", "cc"),
		"18446744073709551611 aa bb": n(0, "aa", "bb"),
		"253402300800 aa":            n(0, "aa"),
	} {
		got, err := parseNode(long.Replace(in))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, id{})); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
	for _, in := range []string{"aa", "12 aabb", "12 aa b"} {
		if _, err := parseNode(long.Replace(in)); err == nil {
			t.Errorf("took %q", in)
		}
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("aa", 20)
	aa, _ := parseID(digits)
	for in, want := range map[string]ref{
		" aa refs/heads/x ":                {aa, "refs/heads/x", ""},
		"*aa refs/heads/\xfc ":             {aa, "refs/heads/\xfc", ""},
		" aa refs/heads/a refs/heads/main": {aa, "refs/heads/a", "refs/heads/main"},
	} {
		got, isHead, err := parseRef(strings.Replace(in, "aa", digits, 1))
		if err != nil || got != want || isHead != (in[0] == '*') {
			t.Errorf("%q: %+v, HEAD %v, error %v", in, got, isHead, err)
		}
	}
	for _, in := range []string{"", "aa", " aa refs/heads/x", " aa  b c d", " a refs/heads/x "} {
		if got, _, err := parseRef(strings.Replace(in, "aa", digits, 1)); err == nil {
			t.Errorf("%q: took it as %+v", in, got)
		}
	}
}
