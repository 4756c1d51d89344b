package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jirahook/config"
)

const twoJiras = minimal + `
sites:
  - {name: cloud, projects: [SHOP, web], url: https://example.atlassian.net, auth: {type: basic, username: bot, secret_file: /etc/cloud}}
  - {name: desk, projects: [HELP], url: https://desk.example.com, site: old-desk, auth: {secret_file: /etc/desk}}
`

func TestKeysGoToTheirJira(t *testing.T) {
	c := mustLoad(t, twoJiras).Config
	for project, want := range map[string]string{
		"SHOP": "https://example.atlassian.net", "WEB": "https://example.atlassian.net", "HELP": "https://desk.example.com", "OPS": "https://jira.example.com",
	} {
		if got := c.Of(project).Jira.URL; got != want {
			t.Errorf("%s goes to %s, want %s", project, got, want)
		}
	}
	var names, projects []string
	for _, one := range c.Jiras() {
		names, projects = append(names, one.Jira.SiteName()), append(projects, strings.Join(one.Projects.Keys, " "))
		if len(one.Sites) > 0 {
			t.Errorf("%s is not alone", one.Jira.SiteName())
		}
	}
	if want := []string{"https://jira.example.com", "cloud", "old-desk"}; !slices.Equal(names, want) {
		t.Errorf("they are %q, want %q", names, want)
	}
	if want := []string{"", "SHOP WEB", "HELP"}; !slices.Equal(projects, want) {
		t.Errorf("their projects are %q, want %q", projects, want)
	}
	if c.Of("SHOP").Projects.Auto || !c.Of("OPS").Projects.Auto {
		t.Error("only jira is asked for its projects")
	}
	if got := c.Book(); got != "https://jira.example.com" {
		t.Errorf("the book is %s", got)
	}
}

func TestWhichKeysCount(t *testing.T) {
	c := mustLoad(t, twoJiras).Config
	if c.Keys() != nil {
		t.Errorf("only %v count before jira has been asked", c.Keys())
	}
	c.Projects.Keys = []string{"OPS"}
	if want := []string{"OPS", "SHOP", "WEB", "HELP"}; !slices.Equal(c.Keys(), want) {
		t.Errorf("%v count, want %v", c.Keys(), want)
	}
	alone := mustLoad(t, strings.Replace(twoJiras, `jira:
  url: https://jira.example.com
  auth: {secret_file: /etc/jirahook/token}
`, "", 1)).Config
	if want := []string{"SHOP", "WEB", "HELP"}; !slices.Equal(alone.Keys(), want) {
		t.Errorf("without jira %v count, want %v", alone.Keys(), want)
	}
	if n := len(alone.Jiras()); n != 2 || alone.Book() != "cloud" || alone.Of("OPS").Jira.URL != "" {
		t.Errorf("%d Jiras, the book %s, OPS goes to %q", n, alone.Book(), alone.Of("OPS").Jira.URL)
	}
	one := mustLoad(t, minimal).Config
	if one.Keys() != nil || len(one.Jiras()) != 1 || one.Book() != "https://jira.example.com" {
		t.Errorf("with one Jira %v, %v", one.Keys(), one.Jiras())
	}
}

// Whose keys go where is decided above the repository, like where Jira is.
func TestSitesAreLockedWithJira(t *testing.T) {
	const lower = "sites:\n  - {name: mine, projects: [SHOP], url: https://m.example.com, auth: {secret_file: /etc/m}}\n"
	for lock, passes := range map[string]bool{"[]": true, "[jira]": false, "[sites]": false, "[jira.url]": true} {
		loaded := layered(t, minimal+"locked: "+lock+"\n", lower)
		if got := len(loaded.Config.Sites) == 1; got != passes {
			t.Errorf("locked: %s: sites %v", lock, loaded.Config.Sites)
		}
	}
}

func layered(t *testing.T, upper, lower string) config.Loaded {
	t.Helper()
	main := filepath.Join(t.TempDir(), "config.yaml")
	below := filepath.Join(filepath.Dir(main), "repos.d", "team.yaml")
	for name, text := range map[string]string{main: upper, below: lower} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := config.Load(config.Source{Main: main, Project: "team/app"})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}
