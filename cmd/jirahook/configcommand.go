package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/hooks"
)

func (p *process) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Write, check and show the configuration"}
	cmd.AddCommand(p.configInitCommand(), p.configCheckCommand(), p.configShowCommand())
	return cmd
}

func (p *process) configInitCommand() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Print a commented configuration that works after two edits",
		Example: `  jirahook config init > /etc/jirahook/config.yaml
  jirahook config init --set jira.url=https://jira.example.com --set server.kind=gitea`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			answers := map[string]string{}
			for _, s := range set {
				key, value, ok := strings.Cut(s, "=")
				if !ok {
					return fmt.Errorf("--set %q is not KEY=VALUE", s)
				}
				answers[key] = value
			}
			text, err := config.Init(answers)
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "set a `key=value`; may be repeated")
	return cmd
}

func (p *process) configCheckCommand() *cobra.Command {
	var project, repository string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell every mistake in the configuration, with file, line and what is allowed",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := config.Check(p.source(project, repository))
			for _, w := range loaded.Warnings {
				fmt.Fprintf(p.stdout, "warning: %s\n", w)
			}
			if err != nil {
				return err
			}
			if len(loaded.Config.Policy) > 0 {
				fmt.Fprintln(p.stdout, "warning: policy: nothing enforces it in this version")
			}
			if _, err := loaded.Config.Jira.Auth.Secret(p.getenv); err != nil {
				return fmt.Errorf("the secret: %w", err)
			}
			fmt.Fprintf(p.stdout, "fine: %s\n", strings.Join(loaded.Files, ", "))
			return nil
		},
	}
	layerFlags(cmd, &project, &repository)
	return cmd
}

func (p *process) configShowCommand() *cobra.Command {
	var project, repository string
	var origin bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the merged configuration of a repository",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := config.Load(p.source(project, repository))
			if problems := (config.Problems)(nil); err != nil && !errors.As(err, &problems) {
				return err
			}
			if _, writeErr := p.stdout.Write(config.Show(loaded, origin)); writeErr != nil {
				return writeErr
			}
			return err
		},
	}
	layerFlags(cmd, &project, &repository)
	cmd.Flags().BoolVar(&origin, "origin", false, "say of each value which file and line it comes from")
	return cmd
}

func layerFlags(cmd *cobra.Command, project, repository *string) {
	cmd.Flags().StringVar(project, "project", "", "with the layers of this project, `group/name`")
	cmd.Flags().StringVar(repository, "repo", "", "with the file of this bare repository's `folder`")
}

// source is where the configuration of a project or repository lies. A
// repository given by its folder is named by it.
func (p *process) source(project, repository string) config.Source {
	file, named := p.mainConfig()
	s := config.Source{Main: file, MainRequired: named || repository == "", Project: project}
	if repository == "" {
		return s
	}
	s.RepoDir = absolute(p.dir, repository)
	if project == "" {
		upper, _ := config.Load(config.Source{Main: file, MainRequired: named}) // its mistakes are told below
		s.Project = hooks.PathBelow(upper.Config.Server.Root, s.RepoDir)
	}
	return s
}
