package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// pushOf is a push of commits with these messages to main, a second apart, the
// last one at noon.
func pushOf(messages ...string) push.Push {
	p := push.Push{
		ID: "p", Time: noon, Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"},
		Updates: []push.Update{{Old: fmt.Sprintf("%040x", 0), New: fmt.Sprintf("%040x", len(messages)), Ref: "refs/heads/main"}},
	}
	for i, m := range messages {
		who := push.Signature{Name: "Ann", Email: "ann@example.com", When: noon.Add(time.Duration(i+1-len(messages)) * time.Second)}
		p.Commits = append(p.Commits, push.Commit{
			ID: fmt.Sprintf("%040x", i+1), Parents: []string{fmt.Sprintf("%040x", i)}, Author: who, Committer: who,
			Message: m, New: true, Arrives: []string{"main"}, Branch: "main",
		})
	}
	return p
}

// rulesOf is the default configuration with a server, as changed.
func rulesOf(t *testing.T, change func(*config.Config)) *plan.Rules {
	t.Helper()
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	cfg.Server.Kind, cfg.Server.URL = "gitlab", "https://git.example.com"
	if change != nil {
		change(&cfg)
	}
	rules, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// keysUpTo is "SHOP-1 SHOP-2 …".
func keysUpTo(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprint("SHOP-", i+1))
	}
	return strings.Join(keys, " ")
}

// issuesOf are the issues that a plan touches, in the order in which it does.
func issuesOf(p plan.Plan) []string {
	var issues []string
	for _, a := range p.Actions {
		if len(issues) == 0 || issues[len(issues)-1] != a.Issue {
			issues = append(issues, a.Issue)
		}
	}
	return issues
}

func TestIssuesPerPush(t *testing.T) {
	for _, tt := range []struct {
		limit, issues int
		released      bool
		held          string
	}{
		{3, 3, false, ""},
		{3, 4, false, "touches 4 issues, more than limits.issues_per_push (3)"},
		{3, 4, true, ""},
		{1, 1, false, ""},
		{1, 2, false, "touches 2 issues, more than limits.issues_per_push (1)"},
		{0, 40, false, ""},
	} {
		rules := rulesOf(t, func(c *config.Config) { c.Limits.IssuesPerPush = tt.limit })
		p := rules.Plan(pushOf(keysUpTo(tt.issues)), plan.Known{Released: tt.released})
		if p.Held != tt.held || len(issuesOf(p)) != tt.issues {
			t.Errorf("%+v: held %q, issues %v", tt, p.Held, issuesOf(p))
		}
	}
}

