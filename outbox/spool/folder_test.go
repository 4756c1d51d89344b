package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/internal/trap"
)

// Whatever lies there, nothing is opened, nobody waits, and it is told what it is.
func TestFolderOpensPlainFilesOnly(t *testing.T) {
	for what, lay := range trap.All(t) {
		t.Run(what, func(t *testing.T) {
			for _, name := range []string{"file", "spool/file", "spool/bad/file"} {
				in := FolderAt(t.TempDir())
				if err := os.MkdirAll(in.Path("spool/bad"), 0o700); err != nil {
					t.Fatal(err)
				}
				path := in.Path(name)
				trap.Lay(t, lay, path)
				for _, flag := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_APPEND, os.O_WRONLY | os.O_TRUNC | os.O_CREATE} {
					f, err := in.OpenFile(name, flag)
					wantError(t, err, ErrNotPlain)
					if f != nil {
						t.Errorf("%#x opens it", flag)
					}
				}
				_, err := in.Stat(name)
				wantError(t, err, ErrNotPlain)
				if kind := strings.TrimSuffix(strings.TrimSuffix(what, " to nothing"), " below it"); !strings.Contains(err.Error(), path+" is "+kind) && !strings.Contains(err.Error(), "("+kind+")") {
					t.Errorf("tells %v", err)
				}
				_, err = in.ReadFile(name, 100)
				wantError(t, err, ErrNotPlain)
				wantError(t, in.ReplaceFile(name, []byte("new")), ErrNotPlain)
				if _, err = in.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL); !errors.Is(err, fs.ErrExist) {
					t.Errorf("makes it new: %v", err)
				}
				if err := in.Remove(name); err != nil { // itself, never what it leads to
					t.Errorf("remove: %v", err)
				}
				if err := in.ReplaceFile(name, []byte("new")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A folder of the outbox is no link, either.
func TestFolderFollowsNoFolder(t *testing.T) {
	for what, lay := range trap.All(t) {
		if what == "a folder" || what == "a hard link" || what == "a file of daemon" {
			continue // hard links of folders do not exist; a file is no folder anyway
		}
		t.Run(what, func(t *testing.T) {
			in := FolderAt(t.TempDir())
			elsewhere := t.TempDir()
			if err := os.WriteFile(filepath.Join(elsewhere, "file"), []byte("victim"), 0o600); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(what, "a symbolic link") {
				lay = func(path, _ string) error { return os.Symlink(elsewhere, path) }
			}
			trap.Lay(t, lay, in.Path("spool"))
			_, err := in.ReadFile("spool/file", 100)
			wantError(t, err, ErrNotPlain)
			_, err = in.Names("spool")
			wantError(t, err, ErrNotPlain)
			wantError(t, in.Remove("spool/file"), ErrNotPlain)
			wantError(t, in.Rename("spool/file", "file"), ErrNotPlain)
			wantError(t, in.Mkdir("spool/bad"), ErrNotPlain)
			wantError(t, in.Sync("spool"), ErrNotPlain)
			_, err = Open(in.Path(""))
			wantError(t, err, ErrNotPlain)
			if data, err := os.ReadFile(filepath.Join(elsewhere, "file")); err != nil || string(data) != "victim" {
				t.Errorf("elsewhere lies %q, %v", data, err)
			}
		})
	}
}

// Old temporary names that are none of ours keep nobody from working.
func TestSweepOfTraps(t *testing.T) {
	for what, lay := range trap.All(t) {
		t.Run(what, func(t *testing.T) {
			s := newSpool(t)
			path := filepath.Join(s.Dir(), ".old"+tempSuffix)
			trap.Lay(t, lay, path)
			if what == "a folder" {
				if err := os.WriteFile(filepath.Join(path, "inside"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Sweep(time.Now().Add(2 * staleTemp)); err != nil {
				t.Error(err)
			}
		})
	}
}
