package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jirahook/plan"
)

// Prepare reads the issues of actions before their turn: several with one search,
// so that the actions on them need not read each, a single one as its action
// would. It is a help only: what it does not find is read when needed.
func (c *Client) Prepare(ctx context.Context, actions []plan.Action) {
	var unknown []string
	var first plan.Action // on an unknown issue
	for _, a := range actions {
		k := a.Issue
		if _, ok := c.issues.recall(k, c.now()); ok || !isKey(k) || slices.Contains(unknown, k) || c.issues.recallMissing(k, c.now()) != nil {
			continue
		}
		if unknown = append(unknown, k); len(unknown) == 1 {
			first = a
		}
	}
	switch {
	case len(unknown) > 1:
		c.searchAll(ctx, unknown)
	case len(unknown) == 1 && !readsTransitions(first):
		c.readAhead(ctx, unknown[0])
	}
}

// readsTransitions reports whether an action reads the issue itself: its status
// and what is open must be of the time of its lease.
func readsTransitions(a plan.Action) bool {
	return a.Kind == plan.KindTransition || a.Comment != nil && len(a.Comment.Parts) > 0
}

// readAhead reads an issue for the next who asks for it, who learns how it went as
// if it had asked itself: a Jira that refuses is not asked twice.
func (c *Client) readAhead(ctx context.Context, key string) {
	within, exchanges := withExchanges(ctx)
	i, err := c.issue(within, key)
	if ctx.Err() == nil {
		c.issues.keepReading(key, reading{i, err, *exchanges, c.now().Add(readingLife)})
	}
}

func (c *Client) searchAll(ctx context.Context, keys []string) {
	site, err := c.site(ctx)
	if err != nil {
		return
	}
	const each = 50
	for part := range slices.Chunk(keys, each) {
		if !c.search(ctx, site, part) {
			return
		}
	}
}

// search remembers those of the keys that one request finds; false: the others need
// not be tried.
func (c *Client) search(ctx context.Context, site Site, keys []string) bool {
	ask := c.searched
	if site.Cloud {
		ask = c.fetched
	}
	all, err := ask(ctx, keys)
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		return ok && e.Status == http.StatusBadRequest // one of these keys; the others may do
	}
	for _, i := range all {
		if isID(i.ID) && isKey(i.Key) {
			c.issues.keep(i.Key, i.report(), c.now())
		}
	}
	return true
}

// searched finds issues by a search. One that it does not find may be there: the index lags.
func (c *Client) searched(ctx context.Context, keys []string) ([]issue, error) {
	var page struct {
		Issues []issue `json:"issues"`
	}
	_, err := c.get(ctx, "search", url.Values{
		"jql":           {`key in ("` + strings.Join(keys, `","`) + `")`},
		"fields":        {"summary,status"},
		"maxResults":    {strconv.Itoa(len(keys))},
		"validateQuery": {"false"}, // an unknown key would fail the search
	}, &page)
	return page.Issues, err
}

// fetched asks Cloud for issues by their keys, and remembers which are not there. Those
// that are missing are asked for once more by themselves: of an issue that was moved and is
// asked for by both its keys, the first answer has the new one alone.
func (c *Client) fetched(ctx context.Context, keys []string) ([]issue, error) {
	first, err := c.fetch(ctx, keys)
	missing := slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		return slices.ContainsFunc(first.Issues, func(i issue) bool { return strings.EqualFold(i.Key, key) })
	})
	if err != nil || len(missing) < 2 {
		return first.Issues, err // a single one costs no more where it is needed
	}
	last := first
	if len(missing) < len(keys) {
		last, err = c.fetch(ctx, missing)
	}
	if err != nil || len(last.Issues) > 0 || len(last.Errors) > 0 {
		return first.Issues, nil //nolint:nilerr // each is read when it is needed
	}
	for _, key := range missing {
		none := c.noSuchIssue(ctx, &Error{Verdict: plan.Skipped, exchange: last.exchange}, key)
		if !c.issues.keepMissing(key, none, c.now()) {
			break // we are somebody to whom nothing is shown
		}
	}
	return first.Issues, nil
}

// fetch is Cloud's answer by keys: unknown ones are no error there, as they are in a
// search, and a young issue is found at once.
// (https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/#api-rest-api-2-issue-bulkfetch-post)
func (c *Client) fetch(ctx context.Context, keys []string) (page fetchedPage, err error) {
	a, err := c.call(ctx, request{method: http.MethodPost, path: "issue/bulkfetch", body: map[string]any{
		"issueIdsOrKeys": keys, "fields": []string{"summary", "status"}, "fieldsByKeys": false, "expand": []string{}, "properties": []string{},
	}})
	if err != nil {
		return page, err
	}
	page.exchange = a.short
	return page, decode(a, &page)
}

// fetchedPage is an answer to bulkfetch.
type fetchedPage struct {
	Issues   []issue           `json:"issues"`
	Errors   []json.RawMessage `json:"issueErrors"` // of what may be there another time
	exchange string
}
