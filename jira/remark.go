package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"jirahook/plan"
)

// remark is a comment as it is listed.
type remark struct {
	ID           string      `json:"id"`
	Author       user        `json:"author"`
	UpdateAuthor user        `json:"updateAuthor"`
	Body         string      `json:"body"`
	Created      timestamp   `json:"created"`
	Visibility   *visibility `json:"visibility"`
	// Properties are nil where Jira does not list them.
	Properties []property `json:"properties"`
}

func (r remark) isInternal() bool { return slices.ContainsFunc(r.Properties, isInternalNote) }

// bears reports whether it is a comment of ours with the mark.
func (r remark) bears(m mark, me user) bool {
	return m.in(r.Properties) || r.Author.is(me) && m.inText(r.Body)
}

// isAsWeLeftIt: nobody else has edited it. A Jira that does not tell who did is
// believed.
func (r remark) isAsWeLeftIt(me user) bool {
	return isID(r.ID) && r.Author.is(me) && (r.UpdateAuthor == user{} || r.UpdateAuthor.is(me))
}

const (
	// clockSkew is how far Jira's clock may be from ours, and more.
	clockSkew = 10 * time.Minute
	// pageOfComments keeps a page of the longest comments below what is read of an
	// answer.
	pageOfComments = 50
	// maxSearched is how many of the newest comments are searched for one that is
	// to be edited: when it was made is not known.
	maxSearched = 500
	// maxAsked is how many comments are asked for their mark one by one.
	maxAsked = 50
)

// findComment looks for the comment among those of the issue, from the newest
// back to some time before it was first sent, and for the best of those that it
// is to take the place of. Servers before 7.6 list all at once, without
// properties.
func (d *delivery) findComment(ctx context.Context, site Site, c plan.Comment) (there bool, earlier *remark, err error) {
	me, err := d.self(ctx)
	if err != nil {
		return false, nil, err
	}
	query := url.Values{}
	if site.hasCommentProperties() {
		query = url.Values{"orderBy": {"-created"}, "maxResults": {strconv.Itoa(pageOfComments)}, "expand": {"properties"}}
	}
	oldest := d.since().Add(-clockSkew).Truncate(time.Second) // some databases of Jira keep no less
	best, left := len(c.Edits), maxAsked
	err = pages(ctx, d, "comment", query, func(page []remark, seen int) (more bool, err error) {
		if site.hasCommentProperties() {
			if err := d.askMarks(ctx, site, page, me, &left); err != nil {
				return false, err
			}
		}
		for _, r := range page {
			if there = r.bears(d.mark(c.Marker), me); there {
				return false, nil
			}
			if !r.isAsWeLeftIt(me) {
				continue
			}
			if n := slices.IndexFunc(c.Edits[:best], func(m string) bool { return r.bears(mark{marker: m}, me) }); n >= 0 {
				best, earlier = n, &r
			}
		}
		if len(page) == 0 {
			return false, nil
		}
		first, last := page[0], page[len(page)-1]
		newestFirst := !first.Created.Before(last.Created.Time)
		sentSince := d.unsettled && !(newestFirst && last.Created.Before(oldest))
		toEdit := best > 0 && seen < maxSearched
		return sentSince || toEdit, nil
	})
	if err != nil || there {
		return there, nil, err
	}
	return false, earlier, nil
}

// askMarks fills in the properties of our comments where the list does not tell
// any: that it does when asked to expand them is documented for Cloud's
// POST comment/list alone. So many are asked for as left says, which goes down.
func (d *delivery) askMarks(ctx context.Context, site Site, listed []remark, me user, left *int) error {
	if slices.ContainsFunc(listed, func(r remark) bool { return r.Properties != nil }) {
		return nil
	}
	var ours []*remark
	for i, r := range listed {
		if isID(r.ID) && r.Author.is(me) && *left > 0 {
			ours = append(ours, &listed[i])
			*left--
		}
	}
	if site.Cloud && len(ours) > 0 {
		return d.askMarksAtOnce(ctx, ours)
	}
	for _, r := range ours {
		var p property
		err := d.look(ctx, "comment/"+r.ID+"/properties/"+propertyKey, nil, &p)
		if e, ok := errors.AsType[*Error](err); ok && e.Verdict == plan.Skipped {
			continue
		}
		if err != nil {
			return err
		}
		r.Properties = []property{p}
	}
	return nil
}

func (d *delivery) askMarksAtOnce(ctx context.Context, ours []*remark) error {
	var ids []json.Number
	byID := map[string]*remark{}
	for _, r := range ours {
		ids = append(ids, json.Number(r.ID))
		byID[r.ID] = r
	}
	a, err := d.call(ctx, request{
		method: http.MethodPost,
		path:   "comment/list",
		query:  url.Values{"expand": {"properties"}},
		body:   map[string][]json.Number{"ids": ids},
	})
	d.result.Exchange = a.short
	if err != nil {
		return err
	}
	var page struct {
		Values []remark `json:"values"`
	}
	if err := decode(a, &page); err != nil {
		return err
	}
	for _, found := range page.Values {
		if r, ok := byID[found.ID]; ok {
			r.Properties = found.Properties
		}
	}
	return nil
}
