package plan

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMatchTransitionVectors asserts testdata/transition-match.json: what
// Atlassian's documentation and parser say, and where ours is better ("impl").
func TestMatchTransitionVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/transition-match.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		ID, Command string
		Available   []string
		Expect      struct {
			Match, Error string
			Candidates   []string
		}
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors) == 0 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			m := MatchTransition(v.Command, v.Available)
			switch v.Expect.Error {
			case "":
				if m.Index < 0 || v.Available[m.Index] != v.Expect.Match || m.Candidates != nil {
					t.Errorf("got %+v, want %q", m, v.Expect.Match)
				}
			case "ambiguous":
				var names []string
				for _, i := range m.Candidates {
					names = append(names, v.Available[i])
				}
				if diff := cmp.Diff(v.Expect.Candidates, names); diff != "" || m.Index != -1 {
					t.Errorf("index %d (-want +got):\n%s", m.Index, diff)
				}
			case "no-match": // the caller knows what is open
				if diff := cmp.Diff(Match{Index: -1}, m); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			default:
				t.Fatalf("unknown error %q", v.Expect.Error)
			}
		})
	}
}

func TestMatchTransition(t *testing.T) {
	tests := []struct {
		token string
		names []string
		want  Match
	}{
		{"start-review", []string{"Start Review Again", "Start Review"}, Match{Index: 1}},
		{"done", []string{"Done and dusted", "Done"}, Match{Index: 1}},
		{"done", []string{"Done ", "Do"}, Match{Index: 0}},
		{"In Review", []string{"In Progress", "In Review"}, Match{Index: 1}}, // an alias
		{"überprüfen", []string{"Überprüfen"}, Match{Index: 0}},
		{"start", []string{"Start Progress", "Done", "Start Review"}, Match{Index: -1, Candidates: []int{0, 2}}},
		{"", []string{"Done"}, Match{Index: -1}},

		// A name that runs on is matched whole or not at all.
		{"s3", []string{"Start Progress"}, Match{Index: -1}},
		{"in_progress", []string{"In Review"}, Match{Index: -1}},
		{"in_progress", []string{"In Review", "In Progress"}, Match{Index: 1}},
		{"in_progress", []string{"In Progress Again", "IN-PROGRESS"}, Match{Index: 1}},
		{"in_progress", []string{"In Progress", "In_Progress"}, Match{Index: 1}},
		{"in_progress", []string{"In Progress", "In-Progress"}, Match{Index: -1, Candidates: []int{0, 1}}},
		{"in_progress", []string{"In Progress Again"}, Match{Index: -1}},
		{"a11y", []string{"Approve", "A11y review"}, Match{Index: -1}},
		{"phase-2", []string{"Phase 2"}, Match{Index: 0}},
		{"phase-2", []string{"Phase 2b"}, Match{Index: -1}},
		{"prüf", []string{"Prüfen"}, Match{Index: -1}},
		{"c99", []string{"Close"}, Match{Index: -1}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, MatchTransition(test.token, test.names)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.token, diff)
		}
	}
}

func TestNamesStatus(t *testing.T) {
	for token, want := range map[string]bool{
		"in-progress": true, "in_progress": true, "in progress": true, "in": false, "in-progress-": false,
	} {
		if got := NamesStatus(token, " In Progress "); got != want {
			t.Errorf("%q: %v", token, got)
		}
	}
}
