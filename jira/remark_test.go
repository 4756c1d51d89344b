package jira

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// A comment is edited when we have written it, nobody else has edited it, and its id
// may stand in a path.
func TestAsWeLeftIt(t *testing.T) {
	me, other := user{Name: "bot"}, user{Name: "ada"}
	for _, tt := range []struct {
		r    remark
		want bool
	}{
		{remark{ID: "7", Author: me, UpdateAuthor: me}, true},
		{remark{ID: "7", Author: me}, true},
		{remark{ID: "7", Author: me, UpdateAuthor: other}, false},
		{remark{ID: "7", Author: other, UpdateAuthor: me}, false},
		{remark{ID: "7", Author: other}, false},
		{remark{ID: "../7", Author: me, UpdateAuthor: me}, false},
	} {
		if got := tt.r.isAsWeLeftIt(me); got != tt.want {
			t.Errorf("%+v: %v", tt.r, got)
		}
	}
}

// A Jira that lists no properties is asked for those of the newest fifty comments of
// ours, and of no others.
func TestMarksAreAskedFor(t *testing.T) {
	for _, f := range []jiratest.Flavour{jiratest.DataCenter10, jiratest.Cloud} {
		for ours, found := range map[int]bool{49: true, 50: false} {
			b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, NoExpandedProperties: true}})
			wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
			for n := range ours { // newer ones
				b.AddComment("SHOP-12", "jirahook", fmt.Sprint("by hand ", n))
				b.AddComment("SHOP-12", "ada", fmt.Sprint("by another ", n))
			}
			b.renew()
			b.ClearRequests()
			r := b.send(editing())
			wantVerdict(t, r, plan.Done)
			if got := r.Words == "comment edited"; got != found {
				t.Errorf("%s: %q among %d newer ones", f, r.Words, ours)
			}
			asked := 0
			for _, q := range b.Requests() {
				switch {
				case strings.Contains(q.Path, "/properties/"):
					asked++
				case strings.HasSuffix(q.Path, "/comment/list"):
					var body struct{ IDs []json.Number }
					if err := json.Unmarshal([]byte(q.Body), &body); err != nil {
						t.Error(err)
					}
					asked += len(body.IDs)
				}
			}
			if asked != 50 {
				t.Errorf("%s: asked for the marks of %d of %d comments", f, asked, ours+1)
			}
			// What cannot be read is no word that there is none.
			b.renew()
			b.inject(jiratest.Fault{Kind: jiratest.Garbage, Path: "comment/(list|[0-9]+/properties)", Times: jiratest.Forever})
			a := editing()
			a.Comment.Edits = []string{a.Comment.Marker}
			a.Comment.Marker, a.ID = "jirahook 111111111111", "1111111111111111111111111111111111111111"
			if r := b.send(a); r.Verdict != plan.Later && r.Verdict != plan.Locked {
				t.Errorf("%s: marks that cannot be read: %+v", f, r)
			}
		}
	}
}

// inPages serves a list of comments or worklogs in pages of a size, and counts them.
func inPages(size int, what string, all []string) (h http.HandlerFunc, pages *int) {
	pages = new(int)
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/myself") {
			json200(`{"accountId":"5b1"}`)(w, r)
			return
		}
		*pages++
		from, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
		page := all[min(from, len(all)):min(from+size, len(all))]
		json200(fmt.Sprintf(`{"total":%d,%q:[%s]}`, len(all), what, strings.Join(page, ",")))(w, r)
	}, pages
}

