//go:build !manpages

package main

import "github.com/spf13/cobra"

// packagingCommands is nothing in the program that hooks run: see manpages.go.
func (p *process) packagingCommands() []*cobra.Command { return nil }
