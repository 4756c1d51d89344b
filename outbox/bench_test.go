package outbox

import (
	"fmt"
	"testing"
	"time"

	"jirahook/plan"
)

// benchDatabases runs a benchmark on every database there is.
func benchDatabases(b *testing.B, bench func(b *testing.B, o *Outbox)) {
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			opts := Options{Dir: b.TempDir()}
			if name == "postgres" {
				opts.Database = postgresSchema(b)
			}
			o, err := Open(b.Context(), opts)
			if err != nil {
				b.Fatal(err)
			}
			defer o.Close()
			bench(b, o)
		})
	}
}

func put(b *testing.B, o *Outbox, push string, actions []plan.Action) {
	b.Helper()
	err := o.insertPush(b.Context(), push, plan.Plan{Repository: "r", Time: time.Now(), Actions: actions}, nil)
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkClaim claims a lane and takes its first action while 100,000 actions wait.
func BenchmarkClaim(b *testing.B) {
	for _, lanes := range []int{10, 2000, 50_000} {
		b.Run(fmt.Sprint(lanes, " lanes"), func(b *testing.B) {
			benchDatabases(b, func(b *testing.B, o *Outbox) {
				const all, batch = 100_000, 5000
				for from := 0; from < all; from += batch {
					var actions []plan.Action
					for i := from; i < from+batch; i++ {
						actions = append(actions, plan.Action{ID: fmt.Sprint(i), Site: site, Issue: fmt.Sprint("A-", i%lanes)})
					}
					put(b, o, fmt.Sprint("p", from), actions)
				}
				for b.Loop() {
					l, w, err := o.begin(b.Context(), o.claimDue(millis(o.now())), 0)
					if err != nil || w == nil {
						b.Fatal(w, err)
					}
					b.StopTimer()
					if err := o.write(b.Context(), "give back", func(s session) error { return giveBack(s, l, o.dueNow(), 0) }); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			})
		})
	}
}

// BenchmarkPut10 takes in pushes of ten actions with a record each.
func BenchmarkPut10(b *testing.B) {
	benchDatabases(b, func(b *testing.B, o *Outbox) {
		for n := 0; b.Loop(); n++ {
			var actions []plan.Action
			for i := range 10 {
				actions = append(actions, comment(fmt.Sprint(n, "-", i), fmt.Sprint("A-", i)))
			}
			put(b, o, fmt.Sprint("p", n), actions)
		}
	})
}

// BenchmarkOpen opens an outbox that has its tables.
func BenchmarkOpen(b *testing.B) {
	benchDatabases(b, func(b *testing.B, o *Outbox) {
		opts := Options{Dir: o.in.Path("")}
		if !o.file {
			opts.Database = server.Address(server.schema)
		}
		for b.Loop() {
			again, err := Open(b.Context(), opts)
			if err != nil {
				b.Fatal(err)
			}
			if err := again.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSpool writes a push of 4 KiB.
func BenchmarkSpool(b *testing.B) {
	s, err := OpenSpool(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	facts := make([]byte, 4096)
	for n := 0; b.Loop(); n++ {
		if err := s.Write(NewPushID(time.Now(), n, zeros{}, "r"), facts); err != nil {
			b.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
