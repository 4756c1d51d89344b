package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestPasted(t *testing.T) {
	elsewhere := process{configFile: "/opt/my jira/config.yaml"}
	for words, want := range map[string]string{
		"jirahook queue retry ID, or drop":                  `jirahook queue retry --config /opt/my\ jira/config.yaml ID, or drop`,
		"held until: jirahook queue release p1":             `held until: jirahook queue release --config /opt/my\ jira/config.yaml p1`,
		"su -s /bin/sh git -c 'jirahook doctor', and so on": `su -s /bin/sh git -c 'jirahook doctor --config /opt/my\ jira/config.yaml', and so on`,
		"jirahook config check shows; jirahook deliver":     `jirahook config check --config /opt/my\ jira/config.yaml shows; jirahook deliver --config /opt/my\ jira/config.yaml`,
		"jirahook is there, and jirahook.log":               "jirahook is there, and jirahook.log",
		`there is no jirahook queue "lst"`:                  `there is no jirahook queue "lst"`,
		"jirahook --config x doctor":                        "jirahook --config x doctor",
	} {
		if got := elsewhere.pasted(words); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		for _, p := range []process{{}, {configFile: defaultConfigFile}, {environ: []string{"JIRAHOOK_CONFIG=" + defaultConfigFile}}} {
			if got := p.pasted(words); got != words {
				t.Errorf("where it is always: %s", got)
			}
		}
	}
	named := process{environ: []string{"JIRAHOOK_CONFIG=/x.yaml"}}
	if got := named.pasted("jirahook deliver"); got != "jirahook deliver --config /x.yaml" {
		t.Error(got)
	}
}

// pasteableCommand reads what was printed: each command of ours in it carries --config
// and the file, and the program takes it. There must be so many.
func pasteableCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: pasteable FILE CONFIG COMMAND...")
	}
	// What is told to the pusher is broken into lines.
	text := strings.Join(strings.Fields(strings.ReplaceAll(ts.ReadFile(args[0]), "remote:", "")), " ")
	text = strings.ReplaceAll(text, "neither jirahook worker nor jirahook deliver has ever been seen", "") // a fact, nothing to do
	found := map[string]bool{}
	for _, at := range regexp.MustCompile(`\bjirahook(?: [a-z][a-z-]*)+`).FindAllStringIndex(text, -1) {
		words := strings.Fields(text[at[0]:at[1]])[1:]
		if !isCommand(words[0]) {
			continue
		}
		cmd, _, err := rootForTests().Find(words)
		ts.Check(err)
		name := strings.TrimPrefix(cmd.CommandPath(), "jirahook ")
		_, ok := strings.CutPrefix(text[at[0]:], cmd.CommandPath()+" --config "+args[1])
		if !ok {
			ts.Fatalf("without --config %s: %.120s", args[1], text[at[0]:])
		}
		if err := cmd.ParseFlags([]string{"--config", args[1]}); err != nil {
			ts.Fatalf("%v: %.120s", err, text[at[0]:])
		}
		found[name] = true
	}
	for _, want := range args[2:] {
		if !found[strings.ReplaceAll(want, "_", " ")] {
			ts.Fatalf("%s does not name %s:\n%s", args[0], want, text)
		}
	}
}
