// Package peak measures the most memory that a process takes.
package peak

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Memory watches a process until it ends, and returns the most memory it had, in
// bytes (VmHWM, proc(5)); 0: the system does not tell. Its rusage would not do: that
// counts what the parent had at the fork.
func Memory(pid int) (peak int) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, alive := strings.Cut(string(status), "VmHWM:") // a zombie has none
		if err != nil || !alive {
			return peak
		}
		var kib int
		if _, err := fmt.Sscan(rest, &kib); err != nil {
			return peak
		}
		peak = kib << 10
		time.Sleep(5 * time.Millisecond)
	}
}
