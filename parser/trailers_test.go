package parser

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCoAuthors(t *testing.T) {
	const text = `AB-1 pair work

Co-authored-by: Ann <Ann@Example.com>
co-authored-by: Bob  <b@example.com>
Co-Authored-By: Ann again <ann@example.com>
Co-authored-by: nobody
Co-authored-by: empty <>
Co-authored-by: <eve@example.com>
Signed-off-by: Carl <c@example.com>
`
	want := []Person{{"Ann", "ann@example.com"}, {"Bob", "b@example.com"}, {"", "eve@example.com"}}
	if diff := cmp.Diff(want, mustNew(t, Options{}).Message(text).CoAuthors); diff != "" {
		t.Error(diff)
	}
}

// TestTrailers: in these messages the lines that begin with "~" (which is not
// part of them) only name people or ids.
func TestTrailers(t *testing.T) {
	for name, marked := range map[string]string{
		"the usual": `AB-1 Fix

Text.

~Signed-off-by: Ann <ann@example.com>
~Change-Id: I0123456789abcdef
~Reviewed-by: Bob Builder
~Co-authored-by: Eve <eve@example.com>
~Cc: list@example.com
~Acked-by: @carl
~git-svn-id: https://svn.example.com/trunk@123 0-0
`,
		"others stay": `AB-1 Fix

~Reviewed-by: Bob <bob@example.com>
Closes: AB-1
See-also: https://example.com/x
Fixes: 0123abcd ("Break")
Sort-by: price
Tested-with: old <browser>
`,
		"folded": `AB-1 Fix

~Signed-off-by: Ann
~  <ann@example.com>
Jira: AB-1,
  AB-2
`,
		"a paragraph with text is none": `AB-1 Fix

As said in
Reviewed-by: Bob
`,
		"git's own among text": `AB-1 Fix

Some text
~Signed-off-by: Ann <ann@example.com>
~Reviewed-by: Bob
`,
		"too little among text": `AB-1 Fix

Signed-off-by: Ann <ann@example.com>
a
b
c
d
`,
		"after a cherry-pick": `AB-1 Fix

(cherry picked from commit 0123456789)
~Reviewed-by: Bob
`,
		"a squash": `AB-1 Fix (#3)

* AB-1 one

~Signed-off-by: Ann <ann@example.com>

* AB-1 two

~Signed-off-by: Ann <ann@example.com>

~---------

~Co-authored-by: Bob <bob@example.com>
`,
		"dashes before text": `AB-1 Fix

---

Reviewed by nobody.
`,
		"trailers in the middle with text": `AB-1 Fix

Reviewed-by: Bob
Link: https://example.com/

The end.
`,
		"no body": `AB-1 Fix
Signed-off-by: Ann <ann@example.com>
`,
		"blank lines around": "\n\nAB-1 Fix\n \n\n~Signed-off-by: Ann <ann@example.com>\n\n \n",
	} {
		t.Run(name, func(t *testing.T) {
			want := []int{}
			for i, line := range strings.Split(marked, "\n") {
				if strings.HasPrefix(line, "~") {
					want = append(want, i)
				}
			}
			text := strings.ReplaceAll("\n"+marked, "\n~", "\n")[1:]
			got := slices.Sorted(maps.Keys(mustNew(t, Options{}).Message(text).Trailers))
			if diff := cmp.Diff(want, append([]int{}, got...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
