package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

// layer is one file of those that make a configuration, upper ones first.
type layer struct {
	file       string
	required   bool
	repository bool // the file in the repository's own folder
}

// layers lists the files of a configuration, whether they are there or not:
//
//	config.yaml  repos.d/group.yaml  repos.d/group/project.yaml  REPOSITORY/jirahook.yaml
func (s Source) layers() ([]layer, error) {
	var all []layer
	if s.Main != "" {
		all = append(all, layer{file: s.Main, required: s.MainRequired})
	}
	if s.Main != "" && s.Project != "" {
		name := filepath.Join(filepath.Dir(s.Main), "repos.d")
		for part := range strings.SplitSeq(s.Project, "/") {
			if !isName(part) {
				return nil, fmt.Errorf("project path %q: %q cannot name a file below repos.d", s.Project, part)
			}
			name = filepath.Join(name, part)
			all = append(all, layer{file: name + ".yaml"})
		}
	}
	if s.RepoDir != "" {
		all = append(all, layer{file: filepath.Join(s.RepoDir, "jirahook.yaml"), repository: true})
	}
	return all, nil
}

// isName reports whether a part of a project's path names something in the folder
// where it is looked for, and nowhere else.
func isName(part string) bool {
	return part != "" && part != "." && part != ".." && !strings.ContainsFunc(part, func(r rune) bool {
		return r == '/' || r == filepath.Separator || isControl(r)
	})
}

// readLayer reads a file; ok is false when it is not there and need not be.
func readLayer(l layer) (data []byte, ok bool, err error) {
	data, err = readFile(l.file, maxFile)
	// Something in the way, or a name too long for any file: nothing is there.
	missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
	if missing && !l.required {
		return nil, false, nil
	}
	return data, err == nil, err
}

// readFile reads a whole file of a limited size. Its errors name the file.
func readFile(name string, most int64) ([]byte, error) {
	f, _, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, most)
}

// openFile opens a regular file; a pipe would keep the push waiting.
func openFile(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

func readAll(f *os.File, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d KiB", f.Name(), most>>10)
	}
	return data, nil
}
