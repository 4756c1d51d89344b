package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/plan"
)

// The last attempts are kept with their requests and answers, not all.
func TestAttemptsAreRememberedWithinLimits(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var said []plan.Exchange
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			x := plan.Exchange{Time: w.clock.Now(), Took: 5 * time.Millisecond, Method: "POST", Path: "/rest/api/2/issue/1/comment",
				Body: `{"body":"x"}`, Status: 409, Answer: fmt.Sprintf("try %d \x00", len(said))}
			said = append(said, x)
			return &plan.Result{Verdict: plan.Later, Problem: x.Answer, Exchanges: []plan.Exchange{x}}
		}
		id := w.push(comment("a", "A-1"))
		for range maxAttempts + 5 {
			w.drain(id)
			w.clock.advance(time.Hour)
		}
		history := w.action("a").History
		if len(said) != maxAttempts+5 || len(history) != maxAttempts {
			t.Fatalf("%d of %d attempts are remembered", len(history), len(said))
		}
		for i, try := range history {
			if diff := cmp.Diff(said[i+5:i+6], try.Exchanges); diff != "" || try.Verdict != plan.Later {
				t.Errorf("attempt %d: %s", i, diff)
			}
		}
	})
}

// A large attempt is kept from its end.
func TestLargeAttempt(t *testing.T) {
	var said []plan.Exchange
	for i := range 20 {
		said = append(said, plan.Exchange{Method: "POST", Path: fmt.Sprint(i), Body: strings.Repeat("x", 2000)})
	}
	text, err := exchangesJSON(said)
	var kept []plan.Exchange
	if err != nil || json.Unmarshal([]byte(text), &kept) != nil {
		t.Fatalf("%q, %v", text, err)
	}
	if len(text) > maxExchanges || len(kept) != 7 || kept[6].Path != "19" {
		t.Errorf("%d bytes, %d exchanges", len(text), len(kept))
	}
	for _, none := range [][]plan.Exchange{nil, {{Body: strings.Repeat("x", maxExchanges)}}} {
		if text, err := exchangesJSON(none); text != "" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	}
}
