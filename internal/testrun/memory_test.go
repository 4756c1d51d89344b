package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// A folder is made where there is room; what a run left that is over is removed, what
// another one uses stays.
func TestInMemory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if dir := inMemory(root, 1<<62); dir != "" {
		t.Errorf("without room: %s", dir)
	}
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(root, "jirahook-test."+strconv.Itoa(ended.Process.Pid))
	used := filepath.Join(root, "jirahook-test."+strconv.Itoa(os.Getppid()))
	for _, dir := range []string{left, used} {
		if err := os.MkdirAll(filepath.Join(dir, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir := inMemory(root, 1)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%q: %v, %v", dir, info, err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("left: %v", err)
	}
	if _, err := os.Stat(used); err != nil {
		t.Errorf("another's: %v", err)
	}
}
