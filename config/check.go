package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Check is Load with everything that is worth a look, for `config check` and
// `doctor`: warned is, besides of what Load warns of, of plain http, of files that
// others can read, and of files whose name is not quite that of one that is read.
func Check(s Source) (Loaded, error) {
	loaded, l, err := load(s)
	if problems := (Problems)(nil); err != nil && !errors.As(err, &problems) {
		return loaded, err
	}
	for i, w := range l.Warnings {
		l.Warnings[i].Excerpt, l.Warnings[i].caret = excerpt(l.texts[w.File], w.Line, w.Column)
	}
	loaded.Warnings = slices.Concat(l.Warnings, l.plainHTTP(), l.readable(), misnamed(s))
	return loaded, err
}

// ProjectFiles names the groups and projects that have a file in repos.d beside a
// main file, as Source.Project names them, sorted; and the files there that nobody
// reads. There need be no such folder.
func ProjectFiles(main string) (projects []string, strays []Warning, err error) {
	root := filepath.Join(filepath.Dir(main), "repos.d")
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == root:
			return nil
		case err != nil:
			return fmt.Errorf("look for files of projects: %w", err)
		case d.IsDir():
			return nil
		}
		project, ok := strings.CutSuffix(path, ".yaml")
		if rel, err := filepath.Rel(root, project); ok && err == nil {
			projects = append(projects, filepath.ToSlash(rel))
			return nil
		}
		strays = append(strays, Warning{Problem{File: path, Message: "is not read", Allowed: "names that end in .yaml"}})
		return nil
	})
	slices.Sort(projects)
	return projects, strays, err
}

// plainHTTP warns where the credentials travel so that all can read them.
func (l *loading) plainHTTP() []Warning {
	addresses := addressesOf("jira.", l.Config.Jira)
	for i, s := range l.Config.Sites {
		maps.Copy(addresses, addressesOf(fmt.Sprintf("sites[%d].", i), s.Jira))
	}
	var warnings []Warning
	for key, address := range addresses {
		if u, err := url.Parse(address); err == nil && u.Scheme == "http" && !isLoopback(u) {
			set, _, _ := strings.Cut(key, "[") // a list is set as a whole
			o := l.placeOf(set)
			warnings = append(warnings, Warning{Problem{File: o.File, Line: o.Line, Key: key, Message: "plain http: the credentials travel unencrypted", Allowed: "https"}})
		}
	}
	slices.SortFunc(warnings, func(a, b Warning) int { return strings.Compare(a.Key, b.Key) })
	return warnings
}

// addressesOf are those to which a Jira's credentials travel, by their keys.
func addressesOf(prefix string, j Jira) map[string]string {
	return map[string]string{
		prefix + "url":                 j.URL,
		prefix + "api_url":             j.APIURL,
		prefix + "auth.token_url":      j.Auth.TokenURL,
		prefix + "development.api_url": j.Development.APIURL,
	}
}

// readable warns of files that others can read, above all of those with a
// password in them.
func (l *loading) readable() []Warning {
	type place struct{ key, value string }
	places := []place{{"outbox.database", l.Config.Outbox.Database}, {"jira.proxy", l.Config.Jira.Proxy}}
	for _, s := range l.Config.Sites {
		places = append(places, place{"sites", s.Proxy})
	}
	var warnings []Warning
	for _, file := range l.Files {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm()&0o004 == 0 {
			continue
		}
		w := Warning{Problem{
			File: file, Found: fmt.Sprintf("mode %04o", info.Mode().Perm()),
			Message: "others can read this file", Allowed: "mode 0640 or less: chmod o-rwx " + shellWord(file),
		}}
		for _, secret := range places {
			if mask(secret.value) != secret.value && l.Origins[secret.key].File == file {
				w.Line, w.Key, w.Message = l.Origins[secret.key].Line, secret.key, "others can read this file, and there is a password in it"
			}
		}
		warnings = append(warnings, w)
	}
	return warnings
}

// misnamed warns of .yml files that stand where a .yaml file would be read.
func misnamed(s Source) []Warning {
	var warnings []Warning
	layers, _ := s.layers() // what is wrong with them has been said
	for _, layer := range layers {
		name, ok := strings.CutSuffix(layer.file, ".yaml")
		if !ok {
			continue
		}
		_, missing := os.Stat(layer.file)
		if _, err := os.Stat(name + ".yml"); err == nil && errors.Is(missing, fs.ErrNotExist) {
			warnings = append(warnings, Warning{Problem{File: name + ".yml", Message: "is not read", Allowed: "the name " + layer.file}})
		}
	}
	return warnings
}

// shellWord is a word as a person can paste it into a shell.
func shellWord(s string) string {
	if strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789/._-+@:") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
