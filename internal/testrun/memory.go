package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// memory is where Linux keeps files in memory.
const memory = "/dev/shm"

// roomy is how much must be free there, in bytes: the tests leave some hundred
// megabytes at a time, and other programs want theirs.
const roomy = 6 << 30

// inMemory makes a folder for the tests' files below root, where that has room and
// files may be run: a disk takes several times as long for the many that they write
// and remove. "": there is none. What a killed run has left goes.
func inMemory(root string, need uint64) string {
	var at syscall.Statfs_t
	const noExec = 8 // ST_NOEXEC of statvfs(3)
	if syscall.Statfs(root, &at) != nil || at.Bavail*uint64(at.Bsize) < need || at.Flags&noExec != 0 {
		return ""
	}
	const name = "jirahook-test."
	old, _ := filepath.Glob(filepath.Join(root, name+"*"))
	for _, dir := range old {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), name))
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir)
		}
	}
	dir := filepath.Join(root, name+strconv.Itoa(os.Getpid()))
	// Tests log in as other accounts, which pass through.
	if os.Mkdir(dir, 0o755) != nil || os.Chmod(dir, 0o755) != nil {
		return ""
	}
	return dir
}
