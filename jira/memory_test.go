package jira

import (
	"fmt"
	"testing"
	"time"

	"jirahook/plan"
)

// What is remembered lasts as long as it says and no longer, and one more than the
// most that is remembered makes it forget all others.
func TestMemory(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		life   time.Duration
		keep   func(*memory, string)
		recall func(*memory, string, time.Time) bool
		forget func(*memory, string)
	}{
		"issues": {
			time.Minute,
			func(m *memory, key string) { m.keep(key, plan.Issue{Key: key}, now) },
			func(m *memory, key string, at time.Time) bool {
				i, ok := m.recall(key, at)
				return ok && i.Key == key
			},
			(*memory).forget,
		},
		"flows": {
			5 * time.Second,
			func(m *memory, key string) { m.keepFlow(key, "lease", issue{Key: key}, now) },
			func(m *memory, key string, at time.Time) bool {
				i, ok := m.recallFlow(key, "lease", at)
				return ok && i.Key == key
			},
			(*memory).forgetFlow,
		},
		"readings": {
			5 * time.Second,
			func(m *memory, key string) {
				m.keepReading(key, reading{issue: plan.Issue{Key: key}, until: now.Add(readingLife)})
			},
			func(m *memory, key string, at time.Time) bool {
				r, ok := m.takeReading(key, at)
				return ok && r.issue.Key == key
			},
			func(m *memory, key string) { m.takeReading(key, now) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{byKey: map[string]known{}, readings: map[string]reading{}, flows: map[string]flow{}}
			size := func() int { return len(m.byKey) + len(m.readings) + len(m.flows) }
			for after, want := range map[time.Duration]bool{0: true, tt.life: true, tt.life + 1: false} {
				tt.keep(m, "A-1")
				if got := tt.recall(m, "A-1", now.Add(after)); got != want {
					t.Errorf("after %v: %v", after, got)
				}
				if !want && size() != 0 {
					t.Error("what is over is kept")
				}
			}
			tt.keep(m, "A-1")
			if tt.forget(m, "A-1"); size() != 0 || tt.recall(m, "A-1", now) {
				t.Error("not forgotten")
			}
			const most = 5000
			for n := range most {
				tt.keep(m, fmt.Sprint("A-", n))
			}
			if size() != most {
				t.Errorf("%d of %d are remembered", size(), most)
			}
			if tt.keep(m, "B-1"); size() != 1 || !tt.recall(m, "B-1", now) {
				t.Errorf("%d are remembered beside the last", size())
			}
		})
	}
}
