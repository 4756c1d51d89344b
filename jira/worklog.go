package jira

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"jirahook/plan"
)

// newWorklog is the body of POST issue/{id}/worklog. The remaining estimate is
// left to Jira (adjustEstimate, a query parameter, is auto by default). Server
// and Data Center refuse properties.
type newWorklog struct {
	Comment    string      `json:"comment"`
	Started    timestamp   `json:"started"`
	TimeSpent  string      `json:"timeSpent"`
	Visibility *visibility `json:"visibility,omitempty"`
	Properties []property  `json:"properties,omitempty"`
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
	m := d.mark(w.Marker)
	body := newWorklog{Started: timestamp{w.Started}, TimeSpent: w.Spent}
	// The customers of a service desk see no worklogs.
	if v := w.Visibility.Of(d.result.Issue.Key, d.Action.Issue); v.Value != "" {
		body.Visibility = &visibility{Type: v.Type, Value: v.Value}
	}
	if site.Cloud {
		body.Properties = []property{m.property()}
	}
	err = d.posted(m, d.sayable(site, w.Text), !site.Cloud, "the worklog's text", func(text string) error {
		body.Comment = text
		return d.write(ctx, d.path("worklog"), body, "")
	})
	adviseVisibility(err, body.Visibility)
	if e, ok := errors.AsType[*Error](err); ok && e.Verdict == plan.Refused {
		switch words := strings.ToLower(e.words.String()); {
		case strings.Contains(words, "time tracking"):
			e.Advice = "switch time tracking on in Jira, or take `time` out of smart_commits.commands"
		case strings.Contains(words, "time duration"), e.words.fields["timeLogged"] != "", e.words.fields["timeSpent"] != "":
			e.Problem = "#time " + w.Spent + " is not logged: " + e.Problem
			return e.ofPusher()
		}
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
// by who, when and the mark in its text. Server lists all; Cloud lists pages, of a time.
func (d *delivery) hasWorklog(ctx context.Context, site Site, w plan.Worklog) (there bool, err error) {
	me, err := d.self(ctx)
	if err != nil {
		return false, err
	}
	m, query := d.mark(w.Marker), url.Values{}
	if site.Cloud {
		query.Set("startedAfter", strconv.FormatInt(w.Started.Add(-time.Minute).UnixMilli(), 10))
		query.Set("startedBefore", strconv.FormatInt(w.Started.Add(time.Minute).UnixMilli(), 10))
		query.Set("expand", "properties")
	}
	err = pages(ctx, d, "worklog", query, func(page []logged, _ int) (more bool, err error) {
		there = slices.ContainsFunc(page, func(l logged) bool {
			sameTime := l.Started.Unix() == w.Started.Unix()
			return m.in(l.Properties) || sameTime && l.Author.is(me) && m.inText(l.Comment)
		})
		return !there, nil
	})
	return there, err
}
