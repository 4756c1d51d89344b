package parser

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func mustNew(t testing.TB, o Options) *Parser {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// gitLabWords are the closing words of GitLab's default pattern, and jirahook's.
var gitLabWords = []string{
	"close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing",
	"resolve", "resolves", "resolved", "resolving", "implement", "implements", "implemented", "implementing",
}

func sameKeys(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// vector is an entry of docs/grammar-vectors.json; docs/grammar.md says what its
// fields mean.
type vector struct {
	ID         string            `json:"id"`
	Text       string            `json:"text"`
	Branch     bool              `json:"branch"`
	Projects   []string          `json:"projects"`
	KeyPattern string            `json:"key_pattern"`
	KeyPrefix  string            `json:"key_prefix"`
	TypesClose bool              `json:"types_close"`
	Multiline  bool              `json:"multiline"`
	reading                      // jirahook's
	Others     map[string]others `json:"others"`
	Note       string            `json:"note"`
	Source     string            `json:"source"`
}

// reading is what a program reads in a text.
type reading struct {
	Keys     []string        `json:"keys"`
	Closes   []string        `json:"closes"`
	Commands []vectorCommand `json:"commands"`
}

type vectorCommand struct {
	Key        string `json:"key"`
	Name       string `json:"name"`
	Transition string `json:"transition"`
	Time       string `json:"time"`
	Logs       string `json:"logs"`
	Text       string `json:"text"`
	Error      string `json:"error"`
}

// others is what another program reads: "same" in the file, or a reading.
type others struct {
	same bool
	reading
}

func (o *others) UnmarshalJSON(data []byte) error {
	if o.same = string(data) == `"same"`; o.same {
		return nil
	}
	return strict(data, &o.reading)
}

// strict reads JSON that has no other fields than those asked for.
func strict(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the end")
	}
	return nil
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("../docs/grammar-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := strict(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// read is what the parser reads in a vector's text.
func (v vector) read(t *testing.T) reading {
	t.Helper()
	p := mustNew(t, Options{
		ProjectPattern: v.KeyPattern, Prefix: v.KeyPrefix, Projects: v.Projects, BrowseURLs: []string{"https://jira.example.com"},
		Closing: gitLabWords, TypesClose: v.TypesClose, Multiline: v.Multiline,
	})
	if v.Branch {
		return reading{Keys: p.BranchKeys(v.Text, true)}
	}
	m := p.Message(v.Text)
	r := reading{Keys: m.Mentions, Closes: m.Closes}
	for _, c := range m.Commands {
		r.Commands = append(r.Commands, vectorCommand{
			Key: c.Key, Name: c.Name, Transition: c.Transition, Time: c.Spec, Logs: c.Duration.Jira(), Text: c.Text, Error: c.Problem,
		})
	}
	return r
}

// TestVectors reads the published vectors, and sees that what they say of other
// programs is neither repeated nor out of date.
func TestVectors(t *testing.T) {
	ids, texts := map[string]bool{}, map[string]bool{}
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			if diff := cmp.Diff(v.reading, v.read(t), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", v.Text, diff)
			}
			for program, o := range v.Others {
				if !o.same && !v.differs(program) {
					t.Errorf(`%s differs no longer: "same"`, program)
				}
			}
			if v.ID == "" || ids[v.ID] {
				t.Error("the id is taken")
			}
			if (v.Source == "") != (len(v.Others) == 0) {
				t.Error("what is said of others has a source, and nothing else has")
			}
			if v.Note == "" && v.Source == "" {
				t.Error("neither note nor source says why")
			}
			ids[v.ID] = true
			text, err := json.Marshal([]any{v.Text, v.Branch, v.Projects, v.KeyPattern, v.KeyPrefix, v.TypesClose, v.Multiline})
			if err != nil {
				t.Fatal(err)
			}
			if texts[string(text)] {
				t.Error("another vector has the same text and options")
			}
			texts[string(text)] = true
		})
	}
}
