package config

import (
	"regexp"
	"slices"
	"strings"
)

// hidden stands where a secret may have stood.
const hidden = "***"

// mask takes the passwords out of the addresses and connection strings in a text.
func mask(text string) string {
	if !strings.ContainsAny(text, "@=") {
		return text
	}
	text = regexp.MustCompile(`(://[^/?#@\s"']*?):[^\s"']*@`).ReplaceAllString(text, "$1:"+hidden+"@")
	return regexp.MustCompile(`(?i)((?:password|passwd|pwd)\s*=\s*)[^&\s"]+`).ReplaceAllString(text, "$1"+hidden)
}

// maskLine takes out of a line of a file what may be a secret: the passwords in
// addresses, and what stands behind a key that names one.
func maskLine(line string) string {
	line = mask(line)
	pairs := regexp.MustCompile(`(?:^|[\s{,"'])([A-Za-z_-]+)["']?\s*:\s*["']?([^\s"'].*)`)
	for at := 0; ; {
		m := pairs.FindStringSubmatchIndex(line[at:])
		if m == nil {
			return line
		}
		if value := at + m[4]; mayBeSecret(line[at+m[2]:at+m[3]], line[value:]) {
			return line[:value] + hidden
		}
		at += m[4]
	}
}

// mayBeSecret reports whether what stands behind a key may be a secret.
func mayBeSecret(name, value string) bool {
	switch name {
	case "secret_file":
		return slices.ContainsFunc(strings.Split(strings.TrimPrefix(value, "["), ","), func(path string) bool {
			return !strings.HasPrefix(strings.TrimLeft(path, ` "'`), "/")
		})
	case "token_url":
		return !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "https://")
	case "secret_env":
		return !isVariable(strings.TrimRight(value, `"'},# `))
	}
	return isSecretName(name)
}

// isSecretName reports whether a key's name says that its value is a secret.
func isSecretName(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	for _, word := range []string{"secret", "password", "passwd", "passphrase", "token", "api_key", "apikey", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "pass" || name == "pat" || name == "bearer"
}
