package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/outbox/store"
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

// The tables that are vacuumed and measured are all that there are.
func TestTables(t *testing.T) {
	w := newWorld(t, Options{})
	var there []string
	err := w.db.Read(t.Context(), "list the tables", func(s store.Session) error {
		return s.Each(func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			there = append(there, name)
			return err
		}, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'goose_db_version' ORDER BY name")
	})
	if named := slices.Sorted(slices.Values(store.Tables())); err != nil || !slices.Equal(there, named) {
		t.Errorf("there are %q, named are %q (%v)", there, named, err)
	}
}
