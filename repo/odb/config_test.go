package odb

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// configs are config files as git writes them, as people write them, and worse.
var configs = []string{
	"",
	"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n",
	"[core]\r\n\tbare = true\r\n[a]b=c\r\n",
	"\ufeff[core]\nbare\n",
	"[Core]\n\tBare = Yes # and why\n\tx = a ; comment\n\ty = \"a ; b\" # c\n",
	"[remote \"origin\"]\n\turl = https://example.com/x\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
	"[remote \"a \\\"b\\\\ c\\d\"] url = x\n",
	"[Section.SubSection]\n\tname = v\n",
	"[a]\n\tlong = one \\\n two \\\n  three\n",
	"[a]\n\tq = \"in  quotes \" and  out  \n\te = \\t\\n\\b\\\\\\\"\n\tn = \"\"\n\tm =\n\to\n",
	"[a]\n\tq = \"begins\\\n ends\"\n",
	"[a] b = c\n[a] d = e",
	"; only\n# comments",
	"[a]\nb = #\nc = \" \"\nd =   x y\t\n",
	// what git refuses
	"[a\nb = c\n",
	"[a]\nb = \"c\n",
	"[a]\nb = \\x\n",
	"[a]\n1b = c\n",
	"[a]\nb c\n",
	"[a \"b]\nc = d\n",
	"[a \"b\" ]\nc = d\n",
	"[a b]\nc = d\n",
	"[a_b]\nc = d\n",
	"[a]\nb_c = d\n",
	"[a]\nb # c\n",
}

// odd are files that git takes in one version or another, and we leave to it.
var odd = []string{"b = c\n", "[]\nb = c\n", "[a]\nb = c\\"}

// TestReadConfig compares with git config --list.
func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	for _, text := range configs {
		path := filepath.Join(dir, "config")
		writeFile(t, path, text)
		got := ""
		err := readConfig([]byte(text), func(v variable) error {
			got += v.key()
			if !v.bare {
				got += "\n" + v.value
			}
			got += "\x00"
			return nil
		})
		want, ok := gitConfig(t, path)
		if (err == nil) != ok {
			t.Errorf("%q: error %v, git takes it: %t", text, err, ok)
		} else if ok && got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range odd {
		if err := readConfig([]byte(text), func(variable) error { return nil }); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func gitConfig(t *testing.T, path string) (list string, ok bool) {
	t.Helper()
	list = gitIn(t, "", path, "-c", "alias.try=!git config --file=\"$(cat)\" --list -z 2>/dev/null || printf refused", "try")
	return list, !strings.HasSuffix(list, "refused")
}

func TestVariableBool(t *testing.T) {
	for value, want := range map[string]bool{
		"true": true, "Yes": true, "on": true, "1": true, "-1": true, "007": true,
		"false": false, "NO": false, "off": false, "": false, "0": false,
	} {
		if got, err := (variable{value: value}).bool(); err != nil || got != want {
			t.Errorf("%q: %t, %v", value, got, err)
		}
	}
	if got, err := (variable{bare: true}).bool(); err != nil || !got {
		t.Errorf("bare: %t, %v", got, err)
	}
	if _, err := (variable{value: "maybe"}).bool(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("maybe: %v", err)
	}
}
