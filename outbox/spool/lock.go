package spool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Lock takes a flock(2), unix.LOCK_EX or LOCK_SH, of a file in the folder, which it
// makes where it is missing. The lock ends with the process that holds it.
func (f Folder) Lock(ctx context.Context, name string, how int) (unlock func(), err error) {
	file, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("lock the outbox: %w", err)
	}
	wait := time.Millisecond
	for {
		err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil // closing gives the lock back
		}
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			return nil, fmt.Errorf("lock the outbox: %w", errors.Join(err, file.Close()))
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-ctx.Done():
			return nil, fmt.Errorf("lock the outbox: %w", errors.Join(context.Cause(ctx), file.Close()))
		}
		wait = min(2*wait, 16*time.Millisecond)
	}
}
