package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jirahook/internal/jiratest"
)

// withSecond adds a second Jira, of another kind, to which the keys of OPS go.
func withSecond(w *ward) *jiratest.Server {
	second := jiratest.New(jiratest.Options{Flavour: jiratest.Cloud})
	must(w.t, second.Start())
	w.t.Cleanup(second.Close)
	second.AddProject("OPS", jiratest.SimpleWorkflow())
	second.AddIssue("OPS-1", "Disk is full")
	user, password, _ := second.Credentials()
	must(w.t, os.WriteFile(filepath.Join(w.dir, "second"), []byte(password), 0o600))
	w.lines = append(w.lines, fmt.Sprintf("sites: [{name: second, projects: [OPS], url: %q, auth: {type: basic, username: %q, secret_file: %s}}]", second.URL(), user, filepath.Join(w.dir, "second")),
		"transitions: [{on: closing, to: Done, projects: [SHOP, OPS]}]", "mentions: {visibility_by_project: {OPS: {role: Developers}}}")
	return second
}

// aboutOf are the findings of a check and a status: what they are about.
func aboutOf(found []Finding, check string, status Status) []string {
	var all []string
	for _, f := range found {
		if f.Check == check && f.Status == status {
			all = append(all, f.About)
		}
	}
	slices.Sort(all)
	return all
}

// Each of several Jiras is looked at, for its own projects alone.
func TestDoctorOfSeveralJiras(t *testing.T) {
	w := newWard(t, dc())
	second := withSecond(w)
	first := strings.TrimPrefix(w.url, "http://")
	found, out, outcome := w.examine()
	for check, want := range map[string][]string{
		"jira": {first, "second"}, "secret": {first, "second"}, "login": {first, "second"},
		"permissions": {"OPS", "SHOP"}, "transition": {"OPS", "SHOP"}, "role": {"OPS"},
	} {
		if got := aboutOf(found, check, Fine); !slices.Equal(got, want) {
			t.Errorf("%s is fine of %q, want %q", check, got, want)
		}
	}
	if outcome != Well || aboutOf(found, "projects", Problem) != nil {
		t.Errorf("it comes to %d:\n%s", outcome, out)
	}

	w.options.Projects = []string{"OPS"}
	found, out, _ = w.examine()
	if got := aboutOf(found, "jira", Fine); !slices.Equal(got, []string{"second"}) || !slices.Equal(aboutOf(found, "permissions", Fine), []string{"OPS"}) {
		t.Errorf("asked about OPS:\n%s", out)
	}

	w.options = Options{Site: "second"}
	must(t, os.WriteFile(filepath.Join(w.dir, "second"), []byte("wrong"), 0o600))
	w.jira.ClearRequests()
	found, out, outcome = w.examine()
	if got := aboutOf(found, "login", Problem); !slices.Equal(got, []string{"second"}) || outcome != Problems || len(w.jira.Requests()) > 0 {
		t.Errorf("with a wrong secret of the second alone it comes to %d:\n%s", outcome, out)
	}
	second.Close()
	w.options = Options{}
	found, out, _ = w.examine()
	if got := aboutOf(found, "jira", Problem); !slices.Equal(got, []string{"second"}) || !slices.Equal(aboutOf(found, "login", Fine), []string{first}) {
		t.Errorf("with the second away:\n%s", out)
	}
}
