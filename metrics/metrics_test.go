package metrics

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"jirahook/outbox"
	"jirahook/plan"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	body, err := io.ReadAll(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMetrics(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	state, broken := State{
		Counts: outbox.Counts{Queued: 7, Sending: 1, Dead: 2, Held: 3, Oldest: now.Add(-time.Minute)},
		Sites:  []outbox.Site{{Name: "https://jira.example.com", Pause: outbox.PauseAway, Waiting: 8}},
		Spool:  4, SpoolOldest: now.Add(-2 * time.Second), Bad: 5, Aside: 1,
		Ends: map[string]time.Time{"https://jira.example.com": now},
	}, error(nil)
	m := New("1.2", func(context.Context) (State, error) { return state, broken }, func() time.Time { return now })
	m.Result("cloud", plan.KindComment, plan.Done)
	m.Result("cloud", plan.KindComment, plan.Done)
	m.Result("cloud", plan.KindWorklog, plan.Refused)
	m.Request("cloud", plan.Exchange{Method: "POST", Path: "/rest/api/2/issue/10042/comment", Status: 201, Took: 60 * time.Millisecond})
	m.Request("cloud", plan.Exchange{Method: "GET", Path: "/rest/api/2/issue/SHOP-12?fields=status", Took: 2 * time.Second})
	got := scrape(t, m)
	for _, want := range []string{
		`jirahook_up 1`,
		`jirahook_queue{state="queued"} 7`, `jirahook_queue{state="sending"} 1`, `jirahook_queue{state="dead"} 2`, `jirahook_queue{state="held"} 3`,
		`jirahook_queue_oldest_seconds 60`,
		`jirahook_site_paused{reason="away",site="https://jira.example.com"} 1`,
		`jirahook_site_paused{reason="operator",site="https://jira.example.com"} 0`,
		`jirahook_site_waiting{site="https://jira.example.com"} 8`,
		`jirahook_spool_pushes 4`, `jirahook_spool_oldest_seconds 2`, `jirahook_spool_bad_pushes 5`, `jirahook_databases_set_aside 1`,
		`jirahook_token_expires_timestamp_seconds{site="https://jira.example.com"} 1.7955`,
		`jirahook_attempts_total{kind="comment",outcome="done",site="cloud"} 2`, `jirahook_attempts_total{kind="worklog",outcome="refused",site="cloud"} 1`,
		`jirahook_jira_request_duration_seconds_bucket{operation="POST issue/{id}/comment",site="cloud",status="2xx",le="0.05"} 0`,
		`jirahook_jira_request_duration_seconds_bucket{operation="POST issue/{id}/comment",site="cloud",status="2xx",le="0.1"} 1`,
		`jirahook_jira_request_duration_seconds_count{operation="GET issue/{id}",site="cloud",status="none"} 1`,
		`jirahook_build_info{goversion="go`,
		`process_resident_memory_bytes`, `process_open_fds`, `go_goroutines`,
	} {
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("no line begins with %s", want)
		}
	}
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}

	// Without the database the rest is told all the same.
	broken = errors.New("the disk fails")
	got = scrape(t, m)
	if !strings.Contains(got, "\njirahook_up 0") || strings.Contains(got, "jirahook_queue{") || !strings.Contains(got, "jirahook_attempts_total{") {
		t.Errorf("without a database:\n%s", got)
	}
}

func TestOperation(t *testing.T) {
	for path, want := range map[string]string{
		"/rest/api/2/issue/SHOP-12?fields=x":      "GET issue/{id}",
		"/rest/api/2/issue/1/transitions":         "GET issue/{id}/transitions",
		"/rest/api/2/issue/1/comment/2":           "GET issue/{id}/comment/{id}",
		"/rest/api/2/search/jql?jql=key+in+(A-1)": "GET search/jql",
		"/rest/api/2/myself":                      "GET myself",
		"/rest/oauth2/latest/token":               "token",
		"/rest/pat/latest/tokens":                 "GET /rest/pat/latest/tokens",
	} {
		if got := operation(plan.Exchange{Method: "GET", Path: path}); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
