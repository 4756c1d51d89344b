//go:build manpages

package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// packagingCommands are for those who make packages; the hook's program does not
// carry what makes manual pages.
func (p *process) packagingCommands() []*cobra.Command {
	return []*cobra.Command{{
		Use:    "packaging FOLDER",
		Short:  "Write the manual pages and the shells' completions",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true // the pages' date: SOURCE_DATE_EPOCH
			man := filepath.Join(args[0], "man")
			shells := filepath.Join(args[0], "completions")
			for _, dir := range []string{man, shells} {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					return err
				}
			}
			header := &doc.GenManHeader{Title: "JIRAHOOK", Section: "1", Source: "jirahook", Manual: "jirahook"}
			if err := doc.GenManTree(root, header, man); err != nil {
				return err
			}
			if err := root.GenBashCompletionFileV2(filepath.Join(shells, "jirahook.bash"), true); err != nil {
				return err
			}
			if err := root.GenZshCompletionFile(filepath.Join(shells, "_jirahook")); err != nil {
				return err
			}
			return root.GenFishCompletionFile(filepath.Join(shells, "jirahook.fish"), true)
		},
	}}
}