func TestIssuesPerCommit(t *testing.T) {
	for _, tt := range []struct{ limit, named, told int }{{3, 3, 3}, {3, 4, 3}, {1, 2, 1}, {0, 60, 60}} {
		rules := rulesOf(t, func(c *config.Config) { c.Limits.IssuesPerCommit = tt.limit })
		p := rules.Plan(pushOf(keysUpTo(tt.named)), plan.Known{})
		if got, want := issuesOf(p), strings.Fields(keysUpTo(tt.told)); !slices.Equal(got, want) {
			t.Errorf("%+v: %v", tt, got)
		}
		var want []string
		if tt.told < tt.named {
			want = []string{fmt.Sprintf("names %d issues; only the first %d are told (limits.issues_per_commit)", tt.named, tt.told)}
		}
		var got []string
		for _, n := range p.Notes {
			got = append(got, n.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: notes %q", tt, got)
		}
	}
}

// What a limit of the configuration lets through acts as if there were no limit:
// closing words and commands of an issue that is not told do nothing either.
func TestIssuesPerCommitHoldsForCommands(t *testing.T) {
	rules := rulesOf(t, func(c *config.Config) { c.Limits.IssuesPerCommit = 2 })
	p := rules.Plan(pushOf("SHOP-1 and SHOP-2\n\nCloses SHOP-2, SHOP-3\nSHOP-3 #time 2h\nSHOP-1 #time 1h"), plan.Known{})
	var did []string
	for _, a := range p.Actions {
		if a.Kind == plan.KindTransition || a.Kind == plan.KindWorklog {
			did = append(did, a.Issue+" "+string(a.Kind))
		}
	}
	slices.Sort(did)
	if want := []string{"SHOP-1 worklog", "SHOP-2 transition"}; !slices.Equal(did, want) {
		t.Errorf("%q", did)
	}
}

// Nor is it told that commands and closing words do nothing where none would.
func TestIgnoredWhereItWouldAct(t *testing.T) {
	for _, tt := range []struct {
		message            string
		commands, closings bool
		told               string
	}{
		{"SHOP-1\n\n> Fixes SHOP-2", true, true, "Fixes SHOP-2"},
		{"SHOP-1\n\n> Fixes SHOP-2", false, true, "Fixes SHOP-2"},
		{"SHOP-1\n\n> Fixes SHOP-2", true, false, ""},
		{"SHOP-1\n\n> SHOP-2 #done", true, false, "SHOP-2 #done"},
		{"SHOP-1\n\n> SHOP-2 #done", false, true, ""},
		{"fixup! SHOP-1 #done", true, true, "SHOP-1 #done"},
		{"fixup! SHOP-1 SHOP-2 #time 1h\n\nSHOP-3 #time 2h", true, true, "SHOP-1 #time 1h, SHOP-2 #time 1h"},
		{"fixup! SHOP-1 #done", false, true, ""},
	} {
		rules := rulesOf(t, func(cfg *config.Config) {
			cfg.SmartCommits.Enabled = tt.commands
			cfg.Limits.IssuesPerCommit = 2
			if !tt.closings {
				cfg.Transitions = nil
			}
		})
		var told []string
		for _, n := range rules.Plan(pushOf(tt.message), plan.Known{}).Notes {
			if _, what, ok := strings.Cut(n.Text, "not acted upon: "); ok {
				told = append(told, what)
			}
		}
		if got := strings.Join(told, "; "); got != tt.told {
			t.Errorf("%q, commands %v, closings %v: tells %q, want %q", tt.message, tt.commands, tt.closings, got, tt.told)
		}
	}
}

func TestMaxAge(t *testing.T) {
	const limit = 720 * time.Hour
	for age, acts := range map[time.Duration]bool{limit: true, limit + time.Nanosecond: false, 0: true, -time.Hour: true} {
		for _, off := range []bool{false, true} {
			rules := rulesOf(t, func(c *config.Config) {
				if c.Limits.MaxAge = limit; off {
					c.Limits.MaxAge = 0
				}
			})
			of := pushOf("Closes SHOP-1", "SHOP-1 #time 2h")
			for i := range of.Commits {
				of.Commits[i].Author.When = noon.Add(-age)
			}
			p := rules.Plan(of, plan.Known{})
			did := map[plan.Kind]bool{}
			for _, a := range p.Actions {
				did[a.Kind] = true
			}
			if want := acts || off; did[plan.KindTransition] != want || did[plan.KindWorklog] != want || (len(p.Notes) == 1) == want {
				t.Errorf("%v old, off %v: %v, notes %v", age, off, did, p.Notes)
			}
		}
	}
}

// onlyComment is the text of the one comment of a plan, as explain shows it.
func onlyComment(t *testing.T, p plan.Plan) string {
	t.Helper()
	text := ""
	for _, a := range p.Actions {
		if a.Kind != plan.KindComment {
			continue
		}
		if text != "" {
			t.Fatalf("several comments: %+v", p.Actions)
		}
		text = a.Comment.Said(func(plan.Moving) bool { return true })
	}
	return text
}

func TestDigestLists(t *testing.T) {
	for n, want := range map[int][]string{
		5:  {"{quote}"},
		6:  {"\n* "},
		50: {"subject 50"},
		51: {"subject 50\n", "\n* … and 1 more"},
		60: {"subject 50\n", "\n* … and 10 more"},
	} {
		messages := make([]string, n)
		for i := range messages {
			messages[i] = fmt.Sprintf("SHOP-1 subject %d\n\nbody %d", i+1, i+1)
		}
		text := onlyComment(t, rulesOf(t, nil).Plan(pushOf(messages...), plan.Known{}))
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%d commits: no %q in\n%s", n, part, text)
			}
		}
		if quoted := strings.Contains(text, "{quote}"); quoted != (n <= 5) {
			t.Errorf("%d commits: quoted %v", n, quoted)
		}
		if told := strings.Count(text, "subject"); told != min(n, 50) {
			t.Errorf("%d commits: %d are told", n, told)
		}
		if more := strings.Contains(text, "more"); more != (n > 50) {
			t.Errorf("%d commits: more %v", n, more)
		}
	}
}

