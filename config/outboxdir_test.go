package config_test

import (
	"path/filepath"
	"testing"

	"jirahook/config"
)

func TestOutboxDir(t *testing.T) {
	const standard = "/var/lib/jirahook"
	tests := []struct {
		name             string
		main, group, own string
		want             string
	}{
		{"sound", minimal + "outbox: {dir: /srv/a}", "", "", "/srv/a"},
		{"not set", minimal, "", "", standard},
		{"nothing at all", "", "", "", standard},
		{"mistakes elsewhere", "jira: 3\nnonsense: 1\noutbox: {dir: /srv/a, database: 7}", "", "", "/srv/a"},
		{"mistake in it", "outbox: {dir: relative}", "", "", standard},
		{"lower layer", "outbox: {dir: /srv/a}", "outbox: {dir: /srv/b}", "jira: [", "/srv/b"},
		{"repository alone", "", "", "outbox: {dir: /srv/c}", standard}, // a file that was named and is not there
		{"repository", "outbox: {dir: /srv/a}", "x: [", "outbox: {dir: /srv/c}", "/srv/a"},
		{"repository below a broken file", "x: [", "", "outbox: {dir: /srv/c}", standard},
		{"repository that is broken, too", "x: 1", "", "outbox:\n  dir: /srv/c\ny: [", standard},
		{"locked", "locked: [outbox]\noutbox: {dir: /srv/a}", "outbox: {dir: /srv/b}", "outbox:\n  dir: /srv/c\n  x: [", "/srv/a"},
		{"tabs", "jira:\n\turl: x\noutbox:\n\tdir: /srv/a\n", "", "", "/srv/a"},
		{"open quote", "outbox:\n  dir: \"/srv/a\" # here\njira: {url: \"https://\n", "", "", "/srv/a"},
		{"open quote of its own", "outbox:\n  dir: \"/srv/a\njira: {}\n", "", "", "/srv/a"},
		{"one line", "outbox: {database: sqlite, dir: /srv/a}\njira: [\n", "", "", "/srv/a"},
		{"behind others", "outbox:\n# where\n  keep: 3d\n\n  dir: '/srv/a'\njira: [\n", "", "", "/srv/a"},
		{"commented out", "outbox:\n#  dir: /srv/a\n  # dir: /srv/b\njira: [\n", "", "", standard},
		{"of another section", "server:\n  dir: /srv/a\noutbox:\n  keep: 3d\nother:\n  dir: /srv/b\njira: [\n", "", "", standard},
		{"broken and relative", "outbox:\n  dir: srv\njira: [\n", "", "", standard},
		{"no text", "outbox:\n  dir: /srv/a\nx: \xff\n", "", "", "/srv/a"},
		{"two documents", "outbox:\n  dir: /srv/a\n---\nx: 1\n", "", "", "/srv/a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			s := config.Source{Main: filepath.Join(dir, "config.yaml"), MainRequired: true, Project: "a/b", RepoDir: filepath.Join(dir, "b.git")}
			for name, text := range map[string]string{"config.yaml": tt.main, "repos.d/a.yaml": tt.group, "b.git/jirahook.yaml": tt.own} {
				if text != "" {
					write(t, dir, name, text)
				}
			}
			if got := config.OutboxDir(s); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
