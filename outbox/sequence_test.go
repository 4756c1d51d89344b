package outbox

import (
	"slices"
	"testing"
	"time"

	"jirahook/plan"
)

// development is an action for the development panel of the repository.
func development(id string) plan.Action {
	return plan.Action{ID: id, Site: site + "#development", Lane: "app", Kind: plan.KindDevelopment, Text: "development: 1 branch",
		Development: &plan.Development{Branches: []plan.PanelBranch{{ID: id}}}}
}

// What the panel is told of a repository has numbers that never fall, whatever the clock
// of the hook does: the same for all of a push, and never changed once given.
func TestSequenceOfARepository(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		then := w.clock.Now()
		push := func(repository string, at time.Time, actions ...plan.Action) (sequences []int64) {
			t.Helper()
			w.pushOf(repository, at, "", actions...)
			if in := w.ingest(); len(in.Taken) != 1 {
				t.Fatalf("%+v", in)
			}
			for _, a := range actions {
				sequences = append(sequences, w.action(a.ID).Action.Development.Sequence)
			}
			return sequences
		}
		ms := then.UnixMilli()
		for _, p := range []struct {
			repository string
			at         time.Time
			ids        []string
			want       int64
		}{
			{"app", then, []string{"a", "b"}, ms},
			{"app", then.Add(time.Second), []string{"c"}, ms + 1000},
			{"app", then.Add(-time.Minute), []string{"d"}, ms + 1001}, // the clock was set back
			{"app", then.Add(time.Second + time.Millisecond), []string{"e"}, ms + 1002},
			{"lib", then.Add(-time.Minute), []string{"f"}, ms - 60_000},
			{"app", then.Add(time.Minute), []string{"g"}, ms + 60_000},
		} {
			var actions []plan.Action
			for _, id := range p.ids {
				actions = append(actions, development(id))
			}
			got := push(p.repository, p.at, actions...)
			want := slices.Repeat([]int64{p.want}, len(p.ids))
			if !slices.Equal(got, want) {
				t.Errorf("%s at %v: %v, want %v", p.repository, p.at.Sub(then), got, want)
			}
		}
		if got := w.action("a").Action.Development.Sequence; got != ms {
			t.Errorf("the first is %d now, was %d", got, ms)
		}
	})
}
