package jira

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
)

func TestPersonalTokens(t *testing.T) {
	for _, f := range []jiratest.Flavour{jiratest.DataCenter10, jiratest.DataCenter11} {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f}, config: func(cfg *config.Jira) { cfg.Auth = config.Auth{Type: "token"} }})
		soon := b.clock.now().Add(48 * time.Hour).Truncate(time.Second)
		b.SetPersonalTokens(jiratest.PersonalToken{Name: "old", Ends: b.clock.now()}, jiratest.PersonalToken{Name: "ours", Ends: soon}, jiratest.PersonalToken{Name: "forever"})
		got, err := b.client.PersonalTokens(t.Context())
		if want := []PersonalToken{{"ours", soon}, {"forever", time.Time{}}}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", f, got, err)
		}
		b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 404, Path: "pat/latest/tokens"})
		if got, err := b.client.PersonalTokens(t.Context()); err == nil || got != nil {
			t.Errorf("%s: without the list %v", f, got)
		}
	}
	// Others have no such list, and are not asked for it; nor are those who do not log
	// in with such a token.
	for _, f := range flavours {
		b := bedOf(t, f)
		got, err := b.client.PersonalTokens(t.Context())
		if err != nil || got != nil || b.count("/rest/pat/latest/tokens") != 0 {
			t.Errorf("%s: %v, %v: %v", f, got, err, b.asked())
		}
	}
}

// A refusal of the list is no reason to take the next secret.
func TestRefusedListKeepsTheSecret(t *testing.T) {
	b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.DataCenter10}, config: func(cfg *config.Jira) { cfg.Auth = config.Auth{Type: "token"} }})
	b.change = func(o *Options) { o.Spare = []string{o.Secret} } // else the first would be tried once more
	b.renew()
	b.inject(jiratest.Fault{Kind: jiratest.Unauthorized, Path: "pat/latest/tokens"})
	if _, err := b.client.PersonalTokens(t.Context()); err == nil || b.client.Secret() != 0 {
		t.Errorf("error %v, secret %d is in use", err, b.client.Secret())
	}
}

func TestTimeOf(t *testing.T) {
	want := time.Date(2027, 3, 1, 9, 30, 0, 0, time.UTC)
	for _, raw := range []string{`"2027-03-01T10:30:00.000+0100"`, `"2027-03-01T09:30:00Z"`, `"2027-03-01T09:30:00.000Z"`, `"2027-03-01T10:30:00+01:00"`, `1803893400000`} {
		if got := timeOf(json.RawMessage(raw)); !got.Equal(want) {
			t.Errorf("%s: %v", raw, got)
		}
	}
	for _, raw := range []string{``, `null`, `""`, `"soon"`, `-1`, `0`, `{}`, `1e300`} {
		if got := timeOf(json.RawMessage(raw)); !got.IsZero() {
			t.Errorf("%s: %v", raw, got)
		}
	}
}
