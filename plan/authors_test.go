package plan

import (
	"strings"
	"testing"

	"jirahook/config"
	"jirahook/push"
)

func TestMayAct(t *testing.T) {
	standard := config.Default().SmartCommits.Authors
	tests := []struct {
		globs       []string
		name, email string
		want        bool
	}{
		{standard, "Ann", "ann@example.com", true},
		{standard, "renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com", false},
		{standard, "Release Robot", "41898282+github-actions[bot]@users.noreply.github.com", false},
		{standard, "Renovate Bot", "bot@renovateapp.com", false},
		{standard, "dependabot", "support@github.com", false},
		{standard, "Deps", "Dependabot@example.com", false},
		{standard, "Bo Tanner", "b.o.t@example.com", true},
		{standard, "Anna Renovate", "anna@example.com", true},
		{standard, "", "", true},
		{nil, "renovate[bot]", "", true},
		{[]string{"!*[bot]@*"}, "x", "1+x[bot]@users.noreply.github.com", false},
		{[]string{"!*[bot]@*"}, "x", "b@example.com", true}, // no choice of letters
		{[]string{"*@example.com"}, "Ann", "ANN@Example.com", true},
		{[]string{"*@example.com"}, "Ann", "ann@example.com.evil.test", false},
		{[]string{"*@example.com", "!ci@*"}, "CI", "ci@example.com", false},
		{[]string{"!ci@*", "*@example.com"}, "CI", "ci@example.com", false}, // in any order
		{[]string{"!ci@*", "*@example.com"}, "Eve", "eve@other.test", false},
		{[]string{"?nn"}, "Ünn", "", true},
		{[]string{"?nn"}, "nn", "", false},
		{[]string{"a*b*c"}, "aXbXbc", "", true},
		{[]string{"a*b*c"}, "acb", "", false},
		{[]string{"*"}, "", "", true},
	}
	for _, test := range tests {
		if got := mayAct(test.globs, push.Signature{Name: test.name, Email: test.email}); got != test.want {
			t.Errorf("%q, %s <%s>: %v", test.globs, test.name, test.email, got)
		}
	}
}

// TestMayActOnHostileNames: names are written by strangers, and backtracking must
// not explode. With a search for every star this would not end.
func TestMayActOnHostileNames(t *testing.T) {
	long := strings.Repeat("a", 20_000)
	if mayAct([]string{strings.Repeat("*a", 12) + "*b"}, push.Signature{Name: long, Email: long + "\xff"}) {
		t.Error("fits")
	}
}
