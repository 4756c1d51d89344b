package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/repo"
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
				return p.writeNew(config.Absolute(p.dir, file), text)
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
	var below []string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell every mistake in the configuration, with file, line and what is allowed",
		Long: `Check reads every file: the main one, all below repos.d, and with --all-under also
those in repositories' own folders; or with --project or --repo those of one alone.

A mistake is an error when a push meets it and is kept until it is put right; what a
push goes on without is a warning.`,
		Example: `  jirahook config check
  jirahook config check --all-under /srv/git
  jirahook config check --project group/name`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			sources := []config.Source{p.place().Source(project, repository)}
			c := checked{p: p, said: map[string]bool{}}
			if project == "" && repository == "" {
				more, err := c.others(cmd.Context(), sources[0].Main, below)
				if err != nil {
					return err
				}
				sources = append(sources, more...)
			}
			return c.all(sources)
		},
	}
	layerFlags(cmd, &project, &repository)
	cmd.Flags().StringArrayVar(&below, "all-under", nil, "with the files of all repositories below this `folder`; may be repeated")
	return cmd
}

// checked is a look at several configurations, which have files in common.
type checked struct {
	p        *process
	said     map[string]bool
	files    []string
	problems config.Problems
}

// others are all configurations but the main file's.
func (c *checked) others(ctx context.Context, main string, below []string) ([]config.Source, error) {
	projects, strays, err := config.ProjectFiles(main)
	if err != nil {
		return nil, err
	}
	c.warn(strays)
	var sources []config.Source
	for _, project := range projects {
		sources = append(sources, c.p.place().Source(project, ""))
	}
	for _, root := range below {
		found, more, err := repo.Below(ctx, config.Absolute(c.p.dir, root))
		if err != nil {
			return nil, err
		}
		for _, dir := range found {
			sources = append(sources, c.p.place().Source("", dir))
		}
		if more {
			fmt.Fprintf(c.p.stdout, "warning: %s: there are more repositories than the first %d, which were looked at\n", root, len(found))
		}
	}
	return sources, nil
}

func (c *checked) all(sources []config.Source) error {
	for _, s := range sources {
		loaded, err := config.Check(s)
		c.warn(loaded.Warnings)
		var problems config.Problems
		if err != nil && !errors.As(err, &problems) {
			return err
		}
		for _, p := range problems {
			if !c.said[p.String()] {
				c.said[p.String()] = true
				c.problems = append(c.problems, p)
			}
		}
		for _, f := range loaded.Files {
			if !slices.Contains(c.files, f) {
				c.files = append(c.files, f)
			}
		}
		if err != nil {
			continue
		}
		if len(loaded.Config.Policy) > 0 {
			c.say("policy: nothing enforces it in this version")
		}
		if _, err := loaded.Config.Secrets(c.p.getenv); err != nil {
			return fmt.Errorf("the secret: %w", err)
		}
	}
	if len(c.problems) > 0 {
		return c.problems
	}
	fmt.Fprintf(c.p.stdout, "fine: %s\n", strings.Join(c.files, ", "))
	return nil
}

func (c *checked) warn(warnings []config.Warning) {
	for _, w := range warnings {
		c.say(w.String())
	}
}

// say tells something once.
func (c *checked) say(words string) {
	if !c.said[words] {
		c.said[words] = true
		fmt.Fprintf(c.p.stdout, "warning: %s\n", words)
	}
}

func (p *process) configShowCommand() *cobra.Command {
	var project, repository string
	var origin bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the merged configuration of a repository",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := config.Load(p.place().Source(project, repository))
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
