package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag that takes something is completed, but for those of which only who
// types knows what comes.
func TestFlagsAreCompleted(t *testing.T) {
	free := []string{"message", "branch", "pusher", "set", "older", "metrics", "user", "environment"}
	walk(rootForTests(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			_, completed := c.GetFlagCompletionFunc(f.Name)
			switch {
			case f.NoOptDefVal != "" || f.Hidden: // it takes nothing, or nobody types it
			case !completed && !slices.Contains(free, f.Name):
				t.Errorf("%s --%s completes nothing, or files", c.CommandPath(), f.Name)
			}
		})
	})
}
