package jira

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"jirahook/plan"
)

// status is a status of a workflow.
type status struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Untranslated is the name in the language it was made in, where the account
	// has another and Jira tells it.
	Untranslated string `json:"untranslatedName"`
	Category     struct {
		Key string `json:"key"` // new, indeterminate, done; "": Jira before 6.2
	} `json:"statusCategory"`
}

func (s status) is(name string) bool { return sameName(s.Name, name) || sameName(s.Untranslated, name) }

// issue is what is read of an issue.
type issue struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Fields struct {
		Summary string `json:"summary"`
		Status  status `json:"status"`
		// Updated is when the issue was last changed; read with transitions only.
		Updated timestamp `json:"updated"`
	} `json:"fields"`
	Transitions []transition `json:"transitions"` // nil: not told
}

func (i issue) report() plan.Issue {
	return plan.Issue{ID: i.ID, Key: short(i.Key), Summary: short(i.Fields.Summary), Status: short(i.Fields.Status.Name)}
}

// isKey reports whether a word can be an issue's key and stand in a path: the
// pattern of Jira's own documentation, but with the letters of any alphabet, as
// a site's administrators may change it. A bare number is none: Jira would take
// it for an issue's id (gitlab-org/gitlab-ee issue 828).
func isKey(s string) bool {
	project, number, ok := cutLast(s, '-')
	if !ok || project == "" || len(s) > 300 || len(number) > 18 {
		return false
	}
	if n, err := strconv.ParseInt(number, 10, 64); err != nil || n <= 0 || strings.ContainsAny(number[:1], "0+") {
		return false
	}
	for i, r := range project {
		if !unicode.IsLetter(r) && (i == 0 || r != '_' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// isID reports whether s is an id as Jira gives them out, fit for a path.
func isID(s string) bool {
	return s != "" && len(s) <= 19 && strings.Trim(s, "0123456789") == ""
}

// checkKey refuses what is no key, before it gets into a path.
func checkKey(key string) error {
	if isKey(key) {
		return nil
	}
	return &Error{Verdict: plan.Skipped, Problem: short(key) + " is no issue key"}
}

// readIssue reads an issue by its key, which was checked, or its id, with its
// summary and status. A key that a moved issue had is answered with the present
// one, without a redirect.
func (c *Client) readIssue(ctx context.Context, ref, expand string) (issue, error) {
	query := url.Values{"fields": {"summary,status"}}
	if expand != "" {
		query.Set("expand", expand)
		query.Set("fields", "summary,status,updated")
	}
	var i issue
	a, err := c.get(ctx, "issue/"+url.PathEscape(ref), query, &i)
	if e, ok := errors.AsType[*Error](err); ok && e.Verdict == plan.Skipped {
		return issue{}, c.noSuchIssue(ctx, e, ref)
	}
	if err != nil {
		return issue{}, err
	}
	if !isID(i.ID) || i.Key == "" {
		return issue{}, notJira(a)
	}
	return i, nil
}

// noSuchIssue makes sure that it is us to whom Jira does not show the issue.
// Something between may take the credentials away, and then no issue is found.
func (c *Client) noSuchIssue(ctx context.Context, e *Error, ref string) error {
	if _, err := c.self(ctx); err != nil {
		return err
	}
	e.Problem = fmt.Sprintf("%s: no such issue, or no permission to see it", ref)
	return e
}

// issue is an issue's id, key, summary and status, as they were at most
// memoryLife ago.
func (c *Client) issue(ctx context.Context, key string) (plan.Issue, error) {
	if err := checkKey(key); err != nil {
		return plan.Issue{}, err
	}
	if r, ok := c.issues.takeReading(key, c.now()); ok {
		addExchanges(ctx, r.exchanges...)
		return r.issue, r.err
	}
	if i, ok := c.issues.recall(key, c.now()); ok {
		return i, nil
	}
	if err := c.issues.recallMissing(key, c.now()); err != nil {
		return plan.Issue{}, err
	}
	i, err := c.readIssue(ctx, key, "")
	if err != nil {
		c.issues.keepMissing(key, err, c.now())
		return plan.Issue{}, err
	}
	c.issues.keep(key, i.report(), c.now())
	return i.report(), nil
}

// memoryLife is how long an issue is remembered: one push, not one day.
const memoryLife = time.Minute

// maxKnown bounds the memory of a long-lived process.
const maxKnown = 5000

type known struct {
	issue plan.Issue
	until time.Time
}

// readingLife is how long a reading waits for who asks for it: a failure is news
// no longer than that.
const readingLife = 5 * time.Second

// reading is how it went to read an issue.
type reading struct {
	issue     plan.Issue
	err       error
	exchanges []plan.Exchange
	until     time.Time
}

// memory remembers issues by the key they were asked for.
type memory struct {
	mu       sync.Mutex
	byKey    map[string]known
	readings map[string]reading // that nobody has asked for yet
	flows    map[string]flow
	missing  map[string]absence
}

// absence is that there is no issue of a key.
type absence struct {
	err   *Error
	until time.Time
}

// keepMissing remembers for those who ask next that there is no such issue; false:
// that is not what the error says.
func (m *memory) keepMissing(key string, err error, now time.Time) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Verdict != plan.Skipped {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.missing == nil || len(m.missing) >= maxKnown {
		m.missing = map[string]absence{}
	}
	m.missing[key] = absence{e, now.Add(readingLife)}
	return true
}

func (m *memory) recallMissing(key string, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.missing[key]
	if !ok || now.After(a.until) {
		delete(m.missing, key)
		return nil
	}
	e := *a.err
	return &e
}

// flow is an issue with the transitions that are open, as it was read under a
// lease.
type flow struct {
	issue issue
	lease string
	until time.Time
}

// keepFlow remembers what was read for the actions that follow at once, under the
// same lease: between two of them others of ours may have moved the issue.
func (m *memory) keepFlow(key, lease string, i issue, now time.Time) {
	if lease == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.flows) >= maxKnown {
		clear(m.flows)
	}
	m.flows[key] = flow{i, lease, now.Add(readingLife)}
}

func (m *memory) recallFlow(key, lease string, now time.Time) (issue, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.flows[key]
	if !ok || f.lease != lease || now.After(f.until) {
		delete(m.flows, key)
		return issue{}, false
	}
	return f.issue, true
}

func (m *memory) forgetFlow(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.flows, key)
}

func (m *memory) keepReading(key string, r reading) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.readings) >= maxKnown {
		clear(m.readings)
	}
	m.readings[key] = r
}

// takeReading hands a reading to the first who asks.
func (m *memory) takeReading(key string, now time.Time) (reading, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.readings[key]
	delete(m.readings, key)
	return r, ok && !now.After(r.until)
}

func (m *memory) recall(key string, now time.Time) (plan.Issue, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.byKey[key]
	if !ok || now.After(k.until) {
		delete(m.byKey, key)
		return plan.Issue{}, false
	}
	return k.issue, true
}

func (m *memory) keep(key string, i plan.Issue, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.byKey) >= maxKnown {
		clear(m.byKey)
	}
	m.byKey[key] = known{i, now.Add(memoryLife)}
}

func (m *memory) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byKey, key)
}
