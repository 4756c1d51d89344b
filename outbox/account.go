package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// Tally is how many actions of a kind are in a state.
type Tally struct {
	Kind  plan.Kind
	State State
	Count int
}

// Account is what an outbox tells somebody who looks for a fault.
type Account struct {
	Tallies []Tally
	// Troubled are the last actions that met a problem, the newest first, without
	// their attempts' history.
	Troubled []Detail
}

// ReadAccount reads, as Peek does, how much there is and the last actions that met
// a problem, at most so many.
func ReadAccount(ctx context.Context, opts Options, most int) (Account, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var a Account
	err := Peek(ctx, opts, func(o *Outbox) error {
		return o.db.Read(ctx, "count the queue", func(s store.Session) (err error) {
			a, err = o.account(s, most)
			return err
		})
	})
	return a, err
}

func (o *Outbox) account(s store.Session, most int) (Account, error) {
	var a Account
	err := s.Each(func(scan func(...any) error) error {
		var t Tally
		err := scan(&t.Kind, &t.State, &t.Count)
		a.Tallies = append(a.Tallies, t)
		return err
	}, "SELECT kind, state, count(*) FROM action GROUP BY kind, state ORDER BY kind, state")
	if err != nil {
		return a, err
	}
	found, err := o.reports(s, "WHERE action.problem <> '' ORDER BY action.seq DESC LIMIT ?", most)
	if err != nil {
		return a, err
	}
	for _, r := range found {
		detail := Detail{Report: r}
		var payload []byte
		if err := s.Row("SELECT payload FROM action WHERE id = ?", r.ID).Scan(&payload); err != nil {
			return a, err
		}
		if err := json.Unmarshal(payload, &detail.Action); err != nil {
			return a, fmt.Errorf("read action %s: %w", r.ID, err)
		}
		a.Troubled = append(a.Troubled, detail)
	}
	return a, nil
}
