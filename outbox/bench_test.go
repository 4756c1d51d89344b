package outbox

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
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
					l, w, err := o.begin(b.Context(), o.claimDue(store.Millis(o.now())), 0)
					if err != nil || w == nil {
						b.Fatal(w, err)
					}
					b.StopTimer()
					if err := o.db.Write(b.Context(), "give back", func(s store.Session) error { return giveBack(s, l, o.dueNow(), 0) }); err != nil {
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

// recordsOf are the records of n changes that told one issue, one a second.
func recordsOf(n int, issue string) []plan.Record {
	all := make([]plan.Record, n)
	for i := range all {
		commit := fmt.Sprintf("%040x", i*7919)
		all[i] = plan.Record{ID: fmt.Sprintf("%040d", i), Commit: commit, Root: commit, Kind: "comment", Issue: issue, Email: "e", Subject: "s", Tree: "t", Via: "v",
			When: time.Unix(1_800_000_000+int64(i), 0)}
	}
	return all
}

// BenchmarkOneIssue has 100,000 records of one issue: it reads those that a push
// asks about, and looks for those that a comment has by another key of the issue.
func BenchmarkOneIssue(b *testing.B) {
	benchDatabases(b, func(b *testing.B, o *Outbox) {
		known := recordsOf(100_000, "SHOP-1")
		for part := range slices.Chunk(known, 5000) {
			a := comment(part[0].ID, "SHOP-1")
			a.Records = part
			put(b, o, a.ID, []plan.Action{a})
		}
		err := o.db.Write(b.Context(), "tell all", func(s store.Session) error {
			if _, err := s.Exec("UPDATE action SET state = 'done'"); err != nil {
				return err
			}
			return learn(s, site, "SHOP-1", plan.Issue{ID: "1", Key: "OPS-1"}, 1)
		})
		if err == nil {
			_, _, err = o.Vacuum(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
		for _, n := range []int{10_000, 20_000, 40_000} {
			asks := plan.Plan{Site: site, Keys: []string{"SHOP-1"}}
			for _, r := range known[:n] {
				asks.Asked = append(asks.Asked, r.ID)
			}
			b.Run(fmt.Sprint("read/", n), func(b *testing.B) {
				for b.Loop() {
					if k, err := o.onRecord(b.Context(), asks, false); err != nil || len(k.Records) != n {
						b.Fatal(len(k.Records), err)
					}
				}
			})
			a := comment(fmt.Sprint("moved ", n), "OPS-1")
			a.Records = recordsOf(n, "OPS-1")
			put(b, o, a.ID, []plan.Action{a})
			b.Run(fmt.Sprint("twins/", n), func(b *testing.B) {
				for b.Loop() {
					err := o.db.Read(b.Context(), "look for twins", func(s store.Session) error {
						key, err := twin(s, &work{id: a.ID, action: a, issue: plan.Issue{ID: "1"}})
						if key != "SHOP-1" && err == nil {
							err = fmt.Errorf("found %q", key)
						}
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
			if err := o.Drop(b.Context(), a.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen opens an outbox that has its tables.
func BenchmarkOpen(b *testing.B) {
	benchDatabases(b, func(b *testing.B, o *Outbox) {
		opts := Options{Dir: o.db.Folder.Path("")}
		if !o.db.File {
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
	s, err := spool.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	facts := make([]byte, 4096)
	for n := 0; b.Loop(); n++ {
		if err := s.Write(spool.NewID(time.Now(), n, zeros{}, "r"), facts); err != nil {
			b.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
