package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
	"unicode/utf8"

	"jirahook/plan"
)

const (
	// maxExchanges is how many exchanges of one attempt are kept; a page of
	// comments after the other may be looked through.
	maxExchanges = 20
	maxBody      = 2 << 10 // bytes of a request that are kept
)

// call sends a request and reads the answer; once more where the login was refused
// and there is another one. Every failure is an *Error.
func (c *Client) call(ctx context.Context, r request) (answer, error) {
	a, err := c.callOnce(ctx, r)
	for n := 1; c.login.another(a.by, err) && n < c.login.tries(); n++ {
		a, err = c.callOnce(ctx, r)
	}
	if err == nil {
		c.login.accepted(a.by)
	}
	return a, err
}

// callOnce keeps request and answer for those who want to know what was said.
func (c *Client) callOnce(ctx context.Context, r request) (answer, error) {
	a, err := c.do(ctx, r)
	if a.began.IsZero() {
		return a, err
	}
	x := c.exchange(r, a, err)
	if c.told != nil {
		c.told(x)
	}
	addExchanges(ctx, x)
	return a, err
}

func addExchanges(ctx context.Context, exchanges ...plan.Exchange) {
	if kept, ok := ctx.Value(exchangesKey{}).(*[]plan.Exchange); ok {
		*kept = append(*kept, exchanges...)
		*kept = (*kept)[max(0, len(*kept)-maxExchanges):]
	}
}

type exchangesKey struct{}

// withExchanges is a context whose calls, one after the other, leave their
// exchanges in the list.
func withExchanges(ctx context.Context) (context.Context, *[]plan.Exchange) {
	var kept []plan.Exchange
	return context.WithValue(ctx, exchangesKey{}, &kept), &kept
}

func (c *Client) exchange(r request, a answer, err error) plan.Exchange {
	x := plan.Exchange{
		Time:   a.began.UTC().Truncate(time.Millisecond),
		Took:   c.now().Sub(a.began),
		Method: r.method,
		Path:   "/" + r.address(),
		Status: a.status,
	}
	if len(r.query) > 0 {
		x.Path += "?" + r.query.Encode()
	}
	if r.body != nil && r.method != http.MethodGet {
		if body, err := json.Marshal(r.body); err == nil { // else nothing went out
			x.Body = cutBytes(c.hideSecret(string(body)), maxBody)
		}
	}
	if err != nil {
		x.Answer = short(c.hideSecret(err.Error()))
	}
	return x
}

// cutBytes cuts to so many bytes, between two characters.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
