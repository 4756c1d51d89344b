package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"jirahook/config"
)

// Large files, each made so that careless reading would take
// minutes or all memory. The test is that it ends.
func TestLargeFiles(t *testing.T) {
	const size = 1 << 18
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	count := func(format string, size int) string {
		var b strings.Builder
		for i := 0; b.Len() < size-40; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	laughs := "a0: &a0 [ha, ha]\n"
	for i := 1; i < 30; i++ {
		laughs += fmt.Sprintf("a%[1]d: &a%[1]d [*a%[2]d, *a%[2]d, *a%[2]d]\n", i, i-1)
	}
	for name, text := range map[string]string{
		"a billion laughs":  laughs,
		"unknown keys":      count("k%d: 1\n", size),
		"the same key":      repeat("limits: {}\n"),
		"a long key":        repeat("limit") + ": 1",
		"a long line":       "key_prefix: " + repeat("token: "),
		"policies":          "policy:\n" + count("  k%d: {a: 1}\n", size),
		"locks":             "locked: [" + count("policy.k%d, ", size/2) + "]\npolicy:\n" + count("  k%d: 1\n", size/2),
		"open brackets":     repeat("["),
		"open braces":       repeat("{a: "),
		"lists in lists":    repeat("- "),
		"comments":          "a:\n" + repeat("- x # c\n\n# d\n"),
		"a pattern":         "key_prefix: '" + repeat("(a|b)*") + "'",
		"a glob":            "mentions: {branches: ['" + repeat("{a,b}") + "']}",
		"rules":             "transitions:\n" + repeat("- {to: x}\n"),
		"wrong rules":       "transitions:\n" + repeat("- {}\n"),
		"quotes":            "a: " + repeat(`"`),
		"lines of one text": "key_prefix: '" + repeat("x\n"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, text)
			problems := config.Problems(nil)
			if !errors.As(err, &problems) || len(problems) > 100 || len(problems.Error()) > 100_000 {
				t.Errorf("%.200v", err)
			}
		})
	}
}
