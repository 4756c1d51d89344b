package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// storm lets pushes arrive until so many were, and kills until so many were.
func (r *run) storm(ctx context.Context) {
	var workers []*worker
	for i := range 2 {
		w := &worker{run: r, node: r.nodes[i%len(r.nodes)], log: filepath.Join(r.Dir, fmt.Sprintf("worker%d.log", i))}
		if err := w.start(ctx); err != nil {
			r.fail("start a worker: %w", err)
			return
		}
		workers = append(workers, w)
	}
	storm := time.Now()
	killed := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // cron: it goes on where workers wait for a Jira that has just been away
		for n := 0; ; n++ {
			select {
			case <-killed:
				return
			case <-time.After(time.Second):
				_ = r.command(ctx, r.nodes[n%len(r.nodes)], "deliver").Run() // it says that something waits
			}
		}
	})
	for _, repo := range r.repos {
		all.Go(func() {
			chance := r.chance(uint64(100 + repo.number))
			for next := storm; ctx.Err() == nil; {
				select {
				case <-killed:
					if repo.pushes*repositories >= r.Pushes && time.Since(storm) >= r.For {
						return
					}
				default:
				}
				if err := r.push(ctx, repo, chance); err != nil {
					r.fail("%w", err)
					return
				}
				next = next.Add(r.Pace) // a push that took longer is made up for
				time.Sleep(max(time.Until(next), time.Duration(20+chance.IntN(100))*time.Millisecond))
			}
		})
	}
	r.kill(ctx, workers)
	close(killed)
	r.Say("%d kills are done", r.kills())
	all.Wait()
	for _, w := range workers {
		if err := w.stop(); err != nil {
			r.fail("a worker did not end well: %w", err)
		}
	}
}

// kill kills until it has killed enough.
func (r *run) kill(ctx context.Context, workers []*worker) {
	chance := r.chance(1)
	for r.kills() < r.Kills && ctx.Err() == nil {
		time.Sleep(time.Duration(50+chance.IntN(300)) * time.Millisecond)
		if err := r.killOne(ctx, chance, workers); err != nil {
			r.fail("kill: %w", err)
			return
		}
	}
}

func (r *run) killOne(ctx context.Context, chance *rand.Rand, workers []*worker) error {
	soon := time.Duration(chance.IntN(600)) * time.Millisecond
	switch n := chance.IntN(20); {
	case n < 8:
		select {
		case r.hookKills <- struct{}{}:
		default: // one is under way
		}
		return nil
	case n < 13:
		if workers[chance.IntN(len(workers))].signal(syscall.SIGKILL) == nil {
			r.count("worker")
		}
		return nil
	case n < 15:
		cmd := r.command(ctx, r.nodes[chance.IntN(len(r.nodes))], "deliver")
		if err := cmd.Start(); err != nil {
			return err
		}
		time.Sleep(soon)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil && cmd.ProcessState.ExitCode() < 0 {
			r.count("deliver")
		}
		return nil
	case n < 17 && r.Postgres != nil:
		if err := r.Postgres.Kill(); err != nil {
			return err
		}
		r.count("postgres")
		time.Sleep(soon)
		return r.Postgres.Restart()
	}
	jira := r.jiras[chance.IntN(len(r.jiras))]
	if err := jira.SetDown(true); err != nil {
		return err
	}
	r.count("jira")
	time.Sleep(soon)
	var err error
	for range 100 { // somebody may hold its port for a moment: connections of others that have just ended
		if err = jira.SetDown(false); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func (r *run) count(victim string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Kills[victim]++
	n := 0
	for _, k := range r.result.Kills {
		n += k
	}
	if n%50 == 0 {
		r.Say("%d kills, %d pushes", n, r.result.Pushes)
	}
}

func (r *run) kills() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, k := range r.result.Kills {
		n += k
	}
	return n
}

// worker is a `jirahook worker` under a service manager, which starts it again
// whenever it ends: by our hand, or because it finds no database.
type worker struct {
	*run
	node  *node
	log   string
	ended chan error // of the last one

	mu       sync.Mutex // guards what follows
	cmd      *exec.Cmd
	began    time.Time
	stopping bool
}

func (w *worker) start(ctx context.Context) error {
	log, err := os.OpenFile(w.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w.ended = make(chan error, 1)
	go func() {
		defer log.Close()
		for {
			cmd, err := w.begin(ctx, log)
			if err == nil {
				err = cmd.Wait()
			}
			w.mu.Lock()
			stopping := w.stopping
			w.mu.Unlock()
			if stopping || cmd == nil {
				w.ended <- err
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	return nil
}

func (w *worker) begin(ctx context.Context, log *os.File) (*exec.Cmd, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	cmd := w.command(ctx, w.node, "worker")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w.cmd, w.began = cmd, time.Now()
	w.OnWorker(cmd.Process.Pid)
	return cmd, nil
}

func (w *worker) signal(s os.Signal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s == syscall.SIGTERM {
		w.stopping = true
	}
	if w.cmd == nil {
		return os.ErrProcessDone
	}
	return w.cmd.Process.Signal(s)
}

// stop ends the worker as a service manager does.
func (w *worker) stop() error {
	for {
		err := w.signal(syscall.SIGTERM)
		if !errors.Is(err, os.ErrProcessDone) {
			err = errors.Join(err, <-w.ended)
			if time.Since(w.began) < newborn && isTerminated(err) {
				return nil
			}
			return err
		}
		select {
		case err := <-w.ended:
			return err
		case <-time.After(50 * time.Millisecond): // between two lives
		}
	}
}

// newborn is an age at which a worker may not listen to signals yet.
const newborn = time.Second

func isTerminated(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGTERM
}
