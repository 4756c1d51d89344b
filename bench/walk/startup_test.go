package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStartupTable(t *testing.T) {
	first := parseInitTrace(`init internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs
init gopkg.in/yaml%2ev3 @0.5 ms, 0.10 ms clock, 2048 bytes, 7 allocs
init main @0.9 ms, 0.20 ms clock, 1024 bytes, 3 allocs
SCHED 0ms: another trace
`)
	second := parseInitTrace("init gopkg.in/yaml%2ev3 @0.7 ms, 0.30 ms clock, 2048 bytes, 7 allocs\n" +
		"init main @1.1 ms, 0.20 ms clock, 1024 bytes, 3 allocs\ninit internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs\n")
	var got strings.Builder
	writeStartupTable(&got, medianTrace([][]initialized{first, second, second}))
	want := `
### Start of jirahook: initialization of packages

| package | ms | KiB | allocations |
| --- | --: | --: | --: |
| gopkg.in/yaml.v3 | 0.30 | 2 | 7 |
| main | 0.20 | 1 | 3 |
| internal/bytealg | 0.00 | 0 | 0 |
| **all** | 0.50 | 3 | 10 |

All are done 1.3 ms after the runtime began; what is not theirs is the runtime's and the trace's own.
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
