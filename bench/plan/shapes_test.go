package main

import (
	"runtime"
	"testing"

	"jirahook/plan"
)

// What planning allocates grows with the push, whatever shape that has. Unlike time
// it can be asked for on any machine.
func TestPlanningIsLinear(t *testing.T) {
	const times = 4
	for _, s := range shapes() {
		n := max(100, s.steady)
		rules, err := plan.Compile(s.config())
		if err != nil {
			t.Fatal(err)
		}
		allocated := func(n int) float64 {
			p, known := s.make(rules, n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			planned := rules.Plan(p, known)
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(planned)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		allocated(1) // what is made once
		if small, large := allocated(n), allocated(times*n); large > 1.5*times*small {
			t.Errorf("%s: %.0f bytes for %d, %.1f times that for %d", s.name, small, n, large/small, times*n)
		}
	}
}
