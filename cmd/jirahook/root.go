package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *process) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "jirahook",
		Short: "Make Jira follow what is pushed to a Git server",
		Long: `jirahook is run by a Git server's hooks. It comments on and links the Jira
issues that pushed commits mention, runs Smart Commits, and moves issues when
commits that close them arrive on a branch.

See it work:   jirahook demo
Set it up:     jirahook config init -o /etc/jirahook/config.yaml
Find trouble:  jirahook doctor
Try a message: jirahook explain -m "SHOP-12 Fix the cart #time 1h"`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.PersistentFlags().StringVar(&p.configFile, "config", "", "configuration `file` (default $JIRAHOOK_CONFIG, else "+defaultConfigFile+")")
	root.AddCommand(
		p.postReceiveCommand(),
		p.explainCommand(),
		p.deliverCommand(),
		p.catchUpCommand(),
		p.workerCommand(),
		p.queueCommand(),
		p.configCommand(),
		p.doctorCommand(),
		p.bugreportCommand(),
		p.installCommand(),
		p.uninstallCommand(),
		p.demoCommand(),
		p.versionCommand(),
	)
	root.AddCommand(p.packagingCommands()...)
	root.SetVersionTemplate("jirahook {{.Version}}\n")
	root.InitDefaultCompletionCmd()
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	p.completeFlags(root)
	refuseUnknown(root)
	return root
}

func (p *process) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.stdout, "jirahook", version())
			return err
		},
	}
}

// release is set by packaging/build (-X main.release=v1.2.3), which may be told a
// version that is no tag.
var release string

// version is that of the release or the module, or the commit it was built from.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (info.Main.Version == "" || info.Main.Version == "(devel)") {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}
