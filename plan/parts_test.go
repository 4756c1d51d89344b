package plan

import (
	"strings"
	"testing"

	"jirahook/wiki"
)

// A text whose markup is longer than there is room fills most of it.
func TestLinesFillTheRoom(t *testing.T) {
	for _, char := range []string{"a", "{", "👍", "\\", "*"} {
		for _, n := range []int{100, 1000, 9000} {
			text, max := strings.Repeat(char, n), 1000
			var said string
			for _, p := range linesUpTo([]line{{text: text}}, max) {
				said += p.Text
			}
			least := min(wiki.Units(wiki.Escape(text)), max*3/4)
			if got := wiki.Units(said); got > max || got < least-5 {
				t.Errorf("%d times %q takes %d units, of %d", n, char, got, max)
			}
			if got := wiki.Units(escapedUpTo(text, max)); got > max || got < least-5 {
				t.Errorf("%d times %q takes %d units, of %d", n, char, got, max)
			}
		}
	}
}

// All that stands in a line of a digest takes room.
func TestTitledUnits(t *testing.T) {
	line := titled{lead: "* [1|https://a.test] ", tail: " by 👍 (!1)", title: parts{{Text: "Totals"}}}
	if want := wiki.Units(line.lead + line.title[0].Text + line.tail); line.units() != want {
		t.Errorf("%d units, want %d", line.units(), want)
	}
}
