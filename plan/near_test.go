package plan

import "testing"

func TestNearCommand(t *testing.T) {
	for token, want := range map[string]string{
		"tiem": "time", "tme": "time", "tie": "time", "times": "time", "tine": "time", "Tiem": "time", "itme": "time",
		"coment": "comment", "comments": "comment", "commnet": "comment", "komment": "comment",
		"time": "", "comment": "", "Time": "", "timed2": "", "commit": "", "content": "", "done": "", "": "", "emit": "",
	} {
		if got := NearCommand(token); got != want {
			t.Errorf("%q: %q, want %q", token, got, want)
		}
	}
}
