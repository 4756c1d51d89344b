package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"jirahook/plan"
)

// newComment is the body of POST issue/{id}/comment. go-jira's Comment has no
// properties, and sends an empty author and visibility.
type newComment struct {
	Body       string      `json:"body"`
	Visibility *visibility `json:"visibility,omitempty"`
	Properties []property  `json:"properties,omitempty"`
}

type visibility struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// comment says something on the issue.
func (d *delivery) comment(ctx context.Context, c plan.Comment) error {
	site, err := d.site(ctx)
	if err != nil {
		return err
	}
	d.result.Words = "comment"
	if d.unsettled {
		there, err := d.hasComment(ctx, site, c.Marker)
		if err != nil || there {
			return err
		}
		if err := d.settle(); err != nil {
			return err
		}
	}
	body := newComment{Body: d.sayable(site, c.Body)}
	if c.Visibility.Value != "" {
		body.Visibility = &visibility{c.Visibility.Type, c.Visibility.Value}
	}
	if site.hasCommentProperties() {
		body.Properties = d.properties()
	}
	err = d.write(ctx, d.path("comment"), body, "")
	if limit, ok := tooLong(err, body.Body); ok {
		body.Body = cutText(body.Body, limit)
		if err = d.write(ctx, d.path("comment"), body, ""); err == nil {
			d.note("the comment was cut to Jira's limit of %d characters", limit)
		}
	}
	if e, ok := errors.AsType[*Error](err); ok && body.Visibility != nil && aboutVisibility(e, c.Visibility.Value) {
		e.Advice = "the account of jira.auth must itself be in the " + c.Visibility.Type + " " + short(c.Visibility.Value) + ": look at mentions.visibility"
	}
	return err
}

// aboutVisibility: Jira accepts as visibility only a role or group that the
// account has, and names it in the refusal, in the account's language.
func aboutVisibility(e *Error, value string) bool {
	if e.Status != http.StatusBadRequest && e.Status != http.StatusForbidden {
		return false
	}
	_, named := e.words.fields["commentLevel"]
	return named || strings.Contains(e.words.String(), value)
}

// remark is a comment as it is listed.
type remark struct {
	Author     user       `json:"author"`
	Body       string     `json:"body"`
	Created    timestamp  `json:"created"`
	Properties []property `json:"properties"`
}

// clockSkew is how far Jira's clock may be from ours, and more.
const clockSkew = 10 * time.Minute

// hasComment looks for the comment among those of the issue, from the newest
// back to some time before it was first sent. Servers before 7.6 list all at
// once, without properties.
func (d *delivery) hasComment(ctx context.Context, site Site, marker string) (bool, error) {
	me, err := d.self(ctx)
	if err != nil {
		return false, err
	}
	query := url.Values{}
	if site.hasCommentProperties() {
		query = url.Values{"orderBy": {"-created"}, "maxResults": {"50"}, "expand": {"properties"}}
	}
	oldest := d.since().Add(-clockSkew)
	for seen := 0; ; {
		var page struct {
			Comments []remark `json:"comments"`
			Total    int      `json:"total"`
		}
		if err := d.look(ctx, d.path("comment"), query, &page); err != nil {
			return false, err
		}
		for _, r := range page.Comments {
			if d.marks(r.Properties) || marker != "" && strings.Contains(r.Body, marker) && r.Author.is(me) {
				return true, nil
			}
		}
		seen += len(page.Comments)
		if len(page.Comments) == 0 || seen >= page.Total {
			return false, nil
		}
		first, last := page.Comments[0], page.Comments[len(page.Comments)-1]
		newestFirst := !first.Created.Before(last.Created.Time)
		if newestFirst && last.Created.Before(oldest) {
			return false, nil
		}
		query.Set("startAt", strconv.Itoa(seen))
	}
}

var number = regexp.MustCompile(`[0-9]+(?:[.,'’\x{00A0}\x{202F} ][0-9]{3})*`)

// tooLong reads Jira's limit from a refusal of a text: "The entered text is too
// long. It exceeds the allowed limit of 32,767 characters." It comes in the
// language of the account, but under the name of the field, and the limit is
// less than what was sent.
func tooLong(err error, text string) (limit int, ok bool) {
	e, isError := errors.AsType[*Error](err)
	if !isError || e.Status != http.StatusBadRequest {
		return 0, false
	}
	const least = 100 // no text can say anything in less
	for _, n := range number.FindAllString(e.words.fields["comment"], -1) {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, n)
		if limit, err := strconv.Atoi(digits); err == nil && limit >= least && limit < units(text) {
			return limit, true
		}
	}
	return 0, false
}
