package outbox

import (
	"context"
	"time"

	"jirahook/outbox/store"
)

// Pushed is a repository of which pushes are on record.
type Pushed struct {
	ID, Path string
	Last     time.Time // the last one
}

// Pushed tells of the repositories, the ones with pushes of late first.
func (o *Outbox) Pushed(ctx context.Context) ([]Pushed, error) {
	var all []Pushed
	err := o.db.Read(ctx, "look for the last pushes", func(s store.Session) error {
		all = nil
		return s.Each(func(scan func(...any) error) error {
			var p Pushed
			var last int64
			err := scan(&p.ID, &p.Path, &last)
			p.Last = store.FromMillis(last)
			all = append(all, p)
			return err
		}, `SELECT repository.id, repository.path, max(pushed_at) FROM push JOIN repository ON repository.id = push.repository
			GROUP BY repository.id, repository.path ORDER BY max(pushed_at) DESC, repository.id`)
	})
	return all, err
}

// FindPushed is the repository of a folder: those that the server does not name are
// known by it, others by their path.
func FindPushed(all []Pushed, dir, path string) (Pushed, bool) {
	for _, p := range all {
		if p.ID == dir {
			return p, true
		}
	}
	for _, p := range all {
		if path != "" && p.Path == path {
			return p, true
		}
	}
	return Pushed{}, false
}
