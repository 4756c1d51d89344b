package plan

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/push"
)

// lasting is a context that ends when it has been asked so often.
type lasting struct {
	context.Context
	asked, last int
	end         context.CancelCauseFunc
}

var errLast = errors.New("was asked often enough")

func newLasting(t *testing.T, last int) *lasting {
	ctx, cancel := context.WithCancelCause(t.Context())
	return &lasting{Context: ctx, last: last, end: cancel}
}

func (l *lasting) Err() error {
	if l.asked++; l.asked > l.last {
		l.end(errLast)
	}
	return l.Context.Err()
}

// Planning looks at its time all along: whenever that ends, what is left to do
// does not depend on how much was pushed.
func TestPlanEndsWithItsTime(t *testing.T) {
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	cfg.Server.Kind, cfg.Server.URL = "gitlab", "https://git.example.com"
	cfg.Limits.IssuesPerPush = 0
	cfg.Transitions = append(cfg.Transitions,
		config.TransitionRule{On: "branch", Branches: []string{"**"}, To: "A"}, config.TransitionRule{On: "merge", Branches: []string{"**"}, To: "B"})
	rules, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	p := push.Push{ID: "p", Time: at, Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"}}
	for i := range 60 {
		by := push.Signature{Name: "Ann", Email: "ann@example.com", When: at.Add(time.Duration(i-300) * time.Second)}
		p.Commits = append(p.Commits, push.Commit{ID: fmt.Sprintf("%040x", i), Author: by, Committer: by, New: true, Branch: "main",
			Arrives: []string{"main"}, Message: fmt.Sprintf("Closes SHOP-%d #time 1h", i+1)})
		p.Updates = append(p.Updates, push.Update{New: "1", Ref: fmt.Sprintf("refs/heads/SHOP-%d", i+1)})
		p.Merged = append(p.Merged, fmt.Sprintf("OPS-%d", i+1))
	}
	whole := newLasting(t, 1<<40)
	if _, err := rules.PlanWithin(whole, p, Known{}); err != nil {
		t.Fatal(err)
	}
	if whole.asked < 60*10 {
		t.Errorf("the time was asked for %d times, for 60 commits, branches and merges", whole.asked)
	}
	for last := 0; last < whole.asked; last += 41 {
		ctx := newLasting(t, last)
		planned, err := rules.PlanWithin(ctx, p, Known{})
		if !errors.Is(err, errLast) || planned.Repository != "r" || len(planned.Actions) > 0 {
			t.Errorf("ended after %d looks: %v, %d actions", last, err, len(planned.Actions))
		}
		if after := ctx.asked - last; after > 20 {
			t.Errorf("ended after %d looks: %d more were taken", last, after)
		}
	}
}
