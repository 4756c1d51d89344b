package jira

import (
	"context"
	"net/url"
	"strconv"
)

// What is posted with a mark is a comment or a worklog: both are cut to the limit
// that Jira tells, and both are looked for among those of the issue.

// posted sends a text with its mark, and once more within Jira's limit when Jira
// tells one; what says in a note what was cut.
func (d *delivery) posted(m mark, whole string, anchor bool, what string, send func(text string) error) error {
	text := m.sized(whole, 0, anchor)
	err := send(text)
	limit, ok := tooLong(err, text)
	if !ok {
		return err
	}
	if err = send(m.sized(whole, limit, anchor)); err == nil {
		d.note("%s was cut to Jira's limit of %d characters", what, limit)
	}
	return err
}

// pages lists what the issue has of a kind, "comment" or "worklog", page by page,
// until each has found what it looks for; more is what it says of that, and seen how
// many there were up to now. A Jira that knows no pages lists all at once.
func pages[T any](ctx context.Context, d *delivery, kind string, query url.Values, each func(page []T, seen int) (more bool, err error)) error {
	for seen := 0; ; {
		var page struct {
			Comments []T `json:"comments"`
			Worklogs []T `json:"worklogs"`
			Total    int `json:"total"`
		}
		if err := d.look(ctx, d.path(kind), query, &page); err != nil {
			return err
		}
		all := append(page.Comments, page.Worklogs...)
		seen += len(all)
		more, err := each(all, seen)
		if err != nil || !more || len(all) == 0 || seen >= page.Total {
			return err
		}
		query.Set("startAt", strconv.Itoa(seen))
	}
}
