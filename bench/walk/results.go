package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// results are all figures of a run, as -json keeps them.
type results struct {
	Machine string    `json:"machine"` // what they were measured on, in words
	Rows    []row     `json:"rows"`
	Hook    []hookRow `json:"hook,omitempty"`
}

// row is one push to one repository.
type row struct {
	Size     string `json:"size"`
	Commits  int    `json:"commits"`
	Variant  string `json:"variant"`
	Title    string `json:"title"` // of the repository
	Graph    bool   `json:"graph,omitempty"`
	First    bool   `json:"first,omitempty"`
	Refs     int    `json:"refs,omitempty"` // of a repository with many
	Scenario string `json:"scenario"`

	Git   cost  `json:"git"`
	Ours  cost  `json:"ours"`
	GoGit *cost `json:"go_git,omitempty"`
	// Problems are programs that failed or whose output is not git's.
	Problems []string `json:"problems,omitempty"`
}

// hookRow is the whole hook for one push, beside a program that does nothing.
type hookRow struct {
	Scenario string `json:"scenario"`
	Title    string `json:"title"` // of the repository
	Empty    cost   `json:"empty"`
	Hook     cost   `json:"hook"`
}

// limit is the longest time for the hook, in ms.
func (h hookRow) limit() float64 { return 3*h.Empty.Wall + 10 }

func (r results) write(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

func readResults(file string) (r results, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return results{}, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return results{}, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// problems are those of all rows.
func (r results) problems() []string {
	var all []string
	for _, w := range r.Rows {
		for _, p := range w.Problems {
			all = append(all, fmt.Sprintf("%s %s %s: %s", w.Size, w.Variant, w.Scenario, p))
		}
	}
	return all
}

// machine tells what is measured on.
func machine(gitVersion string) string {
	return fmt.Sprintf("%s, %s, %d cores, %s/%s", gitVersion, runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}
