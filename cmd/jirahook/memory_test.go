package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"jirahook/internal/peak"
)

// A hook runs beside many others: whatever a push brings, it stays below 150 MB.
func TestHookMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 250 MB of messages")
	}
	if runtime.GOOS != "linux" {
		t.Skip("left out: memory is read from /proc")
	}
	program, err := exec.LookPath("jirahook") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	text := func(size int) string {
		return "SHOP-1 long\n\n" + strings.Repeat(strings.Repeat("<", 78)+"\n", size/79)
	}
	for _, shape := range []struct {
		name    string
		commits int
		message string
	}{
		{"more than the text that is read", 2000, text(64 << 10)},
		{"messages that are cut", 120, text(1 << 20)},
	} {
		t.Run(shape.name, func(t *testing.T) {
			dir := t.TempDir()
			repository := filepath.Join(dir, "app.git")
			git := func(in *bytes.Buffer, args ...string) string {
				t.Helper()
				cmd := exec.Command("git", append([]string{"-C", repository}, args...)...)
				if in != nil {
					cmd.Stdin = in
				}
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("git %s: %v: %s", args[0], err, out)
				}
				return strings.TrimSpace(string(out))
			}
			if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", repository).CombinedOutput(); err != nil {
				t.Fatalf("git init: %v: %s", err, out)
			}
			var stream bytes.Buffer
			began := time.Now().Add(-24 * time.Hour).Unix()
			for i := range shape.commits + 1 {
				who := fmt.Sprintf("Ann <ann@example.com> %d +0000", began+int64(i))
				fmt.Fprintf(&stream, "commit refs/heads/main\nauthor %s\ncommitter %s\ndata %d\n%s\n", who, who, len(shape.message), shape.message)
			}
			git(&stream, "fast-import", "--quiet")
			lines := git(nil, "rev-list", "--max-parents=0", "main") + " " + git(nil, "rev-parse", "main") + " refs/heads/main\n"

			file := filepath.Join(dir, "config.yaml")
			config := "version: 1\njira: {url: \"http://127.0.0.1:9\", auth: {type: token, secret_file: \"" + file + "\"}}\nprojects: [SHOP]\n" +
				"outbox: {dir: " + filepath.Join(dir, "outbox") + "}\n"
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, "--config", file, "post-receive")
			var out bytes.Buffer
			cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = repository, strings.NewReader(lines), &out, &out
			cmd.Env = append(os.Environ(), "GIT_DIR=.")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			most := peak.Memory(cmd.Process.Pid)
			if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "SHOP-1") {
				t.Fatalf("hook: %v: %s", err, &out)
			}
			if most == 0 || most > 150_000_000 {
				t.Errorf("%d MB", most/1_000_000)
			}
		})
	}
}
