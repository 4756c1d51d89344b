package parser

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The files of testdata hold what other programs read in a text; see its README.

func vectors[T any](t *testing.T, file string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var v []T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v) == 0 {
		t.Fatalf("%s is empty", file)
	}
	return v
}

func mustNew(t testing.TB, o Options) *Parser {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gitLabWords are the closing words of GitLab's default pattern, and jirahook's.
var gitLabWords = []string{
	"close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing",
	"resolve", "resolves", "resolved", "resolving", "implement", "implements", "implemented", "implementing",
}

func sameKeys(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

type commandVector struct {
	Name       string             `json:"name"`
	Text       string             `json:"text"`
	Spec       string             `json:"spec"`
	Parts      map[string]float64 `json:"parts"`
	Transition string             `json:"transition"`
	Error      string             `json:"error"`
}

func (c commandVector) command(key string) Command {
	p := c.Parts
	return Command{
		Key: key, Name: c.Name, Text: c.Text, Transition: c.Transition, Problem: c.Error,
		Spec: c.Spec, Duration: Duration{W: p["w"], D: p["d"], H: p["h"], M: p["m"]},
	}
}

func TestSmartCommitVectors(t *testing.T) {
	for _, v := range vectors[struct {
		ID, Profile, Message string
		Projects             []string
		Mentions             []string
		Expect               []struct {
			Key      string
			Commands []commandVector
		}
	}](t, "smart-commits.json") {
		t.Run(v.ID, func(t *testing.T) {
			p := mustNew(t, Options{Rule: Classic, Projects: v.Projects, Multiline: v.Profile == "multiline"})
			var want []Command
			for _, group := range v.Expect {
				for _, c := range group.Commands {
					want = append(want, c.command(group.Key))
				}
			}
			m := p.Message(v.Message)
			// Where a command stands and its raw argument are not in the vectors.
			ignore := cmpopts.IgnoreFields(Command{}, "Argument", "Line", "Column", "Last")
			if diff := cmp.Diff(want, m.Commands, ignore); diff != "" {
				t.Errorf("%q: commands (-want +got):\n%s", v.Message, diff)
			}
			sameKeys(t, "mentions", m.Mentions, v.Mentions)
		})
	}
}

func TestGitLabKeyVectors(t *testing.T) {
	comments := mustNew(t, Options{Rule: GitLab, Closing: gitLabWords})
	// The development panel reads URLs as well; those of the vectors are Jira's.
	panel := mustNew(t, Options{Rule: GitLab, BrowseURL: "https://jira.example.com"})
	for _, v := range vectors[struct {
		Message             string
		Keys, Closes        []string
		DevpanelKeys        []string `json:"devpanel_keys"`
		Source, Note, Extra string
	}](t, "gitlab-keys.json") {
		t.Run(v.Message, func(t *testing.T) {
			m := comments.Message(v.Message)
			sameKeys(t, "mentions", m.Mentions, v.Keys)
			sameKeys(t, "closes", m.Closes, v.Closes)
			sameKeys(t, "development panel", panel.Keys(v.Message), v.DevpanelKeys)
			if len(v.DevpanelKeys) > 0 && !comments.HoldsKey(v.Message) {
				t.Error("HoldsKey says no")
			}
		})
	}
}

func TestGitLabOptionVectors(t *testing.T) {
	for _, v := range vectors[struct {
		Message, Prefix, Regex string
		Keys                   []string
	}](t, "gitlab-options.json") {
		t.Run(v.Message, func(t *testing.T) {
			p := mustNew(t, Options{Rule: GitLab, Prefix: v.Prefix, ProjectPattern: v.Regex})
			sameKeys(t, "mentions", p.Message(v.Message).Mentions, v.Keys)
		})
	}
}

func TestBranchNameVectors(t *testing.T) {
	p := mustNew(t, Options{Rule: GitLab})
	for _, v := range vectors[struct {
		Branch       string
		DevpanelKeys []string `json:"devpanel_keys"`
	}](t, "branch-names.json") {
		t.Run(v.Branch, func(t *testing.T) {
			sameKeys(t, "keys", p.Keys(v.Branch), v.DevpanelKeys)
		})
	}
}

// TestDefaultDiffers holds where jirahook's own rules differ from the vectors on
// purpose: testdata/default.json. Everywhere else they agree.
func TestDefaultDiffers(t *testing.T) {
	type reading struct {
		Message      string
		Keys, Closes []string
		Why          string
	}
	differs := map[string]reading{}
	for _, v := range vectors[reading](t, "default.json") {
		differs[v.Message] = v
	}
	p := mustNew(t, Options{Closing: gitLabWords, BrowseURL: "https://jira.example.com"})
	for _, v := range vectors[reading](t, "gitlab-keys.json") {
		t.Run(v.Message, func(t *testing.T) {
			want := v
			if d, ok := differs[v.Message]; ok {
				if cmp.Equal(d.Keys, v.Keys) && cmp.Equal(d.Closes, v.Closes) {
					t.Error("listed as different, but the same")
				}
				if d.Why == "" {
					t.Error("no reason given")
				}
				want = d
				delete(differs, v.Message)
			}
			m := p.Message(v.Message)
			sameKeys(t, "mentions", m.Mentions, want.Keys)
			sameKeys(t, "closes", m.Closes, want.Closes)
		})
	}
	for message := range differs {
		t.Errorf("no vector has the message %q", message)
	}
}

// TestDefaultCommandsDiffer does the same for the Smart Commit vectors.
func TestDefaultCommandsDiffer(t *testing.T) {
	differs := map[string]struct {
		keys []string // the keys that get commands, in order
		why  string
	}{
		"sc-024": {[]string{"JRA-1", "JRA-2"}, "lists of keys are the same everywhere"},
		"sc-025": {[]string{"JRA-1", "JRA-2"}, "lists of keys are the same everywhere"},
		"sc-026": {[]string{"JRA-1", "JRA-2"}, "lists of keys are the same everywhere"},
		"sc-027": {[]string{"JRA-1", "JRA-2"}, "lists of keys are the same everywhere"},
		"sc-049": {nil, "what is quoted does nothing"},
		"sc-081": {[]string{"JRA-1"}, "an underscore may touch a key"},
		"sc-089": {nil, "no leading zero"},
		"sc-090": {nil, "the default pattern is ASCII"},
		"sc-091": {nil, "at most 10 digits"},
	}
	for _, v := range vectors[struct {
		ID, Profile, Message string
		Projects             []string
		Expect               []struct{ Key string }
	}](t, "smart-commits.json") {
		t.Run(v.ID, func(t *testing.T) {
			p := mustNew(t, Options{Projects: v.Projects, Multiline: v.Profile == "multiline"})
			var want []string
			for _, group := range v.Expect {
				if !slices.Contains(want, group.Key) {
					want = append(want, group.Key)
				}
			}
			if d, ok := differs[v.ID]; ok {
				if cmp.Equal(d.keys, want) {
					t.Error("listed as different, but the same")
				}
				want = d.keys
			}
			var got []string
			for _, c := range p.Message(v.Message).Commands {
				if !slices.Contains(got, c.Key) {
					got = append(got, c.Key)
				}
			}
			sameKeys(t, "keys with commands", got, want)
		})
	}
}
