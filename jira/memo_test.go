package jira

import (
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func TestMemo(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	wantVerdict(t, b.send(moveTo("Done")), plan.Done)
	if b.memo != "10000>10002@2026-11-24T15:00:00.000+0000" {
		t.Errorf("memo %q", b.memo)
	}
	for s, want := range map[string]memo{
		b.memo: {from: "10000", to: "10002", updated: b.clock.now()},
		"1>2":  {from: "1", to: "2"}, // of an older program
		"1>2@": {from: "1", to: "2"},
	} {
		if m, ok := readMemo(s); !ok || m.from != want.from || m.to != want.to || !m.updated.Equal(want.updated) {
			t.Errorf("memo %q reads as %+v", s, m)
		}
	}
	for _, s := range []string{"", ">", "1>", ">1", "12"} {
		if m, ok := readMemo(s); ok {
			t.Errorf("memo %q reads as %+v", s, m)
		}
	}
}

// An uncertain attempt without a memo (of an older program, say) goes by what
// it sees.
func TestWithoutMemo(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	b.sent = b.clock.now()
	b.clock.pass(time.Hour)
	wantVerdict(t, b.again(moveTo("Done")), plan.Done)
	if n := b.did("transition"); n != 1 {
		t.Errorf("done %d times", n)
	}
}
