package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// refuseUnknown lets a command that is only a name for others refuse a word that is
// none of them. cobra does so for the program itself and prints the help of all
// others, as if all were well.
func refuseUnknown(c *cobra.Command) {
	for _, sub := range c.Commands() {
		refuseUnknown(sub)
	}
	if c.Runnable() || !c.HasSubCommands() {
		return
	}
	c.Args, c.DisableFlagsInUseLine = cobra.ArbitraryArgs, true // RunE looks at them
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return unknownWord(c, args[0])
	}
}

// unknownWord is the error for a word that is no command.
func unknownWord(c *cobra.Command, word string) error {
	const far = 2 // letters, as cobra has it
	if c.SuggestionsMinimumDistance <= 0 {
		c.SuggestionsMinimumDistance = far
	}
	words := fmt.Sprintf("there is no %s %q", c.CommandPath(), word)
	if near := c.SuggestionsFor(word); len(near) > 0 {
		return fmt.Errorf("%s: did you mean %s?", words, strings.Join(near, " or "))
	}
	return fmt.Errorf("%s: see %s --help", words, c.CommandPath())
}

// isGone reports whether an error is that nobody reads the standard output any more,
// as when head(1) has seen enough: that is no fault.
func isGone(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && write.Path == os.Stdout.Name() && errors.Is(err, syscall.EPIPE)
}
