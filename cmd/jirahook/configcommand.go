package main

import (
	"errors"
	"fmt"
	"os"
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
	var all bool
	var file string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented configuration that works after two edits",
		Long: `Init writes a configuration with the keys that most need, each with a line about it;
--all: with every one. It goes to the standard output, or with -o to a file that must
not be there yet, which its owner can write and his group can read.`,
		Example: `  jirahook config init -o /etc/jirahook/config.yaml
  jirahook config init --set jira.url=https://jira.example.com --set server.kind=gitea
  jirahook config init --all`,
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
			text, err := config.Init(answers, all)
			if err != nil {
				return err
			}
			if file != "" {
				return p.writeNew(absolute(p.dir, file), text)
			}
			_, err = p.stdout.Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "with every key")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this new `file`")
	cmd.Flags().StringArrayVar(&set, "set", nil, "set a `key=value`; may be repeated")
	return cmd
}

// writeNew makes a file whole, or not at all; never over one that is there.
func (p *process) writeNew(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o640) // whatever the umask
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(file)
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Fprintf(p.stdout, "written: %s\n", file)
	return nil
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
