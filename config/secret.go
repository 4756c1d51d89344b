package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// maxSecret is the size of the largest secret, in bytes.
const maxSecret = 64 << 10

// Secret reads the secret to log in with, from the file or the variable that the
// configuration names; of several files the first that can be read. Its errors say
// what is wrong and never hold the secret.
func (a Auth) Secret(lookupEnv func(string) (string, bool)) (string, error) {
	all, err := a.Secrets(lookupEnv)
	if len(all) == 0 {
		return "", err
	}
	return all[0].Text, nil
}

// Secret is a secret, and where it is from: a file, or "the variable NAME".
type Secret struct{ From, Text string }

// Secrets reads all that may be used, in the order in which they take over. The
// error tells of those that cannot be read, and never holds a secret.
func (a Auth) Secrets(lookupEnv func(string) (string, bool)) ([]Secret, error) {
	if a.SecretEnv != "" {
		s, err := a.fromEnv(lookupEnv)
		if err != nil {
			return nil, err
		}
		return []Secret{{"the variable " + a.SecretEnv, s}}, nil
	}
	var all []Secret
	var errs []error
	for _, file := range append([]string{a.SecretFile}, a.SpareFiles...) {
		s, err := readSecret("jira.auth.secret_file", file)
		if err != nil {
			errs = append(errs, err)
		} else {
			all = append(all, Secret{file, s})
		}
	}
	return all, errors.Join(errs...)
}

func (a Auth) fromEnv(lookupEnv func(string) (string, bool)) (string, error) {
	s, ok := lookupEnv(a.SecretEnv)
	if s = strings.TrimRight(s, "\r\n"); !ok || s == "" {
		return "", fmt.Errorf("jira.auth.secret_env: the environment variable %s is not set or empty", a.SecretEnv)
	}
	return fit("jira.auth.secret_env", s)
}

// Secret reads the client's secret from its file.
func (d Development) Secret() (string, error) {
	return readSecret("jira.development.secret_file", d.SecretFile)
}

func readSecret(key, file string) (string, error) {
	if file == "" {
		return "", fmt.Errorf("%s is not set", key)
	}
	f, info, err := openFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	defer f.Close()
	if err := private(file, info); err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	data, err := readAll(f, maxSecret)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	s := strings.TrimRight(string(data), "\r\n")
	if s == "" {
		return "", fmt.Errorf("%s: %s is empty", key, file)
	}
	return fit(key+": "+file, s)
}

// private refuses a file that more people can read than need to. A group may
// read a file of root's: so a hook's user reads what it cannot change, and so
// Kubernetes mounts secrets (fsGroup).
func private(file string, info fs.FileInfo) error {
	mode := info.Mode().Perm()
	refused := fs.FileMode(0o077)
	change := "600"
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == 0 {
		refused, change = 0o037, "640"
	}
	if mode&refused == 0 {
		return nil
	}
	who := "others can read or change"
	if mode&0o007 == 0 {
		who = "its group can read or change"
	}
	return fmt.Errorf("%s the secret in %s (mode %04o): chmod %s %s", who, file, mode, change, shellWord(file))
}

// fit refuses what no secret holds, such as a second line.
func fit(where, s string) (string, error) {
	if strings.ContainsFunc(s, isControl) {
		return "", errors.New(where + " holds more than one line, or a control character")
	}
	return s, nil
}
