package repo

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jirahook/push"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	n := func(id string, when int64, parents ...string) node { return node{id, parents, when} }
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
			got = append(got, n.id)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	// base - a - b (main), a - c (topic), c and d are new, old is known
	fresh := []node{{"a", []string{"base"}, 1}, {"b", []string{"a", "old"}, 2}, {"c", []string{"a"}, 3}, {"t", []string{"base"}, 4}}
	all := []landing{
		{branch: "main", tip: "b", without: "base", place: 1},
		{branch: "topic", tip: "c", without: "base", created: true, place: 0},
		{branch: "twin", tip: "c", without: "base", created: true, place: 2},
		{branch: "back", tip: "known", without: "c0", place: 3},
		{branch: "back2", tip: "known", without: "c0", place: 4},
		{branch: "first", tip: "known", place: 5},
	}
	found, walks := spread(fresh, all, 100)
	if diff := cmp.Diff(map[string][]int{"a": {0, 1, 2}, "b": {0}, "c": {1, 2}}, found.at); diff != "" {
		t.Error(diff)
	}
	want := []reach{
		{tips: []string{"old"}, without: "base", places: []int{0}},
		{tips: []string{"known"}, without: "c0", places: []int{3, 4}},
		{tips: []string{"known"}, places: []int{5}},
	}
	if diff := cmp.Diff(want, walks, cmp.AllowUnexported(reach{})); diff != "" {
		t.Error(diff)
	}
	c := push.Commit{ID: "a"}
	found.on(&c, all, "main")
	if diff := cmp.Diff(push.Commit{ID: "a", Branch: "main", Arrives: []string{"topic", "main", "twin"}}, c); diff != "" {
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
		n := node{id: fmt.Sprint(i), when: int64(i)}
		if i > 0 {
			n.parents = []string{fmt.Sprint(i - 1)}
		}
		fresh = append(fresh, n)
		all = append(all, landing{branch: fmt.Sprint("b", i), tip: fmt.Sprint(99 - i), place: i})
	}
	found, _ := spread(fresh, all, 3)
	if got := found.at["0"]; !slices.Equal(got, []int{0, 1, 2}) || !found.capped {
		t.Errorf("the first commit arrives on %v, capped %v", got, found.capped)
	}
	if got := found.at["98"]; !slices.Equal(got, []int{0, 1}) {
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
	commit := func(id string) object { return object{id, "commit"} }
	objects := map[string]object{
		"c1": commit("c1"), "c2": commit("c2"), "c3": commit("c3"), "tag3": commit("c3"), "file": {"file", "blob"},
	}
	r := refs{all: []ref{
		{id: "c2", name: "refs/heads/main"},
		{id: "c2", name: "refs/heads/alias", target: "refs/heads/main"},
		{id: "x1", name: "refs/heads/other"},
		{id: "x1", name: "refs/heads/otheralias", target: "refs/heads/other"},
		{id: "x2", name: "refs/tags/v0"},
		{id: "x3", name: "refs/remotes/origin/main"},
	}}
	got := ask([]push.Update{
		{Old: "c1", New: "c2", Ref: "refs/heads/main"},
		{New: "tag3", Ref: "refs/tags/v1"},
		{New: "c3", Ref: "refs/heads/three"},
		{New: "file", Ref: "refs/tags/file"},
		{New: "lost", Ref: "refs/heads/lost"},
		{New: "lost", Ref: "refs/heads/lost2"},
		{Old: "pruned", New: "c1", Ref: "refs/heads/back"},
		{New: "c9", Ref: "refs/notes/commits"},
		{Old: "c2", Ref: "refs/pull/1/head"},
	}, r, objects)
	want := question{tips: []string{"c2", "c3"}, there: []string{"c1", "x1", "x2"}, missing: []string{"lost"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(question{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseNode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]node{
		"12 aa":                      {"aa", []string{}, 12},
		"12 aa bb cc":                {"aa", []string{"bb", "cc"}, 12},
		"18446744073709551611 aa bb": {"aa", []string{"bb"}, 0},
		"253402300800 aa":            {"aa", []string{}, 0},
	} {
		got, err := parseNode(in)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{})); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
	if _, err := parseNode("aa"); err == nil {
		t.Error("took a line without a date")
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]ref{
		" aa refs/heads/x ":                {"aa", "refs/heads/x", ""},
		"*aa refs/heads/\xfc ":             {"aa", "refs/heads/\xfc", ""},
		" aa refs/heads/a refs/heads/main": {"aa", "refs/heads/a", "refs/heads/main"},
	} {
		got, isHead, err := parseRef(in)
		if err != nil || got != want || isHead != (in[0] == '*') {
			t.Errorf("%q: %+v, HEAD %v, error %v", in, got, isHead, err)
		}
	}
	for _, in := range []string{"", "aa", " aa refs/heads/x", " aa  b c d"} {
		if got, _, err := parseRef(in); err == nil {
			t.Errorf("%q: took it as %+v", in, got)
		}
	}
}