// Comments are read as far back as the lost one may stand, by a second and the clocks'
// distance; and all of them where they come in another order.
func TestHowFarBack(t *testing.T) {
	sent := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	remarkAt := func(at time.Time) string {
		return `{"id":"1","author":{"accountId":"7c2"},"created":"` + at.Format(timeLayout) + `"}`
	}
	oldest := sent.Add(-10 * time.Minute)
	for name, tt := range map[string]struct {
		times []time.Time
		want  int // pages of two
	}{
		"older on the first page":       {[]time.Time{sent, oldest.Add(-time.Millisecond), sent, sent}, 1},
		"as old as can be":              {[]time.Time{sent, oldest, oldest.Add(-time.Millisecond), oldest.Add(-time.Second), sent}, 2},
		"the oldest first":              {[]time.Time{oldest.Add(-time.Hour), sent, sent, sent, sent}, 3},
		"all of one time, and long ago": {[]time.Time{oldest.Add(-time.Hour), oldest.Add(-time.Hour), sent, sent}, 1},
		"just one page":                 {[]time.Time{sent, sent}, 1},
		"one more":                      {[]time.Time{sent, sent, sent}, 2},
		"none":                          {nil, 1},
	} {
		var all []string
		for _, at := range tt.times {
			all = append(all, remarkAt(at))
		}
		h, pages := inPages(2, "comments", all)
		c := serve(t, h, func(o *Options) { o.Jira.Deployment = "cloud" })
		d := c.onIssue("SHOP-12")
		d.unsettled, d.FirstSent = true, sent
		there, earlier, err := d.findComment(t.Context(), Site{Version: "9", Numbers: []int{9, 0}}, plan.Comment{Marker: marker})
		if there || earlier != nil || err != nil || *pages != tt.want {
			t.Errorf("%s: %v, %v, %v after %d pages, want %d", name, there, earlier, err, *pages, tt.want)
		}
	}
}

// Worklogs are read to the end of the list; the one that is looked for is of the same
// second, and ours.
func TestWorklogIsFound(t *testing.T) {
	w := *action(plan.KindWorklog).Worklog
	entry := func(author string, started time.Time, comment string) string {
		return fmt.Sprintf(`{"author":{"accountId":%q},"started":%q,"comment":%q}`, author, started.Format(timeLayout), comment)
	}
	const marked = "tests {anchor:jirahook-0123456789ab}"
	other := entry("7c2", w.Started, "x")
	var asked []string
	bounds := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); strings.HasSuffix(r.URL.Path, "/worklog") {
				asked = []string{q.Get("startedAfter"), q.Get("startedBefore"), q.Get("expand")}
			}
			h(w, r)
		}
	}
	for name, tt := range map[string]struct {
		all   []string
		there bool
		pages int
	}{
		"none":                    {nil, false, 1},
		"on the first page":       {[]string{other, entry("5b1", w.Started, marked), other, other}, true, 1},
		"on the last page":        {[]string{other, other, other, entry("5b1", w.Started.Add(999*time.Millisecond), marked)}, true, 2},
		"not there":               {[]string{other, other, other}, false, 2},
		"of another second":       {[]string{entry("5b1", w.Started.Add(time.Second), marked)}, false, 1},
		"somebody else's":         {[]string{entry("7c2", w.Started, marked)}, false, 1},
		"without the mark":        {[]string{entry("5b1", w.Started, "tests")}, false, 1},
		"by its property alone":   {[]string{`{"properties":[{"key":"jirahook","value":{"marker":"` + marker + `"}}]}`}, true, 1},
		"of a time that is odd":   {[]string{`{"author":{"accountId":"5b1"},"started":"soon","comment":"` + marked + `"}`}, false, 1},
		"of a time in other form": {[]string{`{"author":{"accountId":"5b1"},"started":"` + w.Started.Format(time.RFC3339) + `","comment":"` + marked + `"}`}, true, 1},
	} {
		h, pages := inPages(2, "worklogs", tt.all)
		d := serve(t, bounds(h), nil).onIssue("SHOP-12")
		for _, site := range []Site{{}, {Cloud: true}} {
			*pages = 0
			there, err := d.hasWorklog(t.Context(), site, w)
			if there != tt.there || err != nil || *pages != tt.pages {
				t.Errorf("%s: %v, %v after %d pages", name, there, err, *pages)
			}
			want := []string{"", "", ""}
			if site.Cloud {
				want = []string{fmt.Sprint(w.Started.Add(-time.Minute).UnixMilli()), fmt.Sprint(w.Started.Add(time.Minute).UnixMilli()), "properties"}
			}
			if !slices.Equal(asked, want) {
				t.Errorf("%s: asked for %q, want %q", name, asked, want)
			}
		}
	}
}
