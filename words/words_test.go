package words

import (
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	for got, want := range map[string]string{
		Counted(0, "action"):                              "no actions",
		Counted(1, "action"):                              "1 action",
		Counted(2, "action"):                              "2 actions",
		Waits(1, "push", "pushes"):                        "1 push waits",
		Waits(0, "push", "pushes"):                        "0 pushes wait",
		Some([]string{"a", "b"}, 2):                       "a, b",
		Some([]string{"a", "b", "c", "d"}, 2):             "a, b and 2 more",
		Stamp(time.Time{}):                                "",
		Stamp(time.Date(2026, 3, 1, 12, 0, 5, 9, berlin)): "2026-03-01T11:00:05Z",
		Rounded(59*time.Second + 600*time.Millisecond):    "1m0s",
		Rounded(12 * time.Second):                         "12s",
		Rounded(5*time.Minute + 20*time.Second):           "5m",
		Rounded(3*time.Hour + 40*time.Minute):             "3h40m",
		Rounded(48 * time.Hour):                           "48h0m",
		Rounded(50 * time.Hour):                           "2 days",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
