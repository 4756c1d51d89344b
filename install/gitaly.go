package install

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// GitalyConfig is what we need of Gitaly's config.toml.
type GitalyConfig struct {
	File  string `toml:"-"`
	Hooks struct {
		Dir string `toml:"custom_hooks_dir"`
	} `toml:"hooks"`
	Storages []struct {
		Name string `toml:"name"`
		Path string `toml:"path"`
	} `toml:"storage"`
}

// FindGitaly reads Gitaly's configuration, from where GitLab's packages or a source
// installation have it, or from a file that is named and has to be there.
func FindGitaly(named string) (cfg GitalyConfig, found bool, err error) {
	if named == "" {
		return readGitaly([]string{"/var/opt/gitlab/gitaly/config.toml", "/home/git/gitaly/config.toml"})
	}
	if cfg, found, err = readGitaly([]string{named}); err == nil && !found {
		err = fmt.Errorf("%w: there is no %s", ErrUsage, named)
	}
	return cfg, found, err
}

// readGitaly reads the first of the files that is there.
func readGitaly(files []string) (cfg GitalyConfig, found bool, err error) {
	for _, file := range files {
		_, err := toml.DecodeFile(file, &cfg)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return cfg, true, fmt.Errorf("read %s: %w", file, err)
		}
		cfg.File = file
		return cfg, true, nil
	}
	return cfg, false, nil
}

// GitalyRepository is a repository whose hooks are set by `gitaly hooks set`,
// which replaces all of them at once, and knows of transactions and replicas.
type GitalyRepository struct {
	Program, Config, Storage string
	Relative                 string // path below the storage
	Dir                      string
}

// repository is how Gitaly names a repository's folder.
func (g GitalyConfig) repository(program, dir string) (*GitalyRepository, bool) {
	for _, s := range g.Storages {
		rel, err := filepath.Rel(s.Path, dir)
		if err == nil && rel != "." && !strings.HasPrefix(rel, "..") {
			return &GitalyRepository{Program: program, Config: g.File, Storage: s.Name, Relative: rel, Dir: dir}, true
		}
	}
	return nil, false
}

// gitalyHook is where the hook lies below a repository's folder of hooks.
const gitalyHook = "custom_hooks/post-receive.d/50-jira"

// TarFile is a custom hook of a repository, named below its folder.
type TarFile struct {
	Name    string
	Mode    fs.FileMode
	Content []byte
	Link    string // of a symbolic link
}

// others reads the custom hooks that are there, without ours; what somebody wrote
// into ours is among them under the name aside, unless that is "".
func (g GitalyRepository) others(our, aside string) ([]TarFile, error) {
	var files []TarFile
	if aside != "" {
		content, err := os.ReadFile(our)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(g.Dir, aside)
		if err != nil {
			return nil, err
		}
		files = append(files, TarFile{Name: name, Mode: 0o644, Content: content})
	}
	err := filepath.WalkDir(filepath.Join(g.Dir, "custom_hooks"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() || path == our || path == aside {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(g.Dir, path)
		if err != nil {
			return err
		}
		f := TarFile{Name: name, Mode: info.Mode()}
		if info.Mode()&fs.ModeSymlink != 0 {
			f.Link, err = os.Readlink(path)
		} else {
			f.Content, err = os.ReadFile(path)
		}
		files = append(files, f)
		return err
	})
	return files, err
}

// set replaces the repository's custom hooks by the others and, unless it is
// nil, our script. Without any, Gitaly removes the folder.
func (g GitalyRepository) set(others []TarFile, script []byte) Change {
	files := others
	if script != nil {
		files = append(files[:len(files):len(files)], TarFile{Name: gitalyHook, Mode: executable, Content: script})
	}
	return Change{Op: Run, Command: Command{
		Args:  []string{g.Program, "hooks", "set", "--storage", g.Storage, "--repository", g.Relative, "--config", g.Config},
		Stdin: tarOf(files),
		As:    g.Dir,
	}}
}

// tarOf is an archive; with no files it is empty, as Gitaly wants it.
func tarOf(files []TarFile) []byte {
	if len(files) == 0 {
		return nil
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	made := map[string]bool{}
	for _, f := range files {
		parts := strings.Split(f.Name, "/")
		for i := 1; i < len(parts); i++ {
			if dir := strings.Join(parts[:i], "/") + "/"; !made[dir] {
				made[dir] = true
				must(w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: int64(executable)}))
			}
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Mode: int64(f.Mode.Perm()), Size: int64(len(f.Content))}
		if f.Link != "" {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, f.Link, 0
		}
		must(w.WriteHeader(h))
		_, err := w.Write(f.Content)
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// must: writing a well-formed header to memory does not fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
