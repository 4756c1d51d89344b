package config

import (
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// secretFiles is the path of a secret's file, or a list of them.
func secretFiles(a *Auth) value {
	all := func() []string {
		if a.SecretFile == "" {
			return nil
		}
		return append([]string{a.SecretFile}, a.SpareFiles...)
	}
	return value{
		read: func(n *yaml.Node) []mistake {
			if n.Kind != yaml.SequenceNode {
				s, ms := readText(n, optional(secretPath))
				if ms == nil {
					a.SecretFile, a.SpareFiles = s, nil
				}
				return ms
			}
			files, ms := readList(n, secretPath)
			if len(files) == 0 && ms == nil {
				return wrong(n, "an empty list would leave no secret", "the path of a file, or a list of them")
			}
			if ms == nil {
				a.SecretFile, a.SpareFiles = files[0], slices.Clone(files[1:])
			}
			return ms
		},
		reset: func() { a.SecretFile, a.SpareFiles = "", nil },
		show: func() string {
			if len(a.SpareFiles) > 0 {
				return quoteList(all())
			}
			return quote(a.SecretFile)
		},
		outside: func() string {
			if len(a.SpareFiles) > 0 {
				return outsideList(all(), nil)
			}
			return outsideText(a.SecretFile, "")
		},
	}
}

// date lets a day pass.
func date(s string) (string, *fault) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", &fault{message: "is no day", allowed: "year, month and day: 2027-03-01"}
	}
	return s, nil
}

// Ends is when the secret ends, by the configuration: at the beginning of that
// day, UTC, since it is not known when in it.
func (a Auth) Ends() (ends time.Time, known bool) {
	ends, err := time.Parse(time.DateOnly, a.Expires)
	return ends, err == nil
}