// Whatever is pushed, Jira takes it: a text has at most 32,767 UTF-16 units, a
// link's title, summary and global id at most 255.
func TestWhatJiraTakes(t *testing.T) {
	places := []string{"SHOP-1 %s", "SHOP-1 x\n\n%s", "SHOP-1 #comment %s", "SHOP-1 #time 1h %s", "SHOP-1 #do %s", "SHOP-1 %[1]s\n\n%[1]s\n\nSHOP-1 #do %[1]s"}
	for _, fill := range []string{"{", "漢", "👍", "\\", "\n", "a\n", "https://a.test/(_)\n", "*[x|y]!"} {
		long := func(n int) string { return strings.Repeat(fill, n/len(utf16.Encode([]rune(fill)))) }
		for i, place := range places {
			if i < 5 && fill != "{" && fill != "👍" && fill != "a\n" {
				continue
			}
			takes(t, fmt.Sprintf("%q in %q", fill, place), long(300), fmt.Sprintf(place, long(33_000)))
		}
		for _, n := range []int{5, 55} {
			var messages []string
			for range n {
				messages = append(messages, fmt.Sprintf(places[5], long(40_000/n)))
			}
			takes(t, fmt.Sprintf("%d times %q", n, fill), long(300), messages...)
		}
	}
}

// takes plans commits of which every name is long too.
func takes(t *testing.T, about, name string, messages ...string) {
	t.Helper()
	of := pushOf(messages...)
	name = strings.ReplaceAll(name, "\n", "-")
	of.Repository.Path, of.Repository.ID = name, name
	for i := range of.Commits {
		c := &of.Commits[i]
		c.Author.Name, c.Branch, c.Arrives = name, name, []string{name}
	}
	of.Updates[0].Ref = "refs/heads/SHOP-1-" + name
	p := rulesOf(t, nil).Plan(of, plan.Known{})
	if len(p.Actions) == 0 {
		t.Errorf("%s: nothing is told", about)
	}
	for _, a := range p.Actions {
		sizes := map[string]string{}
		for _, c := range []*plan.Comment{a.Comment, commentOf(a.Transition)} {
			if c != nil {
				texts(t, about, c.Said(func(plan.Moving) bool { return false }), 32_767)
				texts(t, about, c.Said(func(plan.Moving) bool { return true }), 32_767)
			}
		}
		if a.Worklog != nil {
			texts(t, about, a.Worklog.Text, 32_767)
		}
		if a.Link != nil {
			sizes["title"], sizes["summary"], sizes["global id"] = a.Link.Title, a.Link.Summary, a.Link.GlobalID
		}
		for what, text := range sizes {
			texts(t, about+": "+what, text, 255)
		}
	}
}

func commentOf(t *plan.Transition) *plan.Comment {
	if t == nil {
		return nil
	}
	return t.Comment
}

func texts(t *testing.T, about, text string, most int) {
	t.Helper()
	if n := len(utf16.Encode([]rune(text))); n > most {
		t.Errorf("%s: %d UTF-16 units, %.60q …", about, n, text)
	}
}

// A link's global id tells apart what is not the same, however long its parts
// are, and names the repository by its id.
func TestGlobalID(t *testing.T) {
	ids := map[string]string{}
	for n := 100; n < 260; n++ {
		for _, repository := range []string{strings.Repeat("r", n), strings.Repeat("r", n-1) + "s", strings.Repeat("ü", n)} {
			of := pushOf("SHOP-1 x")
			of.Repository.ID = repository
			for _, a := range rulesOf(t, nil).Plan(of, plan.Known{}).Actions {
				if a.Link == nil {
					continue
				}
				id := a.Link.GlobalID
				if len(id) > 255 {
					t.Errorf("%d characters", len(id))
				}
				if other, ok := ids[id]; ok {
					t.Errorf("%q and %q have one id", repository, other)
				}
				ids[id] = repository
				whole := "system=jirahook&repository=" + repository + "&commit=" + of.Commits[0].ID
				if repository[0] == 'r' && len(whole) <= 255 != (id == whole) {
					t.Errorf("%d characters of %s: %s", len(repository), repository[:1], id)
				}
			}
		}
	}
	if len(ids) != 3*160 {
		t.Errorf("%d ids", len(ids))
	}
}
