package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

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

// ReadAccount reads, as Inspect does, how much there is and the last actions that met
// a problem, at most so many.
func ReadAccount(ctx context.Context, opts Options, most int) (Account, error) {
	var a Account
	d, err := openReadOnly(ctx, opts)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	defer d.db.Close()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if version, err := d.version(ctx); err != nil || version == 0 {
		return a, err
	} else if version != schemaVersion {
		return a, fmt.Errorf("its tables have version %d, this program knows %d", version, schemaVersion)
	}
	o := &Outbox{database: d, opts: opts}
	o.opts.Now = time.Now
	err = o.read(ctx, "count the queue", func(s session) error {
		a = Account{}
		err := s.each(func(scan func(...any) error) error {
			var t Tally
			err := scan(&t.Kind, &t.State, &t.Count)
			a.Tallies = append(a.Tallies, t)
			return err
		}, "SELECT kind, state, count(*) FROM action GROUP BY kind, state ORDER BY kind, state")
		if err != nil {
			return err
		}
		found, err := o.reports(s, "WHERE action.problem <> '' ORDER BY action.seq DESC LIMIT ?", most)
		if err != nil {
			return err
		}
		for _, r := range found {
			detail := Detail{Report: r}
			var payload []byte
			if err := s.row("SELECT payload FROM action WHERE id = ?", r.ID).Scan(&payload); err != nil {
				return err
			}
			if err := json.Unmarshal(payload, &detail.Action); err != nil {
				return fmt.Errorf("read action %s: %w", r.ID, err)
			}
			a.Troubled = append(a.Troubled, detail)
		}
		return nil
	})
	return a, err
}
