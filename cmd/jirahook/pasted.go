package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// pasted are words for people, with --config in each command of ours, so that who
// pastes it gets the configuration that this process has: unless that is where each
// looks by itself. It stands behind the command's name, before what follows that.
func (p *process) pasted(words string) string {
	file := p.place().Main
	if file == defaultConfigFile || !strings.Contains(words, "jirahook ") {
		return words
	}
	root := (&process{}).rootCommand() // our own would forget --config
	flag := " --config " + shellEscaped(file)
	return regexp.MustCompile(`\bjirahook(?: [a-z][a-z-]*)+(?: "| --help)?`).ReplaceAllStringFunc(words, func(found string) string {
		names := strings.Fields(found)
		cmd := root
		for _, name := range names[1:] {
			next := subcommand(cmd, name)
			if next == nil {
				break
			}
			cmd = next
		}
		if cmd == root || strings.HasSuffix(found, `"`) || strings.HasSuffix(found, " --help") {
			return found // jirahook is, jirahook has; there is no jirahook queue "lst": help needs none
		}
		return cmd.CommandPath() + flag + strings.TrimPrefix(found, cmd.CommandPath())
	})
}

func subcommand(c *cobra.Command, name string) *cobra.Command {
	for _, sub := range c.Commands() {
		if sub.Name() == name {
			return sub
		}
	}
	return nil
}

// shellEscaped is a word for a shell, also where it stands in a word in single quotes
// for another one, as behind su -c.
func shellEscaped(s string) string {
	return regexp.MustCompile(`[^\pL\pN_./,:@%+=-]`).ReplaceAllString(s, `\$0`)
}

// say prints words for a person.
func (p *process) say(format string, args ...any) {
	fmt.Fprint(p.stdout, p.pasted(fmt.Sprintf(format, args...)))
}
