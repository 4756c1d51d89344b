package jira

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// What was asked and answered is kept, without the credentials.
func TestExchanges(t *testing.T) {
	for _, f := range flavours {
		t.Run(string(f), func(t *testing.T) {
			b := bedOf(t, f)
			a := action(plan.KindComment)
			_, secret, _ := b.Credentials()
			a.Comment.Body = "the secret is " + secret + ". " + strings.Repeat("ä", maxBody)
			b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 400, Method: "POST"})
			var told []plan.Exchange
			b.client.told = func(x plan.Exchange) { told = append(told, x) }
			r := b.send(a)
			wantVerdict(t, r, plan.Refused)
			if len(r.Exchanges) < 2 || len(told) != len(r.Exchanges) || len(told) != len(b.asked()) {
				t.Fatalf("kept %+v, told of %d, asked %q", r.Exchanges, len(told), b.asked())
			}
			posts := 0
			for _, x := range r.Exchanges {
				if x.Time.IsZero() || x.Path[:len("/rest/api/2/")] != "/rest/api/2/" {
					t.Errorf("%+v", x)
				}
				if strings.Contains(x.Body+x.Answer+x.Path, secret) {
					t.Errorf("the secret is in %+v", x)
				}
				if x.Method != http.MethodPost {
					if x.Status != http.StatusOK || x.Body != "" || x.Answer != "" {
						t.Errorf("%+v", x)
					}
					continue
				}
				posts++
				if x.Status != 400 || !strings.Contains(x.Body, "the secret is …") || len(x.Body) > maxBody+8 || !utf8.ValidString(x.Body) || x.Answer == "" {
					t.Errorf("%+v", x)
				}
			}
			if posts != 1 {
				t.Errorf("%d posts in %+v", posts, r.Exchanges)
			}
		})
	}
}

func TestExchangeWithoutAnswer(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
	b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
	r := b.send(action(plan.KindComment))
	last := r.Exchanges[len(r.Exchanges)-1]
	if last.Method != "POST" || last.Status != 0 || !strings.Contains(last.Answer, "Jira does not answer") {
		t.Errorf("%+v", last)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := b.client.Send(ctx, b.attempt(action(plan.KindComment))); len(r.Exchanges) != 0 {
		t.Errorf("what was not sent is kept: %+v", r.Exchanges)
	}
}

// A request is kept up to its limit, and cut between two characters; when it went out
// and how long it took is told.
func TestExchange(t *testing.T) {
	for _, n := range []int{maxBody - 1, maxBody, maxBody + 1} {
		if got := cutBytes(strings.Repeat("x", n), maxBody); got != strings.Repeat("x", min(n, maxBody))+strings.Repeat("…", max(0, n-maxBody)) {
			t.Errorf("of %d bytes, %d are kept", n, len(got))
		}
	}
	for _, text := range []string{"xäy", "ää", "\x80\x80\x80\x80"} {
		if got := cutBytes(text, 2); got != map[string]string{"xäy": "x…", "ää": "ä…", "\x80\x80\x80\x80": "…"}[text] {
			t.Errorf("%q is cut to %q", text, got)
		}
	}
	c := offline(t, nil)
	began := c.now().Add(-1500 * time.Microsecond)
	x := c.exchange(request{method: "GET", path: "x", body: "not sent"}, answer{began: began, status: 200}, nil)
	if y := c.exchange(request{method: "DELETE", path: "x", query: url.Values{"globalId": {"a=b"}}}, answer{}, nil); y.Path != "/rest/api/2/x?globalId=a%3Db" {
		t.Errorf("path %q", y.Path)
	}
	if x.Took != 1500*time.Microsecond || !x.Time.Equal(began.Truncate(time.Millisecond)) || x.Time.Location() != time.UTC || x.Path != "/rest/api/2/x" || x.Status != 200 || x.Body != "" {
		t.Errorf("%+v", x)
	}
}

// The last ones are kept, up to the limit.
func TestExchangesHaveALimit(t *testing.T) {
	const most = 20
	ctx, kept := withExchanges(t.Context())
	for n := range most + 1 {
		if len(*kept) != n {
			t.Errorf("%d of %d are kept", len(*kept), n)
		}
		addExchanges(ctx, plan.Exchange{Status: n})
	}
	if len(*kept) != most || (*kept)[0].Status != 1 || (*kept)[most-1].Status != most {
		t.Errorf("%d are kept: %+v", len(*kept), *kept)
	}
}
