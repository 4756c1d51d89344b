package plan

import (
	"strings"
	"testing"
)

// Records of older versions are found by the text itself.
func TestAsBefore(t *testing.T) {
	for n, long := range map[int]bool{0: false, 1: false, longestBefore: false, longestBefore + 1: true, 64 << 10: true} {
		text := strings.Repeat("a", n)
		if before, is := asBefore(text); is != long || !long && before != text || long && len(before) > 64 {
			t.Errorf("%d bytes: long %v, %.80s", n, is, before)
		}
	}
}
