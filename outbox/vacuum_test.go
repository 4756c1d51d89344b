package outbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jirahook/plan"
)

func TestVacuum(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Keep = time.Hour
		var actions []plan.Action
		for i := range 120 {
			a := comment(fmt.Sprintf("a%d", i), fmt.Sprintf("A-%d", i%10))
			a.Comment.Body = strings.Repeat("x", 5000)
			actions = append(actions, a)
		}
		w.drain(w.push(actions...))
		w.clock.advance(2 * time.Hour)
		waits := w.push(comment("b", "B-1"))
		before, after, err := w.Vacuum(t.Context())
		if err != nil || before < 300_000 || after <= 0 {
			t.Errorf("from %d to %d bytes, %v", before, after, err)
		}
		if w.db.File && after > before/4 {
			t.Errorf("from %d to %d bytes", before, after)
		}
		if n := w.number("SELECT count(*) FROM action"); n != 1 {
			t.Errorf("%d actions are left", n)
		}
		w.wantStates(waits, "b queued")
		// Room that was given back is used again.
		w.drain(waits)
	})
}
