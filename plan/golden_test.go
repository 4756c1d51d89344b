package plan_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

var update = flag.Bool("update", false, "rewrite the golden plans")

// TestGolden plans the pushes below testdata/golden and compares what explain
// would print. A file holds the configuration, one or several pushes of the
// same repository, and the plan of each; what a push puts on record is known to
// the next. See testdata/golden/README.md.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept []txtar.File
	var s story
	s.known.Records = map[string][]plan.Record{}
	flush := func() {
		if s.pushed == nil {
			return
		}
		name, text := s.plan(t)
		kept = append(kept, txtar.File{Name: name, Data: text})
		s.pushed = nil
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		kind, name, _ := strings.Cut(f.Name, " ")
		switch kind {
		case "config":
			flush()
			s.rules = compile(t, f.Data)
		case "push":
			flush()
			s.begin(t, name, string(f.Data))
		case "commit":
			s.commit(t, name, string(f.Data))
		case "plan":
			want[f.Name] = string(f.Data)
			continue
		default:
			t.Fatalf("unknown section %q", f.Name)
		}
		kept = append(kept, f)
	}
	flush()
	if *update {
		archive.Files = kept
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, f := range kept {
		if strings.HasPrefix(f.Name, "plan ") {
			if diff := cmp.Diff(want[f.Name], string(f.Data)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", f.Name, diff)
			}
		}
	}
}

func compile(t *testing.T, data []byte) *plan.Rules {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(config.Source{Main: file, MainRequired: true})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := plan.Compile(loaded.Config)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// story is a golden file being read.
type story struct {
	rules  *plan.Rules
	known  plan.Known
	name   string
	pushed *push.Push
}

// begin reads a push: lines "pusher ann", "default main", "update main OLD NEW",
// "merged BRANCH", "gone COMMIT...", "issue KEY ID", "ancestor COMMIT PARENT...", "at TIME", "first-seen TIME".
func (s *story) begin(t *testing.T, name, text string) {
	s.name = name
	s.pushed = &push.Push{
		ID:         "push-" + name,
		Time:       time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Repository: push.Repository{ID: "project-1", Path: "team/app", Dir: "/srv/git/team/app.git", DefaultBranch: "main"},
		Ancestors:  push.Ancestors{Parents: map[string][]string{}},
	}
	p := s.pushed
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		switch f[0] {
		case "pusher":
			p.Pusher.Name = f[1]
		case "pusher-email":
			p.Pusher.Email = f[1]
		case "default":
			p.Repository.DefaultBranch = f[1]
		case "update":
			p.Updates = append(p.Updates, push.Update{Ref: "refs/heads/" + f[1], Old: idOf(f[2]), New: idOf(f[3])})
		case "merged":
			p.Merged = append(p.Merged, f[1])
		case "gone":
			p.Gone = append(p.Gone, ids(f[1:])...)
		case "issue":
			if s.known.Issues == nil {
				s.known.Issues = map[string]string{}
			}
			s.known.Issues[f[1]] = f[2]
		case "repository":
			p.Repository.ID = f[1]
		case "ancestor":
			p.Ancestors.Parents[idOf(f[1])] = ids(f[2:])
		case "at":
			p.Time = date(t, f[1])
		case "first-seen":
			s.known.FirstSeen = date(t, f[1])
		case "released":
			s.known.Released = true
		default:
			t.Fatalf("unknown line in push %s: %s", name, line)
		}
	}
}

// commit reads a commit: header lines "author NAME <EMAIL> TIME", "committed
// TIME", "parents A B", "tree T" and "empty", "arrives BRANCH...", "old" (it is
// not new), an empty line, the message. "repeat N" makes N of it.
func (s *story) commit(t *testing.T, name, text string) {
	head, message, _ := strings.Cut(text, "\n\n")
	c := push.Commit{ID: idOf(name), New: true, Message: message}
	n := 1
	for line := range strings.Lines(head) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "author":
			who, when, _ := strings.Cut(rest, "> ")
			c.Author.Name, c.Author.Email, _ = strings.Cut(who, " <")
			c.Author.When = date(t, when)
			c.Committer = c.Author
		case "committed":
			c.Committer.When = date(t, rest)
		case "parents":
			c.Parents = ids(strings.Fields(rest))
		case "tree":
			c.Tree = idOf(rest)
		case "empty":
			c.Empty = true
		case "arrives":
			c.Arrives = strings.Fields(rest)
		case "old":
			c.New = false
		case "repeat":
			if _, err := fmt.Sscan(rest, &n); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("unknown line in commit %s: %s", name, line)
		}
	}
	for _, b := range c.Arrives {
		if c.Branch == "" || b == s.pushed.Repository.DefaultBranch {
			c.Branch = b
		}
	}
	for i := range n {
		one := c
		if n > 1 {
			one.ID = idOf(fmt.Sprintf("%s-%d", name, i))
			one.Message = strings.ReplaceAll(c.Message, "{n}", fmt.Sprint(i+1))
			one.Author.When = c.Author.When.Add(time.Duration(i) * time.Minute)
		}
		s.pushed.Commits = append(s.pushed.Commits, one)
	}
}

// plan plans the push as ingest does, and puts on record what it asks.
func (s *story) plan(t *testing.T) (name string, text []byte) {
	first, whole := s.rules.Plan(*s.pushed, plan.Known{Asking: true}), s.rules.Plan(*s.pushed, plan.Known{})
	if !slices.Equal(first.Asked, whole.Asked) || !slices.Equal(first.AskedBefore, whole.AskedBefore) || !slices.Equal(first.Keys, whole.Keys) {
		t.Errorf("push %s asks about %q, and with a plan made about %q", s.name, first.Asked, whole.Asked)
	}
	if first.Push != whole.Push || first.Repository != whole.Repository || first.Time != whole.Time || len(first.Entities) > 0 || len(first.Commits) > 0 {
		t.Errorf("push %s only asked comes to %+v", s.name, first)
	}
	asked := map[string]bool{}
	for _, id := range append(first.Asked, first.AskedBefore...) {
		asked[id] = true
	}
	s.known.First = s.known.FirstSeen.IsZero()
	p := s.rules.Explain(*s.pushed, s.known)
	for _, id := range append(p.Asked, p.AskedBefore...) {
		if !asked[id] {
			t.Errorf("push %s asks about record %s only when something is known", s.name, id)
		}
	}
	for _, a := range p.Actions {
		if rule, _, _ := strings.Cut(a.Rule, "["); !slices.Contains(makers(), rule) {
			t.Errorf("push %s: %s was made by %q", s.name, a.Text, a.Rule)
		}
	}
	if p.Held == "" {
		records := p.Records
		for _, a := range p.Actions {
			records = append(records, a.Records...)
		}
		for _, r := range records {
			s.known.Records[r.ID] = append(s.known.Records[r.ID], r)
		}
	}
	if s.known.FirstSeen.IsZero() {
		s.known.FirstSeen = s.pushed.Time
	}
	s.known.Released = false
	var b bytes.Buffer
	if err := p.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return "plan " + s.name, b.Bytes()
}

// makers are the keys of the configuration that make actions.
func makers() []string {
	return []string{"mentions.comment", "mentions.web_link", "branches.web_link", "smart_commits.commands", "transitions"}
}

func idOf(name string) string {
	if name == "-" {
		return ""
	}
	sum := sha1.Sum([]byte(name))
	return hex.EncodeToString(sum[:])
}

func ids(names []string) []string {
	var all []string
	for _, n := range names {
		all = append(all, idOf(n))
	}
	return all
}

func date(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
