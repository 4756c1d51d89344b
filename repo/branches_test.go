package repo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultBranch(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	for _, tt := range []struct {
		name, head string
		branches   []string
		want       string
	}{
		{"HEAD's", "refs/heads/develop", []string{"develop", "main", "master"}, "develop"},
		{"empty", "refs/heads/main", nil, "main"},
		{"gitolite", "refs/heads/master", []string{"main", "topic"}, "main"},
		{"the other way round", "refs/heads/main", []string{"master", "topic"}, "master"},
		{"two usual ones", "refs/heads/trunk", []string{"main", "master"}, "trunk"},
		{"the only one", "refs/heads/master", []string{"release/1.0"}, "release/1.0"},
		{"nothing fits", "refs/heads/master", []string{"a", "b"}, "master"},
		{"no branch", "refs/odd/head", []string{"a", "b"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t)
			id := b.commit("A-1")
			for _, branch := range tt.branches {
				b.onServer("fetch", "-q", b.clone, id+":refs/heads/"+branch) // runs no hook
			}
			b.onServer("symbolic-ref", "HEAD", tt.head)
			if got, err := b.open().DefaultBranch(); got != tt.want || err != nil {
				t.Errorf("default branch %q, error %v", got, err)
			}
		})
	}
	t.Run("detached", func(t *testing.T) {
		b := newBed(t)
		id := b.commit("A-1")
		b.git("push", "-q", "origin", "main:a", "main:b")
		b.onServer("update-ref", "--no-deref", "HEAD", id)
		if got, err := b.open().DefaultBranch(); got != "" || err != nil {
			t.Errorf("default branch %q, error %v", got, err)
		}
	})
}

// On gitolite HEAD is master while all work is on main: the hooks know it with
// the first push, before and after the branch is there (newBed compares them).
func TestDefaultBranchOfFirstPush(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.onServer("symbolic-ref", "HEAD", "refs/heads/master")
	b.commit("A-1")
	b.git("branch", "topic")
	f := b.push("main", "topic")
	if f.DefaultBranch != "main" {
		t.Errorf("default branch %q", f.DefaultBranch)
	}
	if diff := cmp.Diff([]string{"A-1 new main,topic"}, told(f)); diff != "" {
		t.Error(diff)
	}
}

func TestNewDefaultBranchMergesNothing(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.git("checkout", "-q", "-b", "dev")
	b.commit("A-1")
	b.git("branch", "topic")
	b.commit("A-2")
	b.push("dev", "topic")
	f := b.push("dev:main")
	if diff := cmp.Diff([]string{"A-1 main", "A-2 main"}, told(f)); diff != "" {
		t.Error(diff)
	}
	if f.Merged != nil {
		t.Errorf("merged %q", f.Merged)
	}
}
