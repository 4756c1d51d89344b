package outbox

import "context"

// Vacuum forgets what is old, as Prune does, and gives the room back to the
// file system. It returns the size of the database before and after, in bytes.
// SQLite writes the whole file anew: that takes as much room once more, and
// others wait.
func (o *Outbox) Vacuum(ctx context.Context) (before, after int64, err error) {
	if before, err = o.db.Size(ctx); err != nil {
		return 0, 0, err
	}
	if err := o.Prune(ctx); err != nil {
		return before, 0, err
	}
	if err := o.db.GiveRoomBack(ctx); err != nil {
		return before, 0, err
	}
	after, err = o.db.Size(ctx)
	return before, after, err
}
