package config

import (
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	allowedAddress = "http:// or https://, a host, perhaps a port and a path"
	allowedTarget  = "a transition or status name, category:done, category:indeterminate, category:new, or id: and a number"
	allowedPlaces  = "{url}, {project}, {sha}, {branch}, {from}, {to}, {number}"
)

// address lets a web address pass, with its scheme and host in lower case and no
// slash at its end.
func address(s string) (string, *fault) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", &fault{message: "is no web address", allowed: allowedAddress}
	case u.Scheme != "http" && u.Scheme != "https":
		f := &fault{message: "is no web address", allowed: allowedAddress}
		if v, err := url.Parse("https://" + s); err == nil && !strings.Contains(s, ":/") && strings.Contains(v.Hostname(), ".") && v.User == nil {
			f.nearest = "https://" + brief(s)
		}
		return "", f
	case u.Hostname() == "":
		return "", &fault{message: "names no host", allowed: allowedAddress}
	case u.User != nil:
		return "", &fault{message: "must not hold a user name or a password", allowed: allowedAddress}
	case u.RawQuery != "" || u.ForceQuery:
		return "", &fault{message: "holds a query (? and what follows)", allowed: allowedAddress}
	case u.Fragment != "" || strings.Contains(s, "#"):
		return "", &fault{message: "holds a fragment (# and what follows)", allowed: allowedAddress}
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// siteName lets the name of a Jira pass: an address in its usual form, or a word.
func siteName(s string) (string, *fault) {
	if a, f := address(s); f == nil {
		return a, nil
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r != '-' && r != '.' && !isWordRune(r) }) || s == "" {
		return "", &fault{message: "is no name of a Jira", allowed: "the address that it had, or a word of letters, digits, -, _ and ."}
	}
	return s, nil
}

// isLoopback reports whether an address leads to this machine itself.
func isLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// proxyAddress lets a proxy's address pass. It may hold a password.
func proxyAddress(s string) (string, *fault) {
	const allowed = "http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT"
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
		return "", &fault{message: "is no proxy's address", allowed: allowed}
	}
	return s, nil
}

// database lets the outbox's database pass. The address may hold a password.
func database(s string) (string, *fault) {
	if s == "sqlite" {
		return s, nil
	}
	f := &fault{message: "is no database that jirahook knows", allowed: "sqlite, or postgres://USER@HOST/NAME", nearest: nearest(s, []string{"sqlite"})}
	if !strings.HasPrefix(s, "postgres://") && !strings.HasPrefix(s, "postgresql://") {
		return "", f
	}
	if _, err := url.Parse(s); err != nil {
		return "", f // the error would repeat the password
	}
	return s, nil
}

// absolute lets a path pass that does not depend on the folder of the process: a
// hook runs in the repository.
func absolute(s string) (string, *fault) {
	if !filepath.IsAbs(s) {
		return "", &fault{message: "must be a whole path", allowed: "a path that begins with /"}
	}
	return filepath.Clean(s), nil
}

// secretPath is like absolute, and does not repeat what may be the secret itself.
func secretPath(s string) (string, *fault) {
	path, f := absolute(s)
	if f != nil {
		f.found, f.message = hidden, "must be the whole path of the file that holds the secret, never the secret itself"
	}
	return path, f
}

// variable lets the name of an environment variable pass, and does not repeat
// what may be the secret itself.
func variable(s string) (string, *fault) {
	if !isVariable(s) {
		return "", &fault{found: hidden, message: "must be the name of an environment variable, never the secret itself", allowed: "capital letters, digits and _"}
	}
	return s, nil
}

func isVariable(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == "" && (s[0] < '0' || s[0] > '9')
}

// userName is the name before the colon of HTTP's basic authentication.
func userName(s string) (string, *fault) {
	if strings.Contains(s, ":") {
		return "", &fault{message: "must not hold a colon"}
	}
	return s, nil
}

// authorGlob lets a glob for authors pass.
func authorGlob(s string) (string, *fault) {
	if strings.TrimSpace(strings.TrimPrefix(s, "!")) == "" {
		return "", &fault{message: "names nobody", allowed: "a name or an e-mail, with * for any text and ? for one character; ! before it takes out"}
	}
	return s, nil
}

func glob(s string) (string, *fault) {
	const allowed = "a branch's name, with * for any characters but /, ** for any path, ? for one character, [ab] or {one,two} for a choice"
	switch {
	case s == "":
		return "", &fault{message: "is empty", allowed: allowed}
	case strings.HasPrefix(s, "refs/heads/"):
		return "", &fault{message: "branches go by their short names", allowed: allowed, nearest: brief(strings.TrimPrefix(s, "refs/heads/"))}
	case !doublestar.ValidatePattern(s):
		return "", &fault{message: "is no pattern for branches: a bracket or brace has no end, or a backslash nothing behind it", allowed: allowed}
	}
	return s, nil
}

// template looks at the places of a link in which values are filled in.
func template(s string) (string, *fault) {
	names := []string{"{url}", "{project}", "{sha}", "{branch}", "{from}", "{to}", "{number}"}
	rest := s
	for {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest, '}')
		if rest[open] == '}' || end < 0 {
			return "", &fault{message: "has a brace that stands alone", allowed: allowedPlaces}
		}
		name := rest[open : end+1]
		if !slices.Contains(names, name) {
			return "", &fault{found: brief(name), message: "is nothing that a link can be filled with", allowed: allowedPlaces, nearest: nearest(name, names)}
		}
		rest = rest[end+1:]
	}
	if !strings.HasPrefix(s, "{url}") && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return "", &fault{message: "must begin with {url}, http:// or https://", allowed: allowedPlaces, nearest: brief("{url}/" + strings.TrimLeft(s, "/"))}
	}
	return s, nil
}

// target is where a transition leads.
func target(s string) (string, *fault) {
	kind, rest, found := strings.Cut(s, ":")
	switch {
	case strings.TrimSpace(s) == "":
		return "", &fault{message: "is empty", allowed: allowedTarget}
	case strings.Trim(s, "0123456789") == "":
		return "", &fault{message: "is no name", allowed: allowedTarget, nearest: "id:" + brief(s)}
	case found && strings.EqualFold(kind, "id") && (kind != "id" || rest == "" || strings.Trim(rest, "0123456789") != ""):
		return "", &fault{message: "is no transition's id", allowed: allowedTarget}
	}
	return s, category(s, allowedTarget)
}

// source is where a transition may begin.
func source(s string) (string, *fault) {
	const allowed = "a status name, category:done, category:indeterminate, or category:new"
	if strings.TrimSpace(s) == "" {
		return "", &fault{message: "is empty", allowed: allowed}
	}
	return s, category(s, allowed)
}

// category finds fault with "category:" before what is none.
func category(s, allowed string) *fault {
	categories := []string{"done", "indeterminate", "new"}
	kind, rest, found := strings.Cut(s, ":")
	if !found || !strings.EqualFold(kind, "category") || kind == "category" && slices.Contains(categories, rest) {
		return nil
	}
	f := &fault{message: "is no category of statuses", allowed: allowed}
	if near := nearest(strings.TrimSpace(rest), categories); near != "" {
		f.nearest = "category:" + near
	}
	return f
}

func email(s string) (string, *fault) {
	name, host, _ := strings.Cut(s, "@")
	if name == "" || host == "" || strings.ContainsAny(s, " \t<>,;") {
		return "", &fault{message: "is no e-mail address", allowed: "one address, without name and <>"}
	}
	return s, nil
}
