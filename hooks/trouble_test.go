package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/push"
)

// Whatever goes wrong, the push goes on, the pusher reads one line without
// details, and the log has all of them. From the moment a push is kept nothing
// costs more than words.
func TestTroubles(t *testing.T) {
	for name, tt := range map[string]struct {
		set   func(*server)
		words string
		log   []string
		kept  bool
	}{
		"standard input breaks off": {
			func(s *server) { s.hook.Stdin = iotest.ErrReader(errors.New("input broke off")) },
			wordsBadInput, []string{"ERROR", "input broke off"}, false,
		},
		"configuration is broken": {
			func(s *server) { s.loadErr = errors.New("jira.auth.type: unknown value") },
			wordsConfigBroken, []string{"ERROR", "jira.auth.type: unknown value"}, true,
		},
		"configuration does not compile": {
			func(s *server) { s.cfg.KeyPattern = "(" },
			wordsConfigBroken, []string{"ERROR", "read the configuration", "compile the key rule"}, true,
		},
		"repository cannot be read": {
			func(s *server) {
				if err := os.RemoveAll(s.dir); err != nil {
					s.t.Fatal(err)
				}
			},
			wordsNotRead, []string{"ERROR", "read the push"}, false,
		},
		"no room to keep it": {
			func(s *server) {
				s.cfg.Outbox.Dir = filepath.Join(s.outbox, "file")
				if err := os.WriteFile(s.cfg.Outbox.Dir, nil, 0o600); err != nil {
					s.t.Fatal(err)
				}
			},
			fmt.Sprintf(wordsNotKept, syscall.ENOTDIR), []string{"ERROR", "keep the push", "not a directory"}, false,
		},
		"outbox in trouble": {
			func(s *server) {
				s.hook.Deliver = func(context.Context, config.Config, push.Push) (outbox.PushReport, error) {
					return outbox.PushReport{}, errors.New("the database is locked")
				}
			},
			"SHOP-1: " + wordsOutboxTrouble, []string{"ERROR", "the database is locked"}, true,
		},
		"takes long to plan": {
			func(s *server) {
				s.hook.Deliver = func(context.Context, config.Config, push.Push) (outbox.PushReport, error) {
					return outbox.PushReport{}, fmt.Errorf("push p %w: planning it takes longer than 1s", outbox.ErrAside)
				}
			},
			"SHOP-1: " + wordsAside, []string{"WARN", "planning it takes longer"}, true,
		},
		"fault after keeping": {
			func(s *server) {
				s.hook.Deliver = func(context.Context, config.Config, push.Push) (outbox.PushReport, error) {
					if len(s.kept()) != 1 {
						s.t.Error("not kept when it is delivered")
					}
					panic("a broken invariant")
				}
			},
			wordsFault, []string{"ERROR", "a broken invariant", "trouble_test.go"}, true,
		},
		"fault after telling": {
			func(s *server) { s.hook.Afterwards = func(context.Context) { panic("a broken invariant") } },
			wordsFault, []string{"ERROR", "a broken invariant"}, true,
		},
		"the pusher is gone": {
			func(s *server) {
				s.hook.Out = brokenPipe{}
				s.loadErr = errors.New("anything to be told")
			},
			"", nil, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, "SHOP-1 first")
			tt.set(s)
			s.hook.Run(t.Context())
			want := ""
			if tt.words != "" {
				var b strings.Builder
				reporter{w: &b}.say("%s", tt.words)
				want = b.String()
			}
			if got := s.words.String(); got != want {
				t.Errorf("said %q, want %q", got, want)
			}
			for _, part := range tt.log {
				if !strings.Contains(s.log.String(), part) {
					t.Errorf("%q is not in the log:\n%s", part, &s.log)
				}
			}
			if kept := len(s.kept()) == 1; kept != tt.kept {
				t.Errorf("kept %v\n%s", kept, &s.log)
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What is kept under a broken configuration is planned later by the repaired one,
// which says where the outbox is and what the project is called: nothing of the
// broken one is in it.
func TestNothingOfABrokenConfigurationIsKept(t *testing.T) {
	s := newServer(t, "nothing like a key by any default, but x_1 perhaps")
	s.loadErr = errors.New("broken")
	s.cfg.KeyPattern = "("
	s.cfg.Outbox.Dir = filepath.Join(s.outbox, "elsewhere")
	s.hook.Run(t.Context())
	kept := s.kept()
	if len(kept) != 1 || kept[0].Repository.Path != "" || kept[0].Commits[0].Message == "" {
		t.Errorf("kept %+v\n%s", kept, &s.log)
	}
}

// An issue's row counts what is equal, says how much waits, and links are left
// unsaid beside comments.
func TestRows(t *testing.T) {
	comment := outbox.Report{Kind: plan.KindComment, State: outbox.Done, Words: "comment"}
	link := outbox.Report{Kind: plan.KindLink, State: outbox.Done, Words: "link"}
	moved := outbox.Report{Kind: plan.KindTransition, State: outbox.Done, Words: "Done"}
	waits := outbox.Report{Kind: plan.KindComment, State: outbox.Queued}
	for want, actions := range map[string][]outbox.Report{
		"comment":            {comment},
		"link":               {link, link},
		"3 × comment":        {link, comment, link, comment, comment},
		"Done · 2 × comment": {comment, moved, comment},
		"Done\njirahook: A-1      2 queued: " + wordsLater:                                 {moved, waits, waits},
		"Jira does not accept this server's login: kept, will\n                   be sent": {{State: outbox.Queued, Pause: outbox.PauseCredentials, Problem: "Jira does not accept this server's login: Client must be authenticated"}},
		"queued: " + wordsLater:                       {waits, waits},
		"queued: Jira is away; it will be told later": {waits, {State: outbox.Queued, Problem: "Jira is away.: dial tcp: refused"}},
		"no time logged: no":                          {{Kind: plan.KindWorklog, State: outbox.Dead, Problem: "no"}},
		"not moved: no":                               {{Kind: plan.KindTransition, State: outbox.Dead, Problem: "no"}},
		"not linked: no":                              {{Kind: plan.KindLink, State: outbox.Dead, Problem: "no"}},
		"#x is unknown":                               {{Kind: plan.KindTransition, State: outbox.Dead, Problem: "#x is unknown"}},
		"no such issue":                               {{State: outbox.Skipped, Problem: "A-1: no such issue"}},
	} {
		for i := range actions {
			actions[i].Issue = "A-1"
		}
		var b strings.Builder
		reporter{w: &b}.report(config.Config{}, outbox.PushReport{Actions: actions})
		if got := strings.TrimSpace(strings.TrimPrefix(b.String(), "jirahook: A-1")); got != want {
			t.Errorf("%+v\n got %q\nwant %q", actions, got, want)
		}
	}
}

// Of one issue, too, no more is said than a person reads; equal things are counted.
func TestLongRow(t *testing.T) {
	var actions []outbox.Report
	for i := range maxDone + 3 {
		actions = append(actions, outbox.Report{Issue: "A-1", Kind: plan.KindWorklog, State: outbox.Done, Words: fmt.Sprintf("%dh", i)},
			outbox.Report{Issue: "A-1", Kind: plan.KindTransition, State: outbox.Dead, Problem: fmt.Sprintf("#x%d is unknown", i)})
	}
	actions = append(actions, actions...)
	actions = append(actions, outbox.Report{Issue: "A-1", Kind: plan.KindTransition, State: outbox.Done, Words: "Done"})
	want := "Done"
	for i := range maxDone - 1 {
		want += fmt.Sprintf(" · 2 × %dh", i)
	}
	want += " · and 8 more"
	for i := range maxNotes {
		want += fmt.Sprintf(" #x%d is unknown", i)
	}
	want += " and 3 more"
	var b strings.Builder
	reporter{w: &b}.report(config.Config{}, outbox.PushReport{Actions: actions})
	got := strings.Join(strings.Fields(strings.ReplaceAll(b.String(), prefix+"A-1", "")), " ")
	if got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}

// Every limit, at n and n+1.
func TestLimitsOfWhatIsSaid(t *testing.T) {
	of := func(issues, notes int) string {
		p, r := plan.Plan{}, outbox.PushReport{}
		for i := range issues {
			key := fmt.Sprint("A-", i+1)
			p.Actions = append(p.Actions, plan.Action{Issue: key}, plan.Action{Issue: key})
			r.Actions = append(r.Actions, outbox.Report{Issue: key, Kind: plan.KindComment, State: outbox.Done, Words: "comment"})
		}
		for i := range notes {
			n := plan.Note{Text: fmt.Sprint("note ", i+1)}
			p.Notes, r.Notes = append(p.Notes, n), append(r.Notes, n)
		}
		var b strings.Builder
		reporter{w: &b}.promise(p, "")
		reporter{w: &b}.report(config.Config{Jira: config.Jira{URL: "https://jira.example.com"}}, r)
		return b.String()
	}
	for _, tt := range []struct {
		issues, notes int
		has, hasNot   []string
	}{
		{maxIssues, 0, []string{"A-19, A-20: Jira", "A-20  "}, []string{"more"}},
		{maxIssues + 1, 0, []string{"A-20, and 1 more", "A-20  ", "and 1 more issues"}, []string{"A-21"}},
		{0, maxNotes, []string{"note 10"}, []string{"more"}},
		{0, maxNotes + 1, []string{"note 10", "and 1 more notes"}, []string{"note 11"}},
		{withURLs, 0, []string{"browse/A-1\n", "browse/A-5\n"}, nil},
		{withURLs + 1, 0, nil, []string{"browse"}},
	} {
		out := strings.Join(strings.Fields(of(tt.issues, tt.notes)), " ")
		for _, part := range tt.has {
			if !strings.Contains(out, strings.Join(strings.Fields(part), " ")) {
				t.Errorf("%d issues, %d notes: %q is not in\n%s", tt.issues, tt.notes, part, out)
			}
		}
		for _, part := range tt.hasNot {
			if strings.Contains(out, part) {
				t.Errorf("%d issues, %d notes: %q is in\n%s", tt.issues, tt.notes, part, out)
			}
		}
	}
}

// A key with as much room behind it as words need stands beside them, and a longer
// one above.
func TestRoomBehindAKey(t *testing.T) {
	for n, want := range map[int]string{
		30: "jirahook: " + strings.Repeat("K", 30) + "  comment\n",
		31: "jirahook: " + strings.Repeat("K", 31) + "\n            comment\n",
	} {
		var b strings.Builder
		reporter{w: &b}.report(config.Config{}, outbox.PushReport{Actions: []outbox.Report{
			{Issue: strings.Repeat("K", n), Kind: plan.KindComment, State: outbox.Done, Words: "comment"},
		}})
		if b.String() != want {
			t.Errorf("%d columns: %q", n, &b)
		}
	}
}

// What is said of a push that Jira could not be waited for.
func TestPromise(t *testing.T) {
	told := []plan.Action{{Issue: "A-2"}, {Issue: "A-1"}, {Issue: "A-2"}}
	notes := []plan.Note{{Issue: "A-1", Text: "is closed"}, {Text: "of none"}}
	for _, tt := range []struct {
		plan plan.Plan
		why  string
		want string
	}{
		{plan.Plan{Actions: told}, "", "A-2, A-1: " + wordsLater},
		{plan.Plan{Actions: told, Notes: notes}, "because", "A-2, A-1: because / A-1: is closed / of none"},
		{plan.Plan{Notes: notes}, "because", "A-1: is closed / of none"},
		{plan.Plan{Push: "p", Held: "is large", Actions: told, Notes: notes}, "because",
			"held: this push is large. Nothing is told to Jira until an admin releases it: jirahook queue release p"},
		{plan.Plan{}, "because", ""},
	} {
		var b strings.Builder
		reporter{w: &b}.promise(tt.plan, tt.why)
		got := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(b.String()), prefix), "\n"+prefix, " / ")
		if got = strings.Join(strings.Fields(got), " "); got != tt.want {
			t.Errorf("%+v: %q", tt.plan, got)
		}
	}
}

// What is said of a push whose issues were only counted.
func TestNamed(t *testing.T) {
	some := []string{"A-1", "A-2", "A-3"}
	var many []string
	for i := range maxIssues + 5 {
		many = append(many, fmt.Sprint("A-", i+1))
	}
	for _, tt := range []struct {
		issues    []string
		whole     bool
		limit     int
		truncated string
		want      string
	}{
		{some, true, 3, "", "A-1, A-2, A-3: " + wordsAside},
		{some, true, 0, "", "A-1, A-2, A-3: " + wordsAside},
		{some, false, 3, "", "A-1, A-2, A-3: " + wordsAside},
		{some, true, 2, "", "kept; it names 3 issues. If it touches more than limits.issues_per_push (2), Jira is told nothing until an admin releases it: jirahook queue release p"},
		{some, false, 2, "", "kept; it names at least 3 issues. If it touches more than limits.issues_per_push (2), Jira is told nothing until an admin releases it: jirahook queue release p"},
		{some[:2], true, 1, "", "kept; it names 2 issues. If it touches more than limits.issues_per_push (1), Jira is told nothing until an admin releases it: jirahook queue release p"},
		{many, true, 0, "", strings.Join(many[:maxIssues], ", ") + ", and 5 more: " + wordsAside},
		{many, false, 0, "", strings.Join(many[:maxIssues], ", ") + ", and at least 5 more: " + wordsAside},
		{nil, false, 3, "", wordsPushKept},
		{nil, true, 3, "", ""},
		{nil, true, 3, "9 are left", "9 are left"},
	} {
		var b strings.Builder
		reporter{w: &b}.named(tt.issues, tt.whole, tt.limit, push.Push{ID: "p", Truncated: tt.truncated}, wordsAside)
		got := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(b.String()), prefix), "\n"+prefix, " / ")
		if got = strings.Join(strings.Fields(got), " "); got != tt.want {
			t.Errorf("%v: %q", tt, got)
		}
	}
}
