package install

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
)

// At each place where an install may be interrupted the foreign hook is still
// run, a second install ends as the first would have, and uninstall puts back
// the very file.
func TestInterruptedInstall(t *testing.T) {
	for steps := range 3 {
		dir := filepath.Join(t.TempDir(), "hooks")
		hook := filepath.Join(dir, hookName)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(hook, []byte("#!/bin/sh\necho mail\n"), 0o750); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat(hook)
		if err != nil {
			t.Fatal(err)
		}
		target := []Target{{Server: Bare, Hook: hook}}
		plan := func() Plan {
			t.Helper()
			found, err := Look(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Install(found, script, true)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		apply := func(p Plan) {
			t.Helper()
			if err := p.Apply(context.Background(), func(Change) {}); err != nil {
				t.Fatal(err)
			}
		}
		first := plan()
		if len(first.Changes) != 2 {
			t.Fatal(first.Changes)
		}
		apply(Plan{Changes: first.Changes[:steps]})
		if _, err := os.Stat(hook); err != nil {
			t.Error("there is a moment without a hook:", err)
		}
		apply(plan())
		if p := plan(); len(p.Changes) > 0 {
			t.Errorf("after %d steps a second install still wants to %v", steps, p.Changes)
		}
		if got, err := os.ReadFile(hook); err != nil || !bytes.Equal(got, script.dispatcher()) {
			t.Errorf("after %d steps: %v\n%s", steps, err, got)
		}
		found, err := Look(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		apply(Uninstall(found))
		after, err := os.Stat(hook)
		if err != nil || !os.SameFile(before, after) || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
			t.Errorf("after %d steps it is not the same file again: %v", steps, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("left in the folder: %v %v", left, err)
		}
	}
}

// A file that is not ours, whatever it links to, is not written through.
func TestWriteReplacesALink(t *testing.T) {
	dir := t.TempDir()
	behind, link := filepath.Join(dir, "behind"), filepath.Join(dir, "link")
	if err := os.WriteFile(behind, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(behind, link); err != nil {
		t.Fatal(err)
	}
	if err := write(link, []byte("ours"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(behind); err != nil || string(got) != "theirs" {
		t.Errorf("written through: %q %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Perm() != 0o755 || !info.Mode().IsRegular() {
		t.Errorf("%v %v", info, err)
	}
}
