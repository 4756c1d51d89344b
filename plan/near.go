package plan

import "strings"

// NearCommand names the command that a token was meant to be, "time" or
// "comment", if one letter more, less or other, or two that changed places, make
// the difference; else "". A transition of that very name may exist all the same.
func NearCommand(token string) string {
	for _, command := range []string{"time", "comment"} {
		if token := strings.ToLower(token); token != command && near(token, command, 1) {
			return command
		}
	}
	return ""
}

// near reports whether two short words are at most so many changes apart: a
// letter more, less or other, or two neighbours that changed places (optimal
// string alignment).
func near(a, b string, most int) bool {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return false
	}
	var before, last []int
	for i := 0; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		for j := range row {
			switch {
			case i == 0:
				row[j] = j
			case j == 0:
				row[j] = i
			default:
				change := 1
				if a[i-1] == b[j-1] {
					change = 0
				}
				row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					row[j] = min(row[j], before[j-2]+1)
				}
			}
		}
		before, last = last, row
	}
	return last[len(b)] <= most
}
