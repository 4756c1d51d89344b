package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"jirahook/plan"
)

// newLink is the body of POST issue/{id}/remotelink. With a globalId that the
// issue has it replaces that link; what is not sent becomes null, so all of it
// is sent. go-jira's RemoteLink leaves out "resolved": false.
type newLink struct {
	GlobalID     string      `json:"globalId"`
	Application  application `json:"application"`
	Relationship string      `json:"relationship"`
	Object       linkObject  `json:"object"`
}

// application is what Jira groups links by.
type application struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

type linkObject struct {
	URL     string     `json:"url"`
	Title   string     `json:"title"`
	Summary string     `json:"summary"`
	Status  linkStatus `json:"status"`
}

// linkStatus: Jira strikes out the title of a link that is resolved.
type linkStatus struct {
	Resolved bool `json:"resolved"`
}

// link puts a web link on the issue, replaces the one that is there, or takes it
// away. Doing it twice does no harm, so an earlier request needs no look; but it
// must not arrive after a later action has changed the same link.
func (d *delivery) link(ctx context.Context, l plan.Link) error {
	if d.unsettled {
		if err := d.settle(); err != nil {
			return err
		}
	}
	if l.Remove {
		return d.unlink(ctx, l.GlobalID)
	}
	title, summary := l.Title, l.Summary
	if d.Uncertain {
		site, err := d.site(ctx)
		if err != nil {
			return err
		}
		title, summary = d.sayable(site, title), d.sayable(site, summary)
	}
	d.result.Words = "link"
	return d.write(ctx, d.path("remotelink"), newLink{
		GlobalID:     l.GlobalID,
		Application:  application{"com.jirahook", "jirahook"},
		Relationship: l.Relationship,
		Object:       linkObject{URL: l.URL, Title: title, Summary: summary, Status: linkStatus{l.Resolved}},
	}, "")
}

// unlink takes a web link away. One that is not there is no trouble: somebody has
// done it, or it never came.
func (d *delivery) unlink(ctx context.Context, globalID string) error {
	err := d.change(ctx, request{method: http.MethodDelete, path: d.path("remotelink"), query: url.Values{"globalId": {globalID}}}, "")
	if e, ok := errors.AsType[*Error](err); ok && e.notThere() {
		return nil
	}
	d.result.Words = "link taken away"
	return d.explained(ctx, err)
}
