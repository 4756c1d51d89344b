package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"jirahook/bugreport"
	"jirahook/config"
	"jirahook/doctor"
)

func (p *process) bugreportCommand() *cobra.Command {
	var o bugreport.Options
	var file string
	cmd := &cobra.Command{
		Use:   "bugreport",
		Short: "Write a file for somebody who is to find out what is wrong",
		Long: `Bugreport writes one plain text, of at most 60 kB, that only you can read: read it, and
send it. It changes nothing, and is written however broken the rest is.

In it are the versions, the names of the environment's variables, the configuration
without your own words, what doctor says, how much waits, and the last errors.

What may be a secret is taken out everywhere, in doctor's words and Jira's too: secrets,
whatever else stands in the configuration's files but words of jirahook's own, values
of the environment, and what looks like a password, a token or an e-mail address.
<jira.url> stands for what jira.url is. Keys of issues, paths of repositories and names of
Jira's projects stay. What people wrote into commits is not there, unless you ask with
--with-messages.`,
		Example: `  jirahook bugreport
  jirahook bugreport -o /tmp/report.txt --repo /srv/git/shop.git`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.bugreport(cmd.Context(), o, file) },
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this new `file`; - is the standard output (default: jirahook-TIME.txt here)")
	cmd.Flags().StringArrayVar(&o.Repositories, "repo", nil, "look at this bare repository's `folder`; may be repeated")
	cmd.Flags().BoolVar(&o.Messages, "with-messages", false, "with what the messages of commits say to Jira")
	return cmd
}

// bugreport writes the file. It is made first: who runs this may put it there, and the
// outbox's account, as which this goes on, perhaps not.
func (p *process) bugreport(ctx context.Context, o bugreport.Options, file string) error {
	if file == "-" {
		_, err := p.stdout.Write(p.report(ctx, o))
		return err
	}
	if file == "" {
		file = "jirahook-" + p.now().UTC().Format("20060102-150405") + ".txt"
	}
	name := config.Absolute(p.dir, file)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = f.Write(p.report(ctx, o))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	fmt.Fprintf(p.stdout, "written: %s\nread it before you send it: paths, issue keys and names of projects are in it\n", name)
	return nil
}

// report is the whole text, with what doctor prints in it.
func (p *process) report(ctx context.Context, o bugreport.Options) []byte {
	_, notOwner := p.becomeOwner(p.place().OutboxDir(o.Repository()))
	return bugreport.Text(ctx, bugreport.Process{Relay: p.relay(), Environ: p.environ, NotOwner: notOwner, Doctor: func(ctx context.Context, w io.Writer) error {
		told := *p
		told.stdout = w
		err := told.doctor(ctx, doctor.Options{Repositories: o.Repositories}, false)
		if status := (exitStatus{}); errors.As(err, &status) && status.err == nil {
			fmt.Fprintf(w, "exit code %d\n", status.code)
			return nil
		}
		return err
	}}, o)
}
