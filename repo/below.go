package repo

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxBelow is how many repositories are listed at most.
const maxBelow = 10_000

// Below finds bare repositories below a folder, but none inside of another, no
// wikis, and no links' targets. More: there are others than those found, for
// which there was no room, or no time within the context.
func Below(ctx context.Context, root string) (found []string, more bool, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == root:
			return err
		case ctx.Err() != nil:
			more = true
			return fs.SkipAll
		case err != nil:
			return fs.SkipDir // not ours to look at; the count tells
		case !d.IsDir():
			return nil
		case IsBare(path):
			if !strings.HasSuffix(path, ".wiki.git") && !strings.HasSuffix(path, ".design.git") && filepath.Base(path) != "gitolite-admin.git" {
				found = append(found, path)
			}
			if len(found) > maxBelow {
				more = true
				found = found[:maxBelow]
				return fs.SkipAll
			}
			return fs.SkipDir
		}
		return nil
	})
	return found, more, err
}

// IsBare reports whether a folder looks like a bare repository, as far as this
// process may look into it.
func IsBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "config"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
