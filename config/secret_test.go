package config_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"jirahook/config"
)

func TestSecretFile(t *testing.T) {
	tests := []struct {
		name, text string
		want       string
		err        string
	}{
		{"one line", "abc\n", "abc", ""},
		{"no newline", "abc", "abc", ""},
		{"Windows", "abc\r\n", "abc", ""},
		{"blanks belong to a password", " a b ", " a b ", ""},
		{"empty", "", "", "is empty"},
		{"newline only", "\n\n", "", "is empty"},
		{"two lines", "abc\ndef\n", "", "more than one line"},
		{"binary", "a\x00b", "", "control character"},
		{"large", strings.Repeat("x", 70_000), "", "larger than 64 KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, t.TempDir(), "token", tt.text)
			if err := os.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
			for key, read := range map[string]func() (string, error){
				"jira.auth.secret_file":        func() (string, error) { return config.Auth{SecretFile: file}.Secret(nil) },
				"jira.development.secret_file": config.Development{SecretFile: file}.Secret,
			} {
				got, err := read()
				switch {
				case got != tt.want || (err == nil) != (tt.err == ""):
					t.Errorf("%q, error %v", got, err)
				case err != nil && (!strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), key)):
					t.Errorf("error %v", err)
				case err != nil && (strings.Contains(err.Error(), "abc") || strings.Contains(err.Error(), "def")):
					t.Errorf("tells the secret: %v", err)
				}
			}
		})
	}
}

func TestSecretFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	pipe := dir + "/pipe"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		dir:              "is no regular file",
		pipe:             "is no regular file",
		dir + "/nowhere": "no such file",
		"":               "jira.auth.secret_file is not set",
	} {
		if _, err := (config.Auth{SecretFile: file}).Secret(nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", file, err)
		}
	}
}

// A file may be read by its owner; root's also by its group, since a hook's user
// then cannot change it.
func TestSecretFileOfOthers(t *testing.T) {
	const someone = 12345
	tests := []struct {
		mode  os.FileMode
		owner int
		err   string
	}{
		{0o600, os.Geteuid(), ""},
		{0o400, os.Geteuid(), ""},
		{0o604, os.Geteuid(), "others can read"},
		{0o644, os.Geteuid(), "others can read"},
		{0o602, os.Geteuid(), "others can read or change"},
		{0o640, 0, ""},
		{0o440, 0, ""},
		{0o660, 0, "its group"},
		{0o644, 0, "chmod 640"},
		{0o640, someone, "chmod 600"},
		{0o620, someone, "its group"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%04o of %d", tt.mode, tt.owner), func(t *testing.T) {
			file := write(t, t.TempDir(), "token", "abc")
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
			if tt.owner == someone && os.Geteuid() != 0 {
				tt.owner = os.Geteuid() // which is not root
			}
			if tt.owner != os.Geteuid() {
				if err := os.Chown(file, tt.owner, -1); err != nil {
					if os.Getenv("CI") == "true" {
						t.Fatalf("this test must run here, as root: %v", err)
					}
					t.Skipf("left out: files of others can only be made by root: %v", err)
				}
			}
			_, err := config.Auth{SecretFile: file}.Secret(nil)
			if (err == nil) != (tt.err == "") || err != nil && (!strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), fmt.Sprintf("mode %04o", tt.mode)) || !strings.Contains(err.Error(), file)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestSecretFromTheEnvironment(t *testing.T) {
	env := map[string]string{"TOKEN": "abc\n", "EMPTY": "", "LINES": "a\nb"}
	lookup := func(name string) (string, bool) { s, ok := env[name]; return s, ok }
	for name, want := range map[string]string{"TOKEN": "", "EMPTY": "EMPTY is not set or empty", "NONE": "NONE is not set or empty", "LINES": "more than one line"} {
		got, err := config.Auth{SecretEnv: name}.Secret(lookup)
		if want == "" {
			if got != "abc" || err != nil {
				t.Errorf("%q, error %v", got, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
