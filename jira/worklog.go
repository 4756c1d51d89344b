package jira

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jirahook/plan"
)

// newWorklog is the body of POST issue/{id}/worklog. The remaining estimate is
// left to Jira (adjustEstimate, a query parameter, is auto by default). Server
// and Data Center refuse properties.
type newWorklog struct {
	Comment    string     `json:"comment"`
	Started    timestamp  `json:"started"`
	TimeSpent  string     `json:"timeSpent"`
	Properties []property `json:"properties,omitempty"`
}

// worklog logs time.
func (d *delivery) worklog(ctx context.Context, w plan.Worklog) error {
	site, err := d.site(ctx)
	if err != nil {
		return err
	}
	d.result.Words = w.Spent + " logged"
	if d.unsettled {
		there, err := d.hasWorklog(ctx, site, w)
		if err != nil || there {
			return err
		}
		if err := d.settle(); err != nil {
			return err
		}
	}
	body := newWorklog{Comment: d.sayable(site, w.Text), Started: timestamp{w.Started}, TimeSpent: w.Spent}
	if site.Cloud {
		body.Properties = d.properties()
	}
	err = d.write(ctx, d.path("worklog"), body, "")
	if limit, ok := tooLong(err, body.Comment); ok {
		body.Comment = cutText(body.Comment, limit)
		err = d.write(ctx, d.path("worklog"), body, "")
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Verdict == plan.Refused && strings.Contains(strings.ToLower(e.words.String()), "time tracking") {
		e.Advice = "switch time tracking on in Jira, or take `time` out of smart_commits.commands"
	}
	return err
}

// logged is a worklog as it is listed.
type logged struct {
	Author     user       `json:"author"`
	Comment    string     `json:"comment"`
	Started    timestamp  `json:"started"`
	Properties []property `json:"properties"`
}

// hasWorklog looks for the worklog among those of the issue: by its property, or
// by who, when and the marker. Server lists all; Cloud lists pages, of a time.
func (d *delivery) hasWorklog(ctx context.Context, site Site, w plan.Worklog) (bool, error) {
	me, err := d.self(ctx)
	if err != nil {
		return false, err
	}
	query := url.Values{}
	if site.Cloud {
		query.Set("startedAfter", strconv.FormatInt(w.Started.Add(-time.Minute).UnixMilli(), 10))
		query.Set("startedBefore", strconv.FormatInt(w.Started.Add(time.Minute).UnixMilli(), 10))
		query.Set("expand", "properties")
	}
	for seen := 0; ; {
		var page struct {
			Worklogs []logged `json:"worklogs"`
			Total    int      `json:"total"`
		}
		if err := d.look(ctx, d.path("worklog"), query, &page); err != nil {
			return false, err
		}
		for _, l := range page.Worklogs {
			sameTime := l.Started.Unix() == w.Started.Unix()
			if d.marks(l.Properties) || sameTime && l.Author.is(me) && w.Marker != "" && strings.Contains(l.Comment, w.Marker) {
				return true, nil
			}
		}
		seen += len(page.Worklogs)
		if len(page.Worklogs) == 0 || seen >= page.Total {
			return false, nil
		}
		query.Set("startAt", strconv.Itoa(seen))
	}
}
