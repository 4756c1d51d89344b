package jira

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

var flavours = []jiratest.Flavour{jiratest.Server6, jiratest.Server7, jiratest.DataCenter10, jiratest.Cloud}

// clock is the time of a test, shared by client and fake.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bed is a fake Jira with a client, and what the outbox would keep of one
// action.
type bed struct {
	*jiratest.Server
	t      *testing.T
	clock  *clock
	cfg    config.Jira
	client *Client
	known  *Site
	onSite func(Site)
	change func(*Options) // of a new client's

	lease string
	sent  time.Time // the first Sending
	memo  string
	calls int // of Sending
}

type bedOptions struct {
	jiratest.Options
	workflow jiratest.Workflow
	timeout  time.Duration
	ahead    time.Duration // of Jira's clock
	config   func(*config.Jira)
}

func newBed(t *testing.T, o bedOptions) *bed {
	t.Helper()
	b := &bed{t: t, lease: "one", clock: &clock{t: time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)}}
	o.Now = func() time.Time { return b.clock.now().Add(o.ahead) }
	b.Server = jiratest.New(o.Options)
	if o.workflow.Statuses == nil {
		o.workflow = jiratest.SimpleWorkflow()
	}
	b.AddProject("SHOP", o.workflow)
	b.AddProject("OPS", o.workflow)
	b.AddIssue("SHOP-12", "Cart total is wrong")
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if o.timeout == 0 {
		o.timeout = 20 * time.Second
	}
	user, _, _ := b.Credentials()
	b.cfg = config.Jira{URL: b.URL(), Deployment: "auto", Timeout: o.timeout, Auth: config.Auth{Type: "basic", Username: user}}
	if o.config != nil {
		o.config(&b.cfg)
	}
	b.renew()
	return b
}

func bedOf(t *testing.T, f jiratest.Flavour) *bed {
	return newBed(t, bedOptions{Options: jiratest.Options{Flavour: f}})
}

// renew makes a new client, as a new process would.
func (b *bed) renew() {
	b.t.Helper()
	_, secret, token := b.Credentials()
	if b.cfg.Auth.Type == "token" {
		secret = token
	}
	o := Options{Jira: b.cfg, Secret: secret, UserAgent: "jirahook/test", Now: b.clock.now, Known: b.known, OnSite: b.onSite}
	if b.change != nil {
		b.change(&o)
	}
	c, err := New(o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client = c
	b.sent, b.memo, b.calls = time.Time{}, "", 0
}

func (b *bed) inject(f jiratest.Fault) {
	b.t.Helper()
	if err := b.Inject(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) attempt(a plan.Action) plan.Attempt {
	return plan.Attempt{Action: a, Lease: b.lease, Sending: func(memo string) error {
		if b.calls++; b.sent.IsZero() {
			b.sent, b.memo = b.clock.now(), memo
		}
		return nil
	}}
}

func (b *bed) send(a plan.Action) plan.Result {
	return b.client.Send(context.Background(), b.attempt(a))
}

// again sends an action whose earlier attempt was uncertain.
func (b *bed) again(a plan.Action) plan.Result {
	at := b.attempt(a)
	at.Uncertain, at.FirstSent, at.Memo = true, b.sent, b.memo
	return b.client.Send(context.Background(), at)
}

// deliver does as the outbox does: it tries until the action is done, and waits
// as it is told, at least a second.
func (b *bed) deliver(a plan.Action) plan.Result {
	b.t.Helper()
	uncertain := false
	for range 10 {
		var r plan.Result
		if uncertain {
			r = b.again(a)
		} else {
			r = b.send(a)
		}
		uncertain = r.Uncertain
		if r.Verdict != plan.Later && r.Verdict != plan.Away {
			return r
		}
		b.clock.pass(max(r.RetryAfter, time.Second))
	}
	b.t.Fatal("not delivered in ten tries")
	return plan.Result{}
}

// asked lists the requests so far: "GET /rest/api/2/issue/SHOP-12".
func (b *bed) asked() []string {
	var all []string
	for _, r := range b.Requests() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

func (b *bed) writes() int {
	n := 0
	for _, r := range b.Requests() {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "/comment/list") && !strings.HasSuffix(r.Path, "/bulkfetch") {
			n++
		}
	}
	return n
}

// did counts what came to the issue: "comment", "link", …
func (b *bed) did(what string) int {
	n := 0
	for _, a := range b.Issue("SHOP-12").Activity {
		if strings.HasPrefix(a, what) && !strings.HasSuffix(a, "replaced") && !strings.HasSuffix(a, "edited") {
			n++
		}
	}
	return n
}

const marker = "jirahook 0123456789ab"

func action(kind plan.Kind) plan.Action {
	a := plan.Action{ID: "0123456789abcdef0123456789abcdef01234567", Issue: "SHOP-12", Kind: kind}
	switch kind {
	case plan.KindComment:
		a.Comment = &plan.Comment{Body: "*Ada* mentioned this issue:\n{quote}\nfix\n{quote}", Marker: marker}
	case plan.KindLink:
		a.Link = &plan.Link{GlobalID: "system=jirahook&commit=1", URL: "https://git.example.com/c/1", Title: "Commit 1 - fix", Summary: "team/app", Relationship: "mentioned in"}
	case plan.KindWorklog:
		zone := time.FixedZone("", 2*60*60)
		a.Worklog = &plan.Worklog{Started: time.Date(2026, 11, 23, 10, 30, 15, 0, zone), Spent: "2h", Text: "tests", Marker: marker}
	case plan.KindTransition:
		a.Transition = &plan.Transition{To: "category:done"}
	}
	return a
}

// ofBefore is an action as the program before this one planned it: its text shows
// the marker.
func ofBefore(kind plan.Kind) plan.Action {
	a := action(kind)
	switch kind {
	case plan.KindComment:
		a.Comment.Body += "\n^" + marker + "^"
	case plan.KindWorklog:
		a.Worklog.Text += "\n^" + marker + "^"
	}
	return a
}

var kindsSent = []plan.Kind{plan.KindComment, plan.KindLink, plan.KindWorklog, plan.KindTransition}

func moveTo(name string) plan.Action {
	a := action(plan.KindTransition)
	a.Transition = &plan.Transition{To: name}
	return a
}

func command(token string) plan.Action {
	a := action(plan.KindTransition)
	a.Transition = &plan.Transition{To: token, ByCommand: true, Word: token}
	return a
}

// saying gives a transition what was said with it.
func saying(a plan.Action) plan.Action {
	a.Transition.Comment = action(plan.KindComment).Comment
	return a
}

func wantVerdict(t *testing.T, r plan.Result, want plan.Verdict) {
	t.Helper()
	if r.Verdict != want {
		t.Fatalf("verdict %s, want %s: %+v", r.Verdict, want, r)
	}
}

func wantIn(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	if i := slices.IndexFunc(parts, func(p string) bool { return !strings.Contains(got, p) }); i >= 0 {
		t.Errorf("%s %q, want %q in it", what, got, parts[i])
	}
}
