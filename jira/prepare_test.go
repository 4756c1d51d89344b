package jira

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// Keys of no issue cost the one request that looks for all, and then, for the actions on
// them, one each; on Cloud one more for all of them, and one for who we are.
func TestUnknownKeysAreAskedForOnce(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.AddIssue("SHOP-13", "Another")
		actions := []plan.Action{}
		for _, key := range []string{"SHOP-12", "SHOP-13", "SHOP-98", "SHOP-99"} {
			comment, link := action(plan.KindComment), action(plan.KindLink)
			comment.Issue, link.Issue = key, key
			actions = append(actions, comment, link)
		}
		if r := b.send(actions[0]); r.Verdict != plan.Done { // which Jira it is, and who we are, is known
			t.Fatalf("%s: %+v", f, r)
		}
		b.ClearRequests()
		b.client.Prepare(t.Context(), actions)
		looks, reads := 1, 2
		if f == jiratest.Cloud {
			looks, reads = 3, 0
		}
		if got := b.asked(); len(got) != looks {
			t.Errorf("%s: to look for them takes %v", f, got)
		}
		for _, a := range actions[4:] {
			wantVerdict(t, b.send(a), plan.Skipped)
		}
		got := 0
		for _, asked := range b.asked() {
			if strings.HasPrefix(asked, "GET /rest/api/2/issue/") {
				got++
			}
		}
		if got != reads {
			t.Errorf("%s: %d requests for two keys of no issue, want %d: %v", f, got, reads, b.asked())
		}
		b.clock.pass(readingLife + time.Second)
		b.AddIssue("SHOP-99", "Just made")
		wantVerdict(t, b.send(actions[7]), plan.Done)
	}
}

// However many keys of no issue, a Cloud is asked for all at once, and the pusher reads of
// each what a request of its own would have told.
func TestUnknownKeysOfACloud(t *testing.T) {
	for known, want := range map[int]int{0: 2, 1: 3} { // bulkfetch, for the unknown once more, myself
		b := bedOf(t, jiratest.Cloud)
		if _, err := b.client.Site(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.ClearRequests()
		single := b.send(onKey(action(plan.KindComment), "SHOP-930"))
		b.renew()
		if _, err := b.client.Site(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.ClearRequests()
		var actions []plan.Action
		for i := range 30 {
			key := fmt.Sprint("SHOP-", 901+i)
			actions = append(actions, onKey(action(plan.KindComment), key), onKey(action(plan.KindLink), key), onKey(moveTo("Done"), key))
		}
		for range known {
			actions = append(actions, action(plan.KindComment))
		}
		b.client.Prepare(t.Context(), actions)
		b.client.Prepare(t.Context(), actions[:90])
		for _, a := range actions[:90] {
			r := b.send(a)
			if strings.Replace(r.Problem, a.Issue, "SHOP-930", 1) != single.Problem || r.Verdict != single.Verdict || r.Advice != single.Advice || r.Exchange == "" {
				t.Fatalf("%s: %+v, alone it is %+v", a.Issue, r, single)
			}
		}
		if got := b.asked(); len(got) != want {
			t.Errorf("%d requests for 30 keys of no issue, want %d: %v", len(got), want, got)
		}
	}
}

// An issue that was moved is there, also when the same push names its new key.
func TestMovedIsNotMissing(t *testing.T) {
	for _, keys := range [][]string{{"SHOP-40", "SHOP-99", "SHOP-98"}, {"SHOP-40", "OPS-40", "SHOP-99", "SHOP-98"}} {
		b := bedOf(t, jiratest.Cloud)
		b.AddIssue("SHOP-40", "Moved")
		b.Move("SHOP-40", "OPS-40")
		b.client.Prepare(t.Context(), actionsOn(keys...))
		for _, key := range keys {
			want := plan.Done
			if strings.HasPrefix(key, "SHOP-9") {
				want = plan.Skipped
			}
			wantVerdict(t, b.send(onKey(action(plan.KindWorklog), key)), want)
		}
	}
}

func onCloud(o *Options) { o.Jira.Deployment = "cloud" }

// What cannot be told now may be there: each such key is read when it is needed.
func TestUnsureIsNotMissing(t *testing.T) {
	asked := func(answers ...string) (bulk, missing int) {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body := `{"accountId":"1"}`
			if strings.HasSuffix(r.URL.Path, "/bulkfetch") {
				body = answers[min(bulk, len(answers)-1)]
				bulk++
			}
			if body == "" {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			json200(body)(w, r)
		}, onCloud)
		c.Prepare(t.Context(), actionsOn("SHOP-12", "SHOP-13", "SHOP-14"))
		return bulk, len(c.issues.missing)
	}
	const none, one = `{"issues":[],"issueErrors":[]}`, `{"issues":[{"id":"1","key":"SHOP-12"}],"issueErrors":[]}`
	const two = `{"issues":[{"id":"1","key":"SHOP-12"},{"id":"2","key":"SHOP-13"}]}`
	const failed, other = `{"issues":[],"issueErrors":[{"id":"SHOP-13","errorMessage":"try again"}]}`, `{"issues":[{"id":"3","key":"OPS-1"}]}`
	for _, tt := range []struct {
		answers       []string
		bulk, missing int
	}{
		{[]string{none}, 1, 3},
		{[]string{one, none}, 2, 2},
		{[]string{two}, 1, 0}, // one is read alone as cheaply
		{[]string{failed}, 1, 0},
		{[]string{other}, 1, 0},
		{[]string{one, failed}, 2, 0},
		{[]string{one, other}, 2, 0},
		{[]string{one, ""}, 2, 0},
		{[]string{""}, 1, 0},
		{[]string{`{`}, 1, 0},
	} {
		if bulk, missing := asked(tt.answers...); bulk != tt.bulk || missing != tt.missing {
			t.Errorf("%q: %d requests and %d missing, want %d and %d", tt.answers, bulk, missing, tt.bulk, tt.missing)
		}
	}
}

// Nobody is shown anything: that is no news of the issues.
func TestNobodyMissesNothing(t *testing.T) {
	fetched := false
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fetched = fetched || strings.HasSuffix(r.URL.Path, "/bulkfetch")
		if strings.HasSuffix(r.URL.Path, "/myself") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		json200(`{"issues":[]}`)(w, r)
	}, onCloud)
	c.Prepare(t.Context(), actionsOn("SHOP-12", "SHOP-13"))
	if !fetched || len(c.issues.missing) != 0 {
		t.Errorf("fetched: %v; missing: %v", fetched, c.issues.missing)
	}
}
