package odb

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// maxNesting is how deep git follows alternates of alternates; it ignores what
// lies deeper.
const maxNesting = 5

// objectDirs gives all folders that hold objects, the repository's own or the
// quarantine first. Like git it leaves out alternates that are not there.
func objectDirs(l layout, options Options) ([]string, error) {
	own := filepath.Join(l.common, "objects")
	if options.ObjectDir != "" {
		own = resolve(l.git, options.ObjectDir)
	}
	var found objectFolders
	if err := found.add(own); err != nil {
		return nil, err
	}
	for _, path := range splitAlternates([]byte(options.Alternates), ':') {
		if err := found.alternate(resolve(l.git, path), 0); err != nil {
			return nil, err
		}
	}
	if err := found.alternatesOf(own, 0); err != nil {
		return nil, err
	}
	return found.paths, nil
}

// objectFolders are folders of objects, each once, whatever its path.
type objectFolders struct {
	paths []string
	infos []fs.FileInfo
}

// errKnown says that a folder was added before.
var errKnown = errors.New("the folder is known")

func (o *objectFolders) add(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	for _, known := range o.infos {
		if os.SameFile(known, info) {
			return errKnown
		}
	}
	o.paths, o.infos = append(o.paths, path), append(o.infos, info)
	return nil
}

// alternate adds a folder and its own alternates.
func (o *objectFolders) alternate(path string, depth int) error {
	err := o.add(path)
	if errors.Is(err, fs.ErrNotExist) || err == errKnown {
		return nil
	}
	if err != nil {
		return err
	}
	return o.alternatesOf(path, depth+1)
}

// alternatesOf adds what a folder's info/alternates lists.
func (o *objectFolders) alternatesOf(path string, depth int) error {
	if depth > maxNesting {
		return nil
	}
	text, err := readSmall(filepath.Join(path, "info", "alternates"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, alternate := range splitAlternates(text, '\n') {
		if err := o.alternate(resolve(path, alternate), depth); err != nil {
			return err
		}
	}
	return nil
}

// splitAlternates gives the paths of a list. An entry may be a comment, which
// begins with #, or a quoted C string; badly quoted it is taken as it stands.
func splitAlternates(list []byte, separator byte) []string {
	var paths []string
	for len(list) > 0 {
		entry, quoted := []byte(nil), false
		if list[0] == '"' {
			var rest []byte
			if entry, rest, quoted = unquote(list); quoted {
				list = bytes.TrimPrefix(rest, []byte{separator})
			}
		}
		if !quoted {
			entry, list, _ = bytes.Cut(list, []byte{separator})
			if bytes.HasPrefix(entry, []byte("#")) {
				continue
			}
		}
		if len(entry) > 0 {
			paths = append(paths, string(entry))
		}
	}
	return paths
}

// unquote takes a quoted C string from the beginning of text, as git quotes
// paths: escapes are letters or three octal digits.
func unquote(text []byte) (value, rest []byte, ok bool) {
	for i := 1; i < len(text); i++ {
		c := text[i]
		if c == '"' {
			return value, text[i+1:], true
		}
		if c == '\\' {
			if i++; i == len(text) {
				break
			}
			switch c = text[i]; {
			case c == '"' || c == '\\':
			case c >= '0' && c <= '3':
				if i+2 >= len(text) || !isOctal(text[i+1]) || !isOctal(text[i+2]) {
					return nil, nil, false
				}
				c = c&7<<6 | text[i+1]&7<<3 | text[i+2]&7
				i += 2
			default:
				letter := bytes.IndexByte([]byte("abfnrtv"), c)
				if letter < 0 {
					return nil, nil, false
				}
				c = "\a\b\f\n\r\t\v"[letter]
			}
		}
		value = append(value, c)
	}
	return nil, nil, false
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }
