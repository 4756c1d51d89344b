package parser_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jirahook/parser"
)

func TestReverts(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"Revert \"x\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.", []string{"0123456789abcdef0123456789abcdef01234567"}},
		{"This reverts commit 01234567, reversing\nchanges made to 89abcdef.", []string{"01234567"}},
		{"* This reverts commit ABCDEF0\n* This reverts commit abcdef0.\n> This reverts commit 1234567", []string{"abcdef0", "1234567"}},
		{"This reverts commit 012345.", nil},
		{"This reverts commit " + strings.Repeat("a", 65), nil},
		{"This reverts commit \nThis reverts the commit 0123456789", nil},
		{"", nil},
	} {
		if got := parser.Reverts(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v", tt.text, got)
		}
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "This reverts commit %08x.\n", i)
	}
	if got := parser.Reverts(many.String()); len(got) != 100 || got[99] != "00000063" {
		t.Errorf("%d ids", len(got))
	}
}
