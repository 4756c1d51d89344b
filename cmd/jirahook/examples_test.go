package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"jirahook/config"
)

const examples = "../../examples"

// Every YAML file of the examples is one that its reader takes.
func TestExamples(t *testing.T) {
	var seen int
	err := filepath.WalkDir(examples, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		seen++
		name, err := filepath.Rel(examples, path)
		if err != nil {
			return err
		}
		t.Run(name, func(t *testing.T) {
			switch folder, _, _ := strings.Cut(name, "/"); folder {
			case "config.yaml", "servers", "jira":
				checkConfiguration(t, config.Source{Main: path, MainRequired: true})
			case "layers":
				loaded := checkConfiguration(t, config.Source{Main: filepath.Join(examples, "layers/config.yaml"), MainRequired: true, Project: "shop/web"})
				if !slices.ContainsFunc(loaded.Files, func(f string) bool { return filepath.Clean(f) == filepath.Clean(path) }) {
					t.Errorf("it is not among the layers of shop/web: %v", loaded.Files)
				}
			case "gitlab":
				checkKubernetes(t, path)
			case "ci":
				checkJob(t, path)
			default:
				t.Error("nothing here knows what to make of it")
			}
		})
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d files: %v", seen, err)
	}
}

func checkConfiguration(t *testing.T, s config.Source) config.Loaded {
	t.Helper()
	loaded, err := config.Check(s)
	var problems config.Problems
	if errors.As(err, &problems) {
		var b strings.Builder
		problems.Format(&b)
		t.Fatal(b.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range loaded.Warnings {
		if !strings.Contains(w.String(), "others can read this file") { // in a work tree they may
			t.Error(w)
		}
	}
	if loaded.Config.Jira.Auth.SecretFile == "" {
		t.Error("it names no secret")
	}
	return loaded
}

// documents reads all documents of a file, and the texts in them that are YAML
// themselves.
func documents(t *testing.T, file string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc map[string]any
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, doc)
	}
}

func checkKubernetes(t *testing.T, file string) {
	t.Helper()
	for _, doc := range documents(t, file) {
		if data, ok := doc["data"].(map[string]any); ok {
			for name, text := range data {
				checkEntry(t, name, text.(string))
			}
			continue
		}
		gitaly := doc["gitlab"].(map[string]any)["gitaly"].(map[string]any)
		for name, text := range gitaly {
			var list []map[string]any
			if err := yaml.Unmarshal([]byte(text.(string)), &list); err != nil || len(list) == 0 {
				t.Errorf("%s: %d entries: %v", name, len(list), err)
			}
		}
	}
}

// checkEntry looks at a file in a config map.
func checkEntry(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".yaml") {
		checkConfiguration(t, config.Source{Main: file, MainRequired: true})
		return
	}
	if out, err := exec.Command("sh", "-n", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	line := strings.TrimSpace(text[strings.LastIndex(text, "\nexec ")+1:])
	checkCommand(t, "post-receive", strings.Fields(line)[2:])
}

// checkCommand: the words after the program's name are a command of ours.
func checkCommand(t *testing.T, want string, words []string) {
	t.Helper()
	p := process{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	root := p.rootCommand()
	cmd, args, err := root.Find(words)
	if err != nil || cmd.Name() != want {
		t.Fatalf("%q: %v", words, err)
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%q: %v", words, err)
	}
}

func checkJob(t *testing.T, file string) {
	t.Helper()
	for _, doc := range documents(t, file) {
		for _, line := range doc["jira"].(map[string]any)["script"].([]any) {
			line, _, _ := strings.Cut(line.(string), ">")
			checkCommand(t, "explain", strings.Fields(line)[1:])
		}
	}
}

// The units are ones that systemd takes, and their commands ours.
func TestGiteaUnits(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(examples, "jirahook-gitea.service"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\nExecStart=")
	command, _, _ := strings.Cut(after, "\n")
	words := strings.Fields(command)
	checkCommand(t, "install", words[1:])

	analyze := systemdAnalyze(t)
	program, err := os.Executable() // the program must be where the file says
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	timer, err := os.ReadFile(filepath.Join(examples, "jirahook-gitea.timer"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"jirahook-gitea.service": strings.ReplaceAll(string(text), words[0], program), "jirahook-gitea.timer": string(timer)}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(analyze, "verify", "--man=no", filepath.Join(dir, "jirahook-gitea.timer"))
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "jirahook-gitea") {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}
