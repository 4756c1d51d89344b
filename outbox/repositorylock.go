package outbox

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
)

// repositoryLocks keep two processes from planning the pushes of one repository at
// a time, which would be the same work twice. They are locks on single bytes of one
// file (F_OFD_SETLK, fcntl(2)), a byte for each mark, and end with the process.
type repositoryLocks struct {
	file *os.File
	held map[string]bool
}

const planLock = "plan.lock"

// lock takes the lock of the repository with this mark, if nobody has it.
func (l *repositoryLocks) lock(in spool.Folder, mark string) (bool, error) {
	if l.held[mark] {
		return true, nil
	}
	if l.file == nil {
		f, err := in.OpenFile(planLock, os.O_RDWR|os.O_CREATE)
		if err != nil {
			return false, fmt.Errorf("lock a repository: %w", err)
		}
		l.file, l.held = f, map[string]bool{}
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, mark)
	byteOf := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: int64(h.Sum32()), Len: 1}
	for {
		err := unix.FcntlFlock(l.file.Fd(), unix.F_OFD_SETLK, &byteOf)
		switch {
		case err == nil:
			l.held[mark] = true
			return true, nil
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EACCES):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, fmt.Errorf("lock a repository: %w", err)
		}
	}
}

// wait is lock once nobody else has it.
func (l *repositoryLocks) wait(ctx context.Context, in spool.Folder, mark string) error {
	for rest := time.Millisecond; ; rest = min(2*rest, 16*time.Millisecond) {
		if ok, err := l.lock(in, mark); ok || err != nil {
			return err
		}
		if !sleep(ctx, rest/2+rand.N(rest)) {
			return fmt.Errorf("wait for an older push of the repository: %w", context.Cause(ctx))
		}
	}
}

// release gives all of them back.
func (l *repositoryLocks) release() {
	if l.file != nil {
		_ = l.file.Close() // that is what gives them back
		l.file, l.held = nil, nil
	}
}
