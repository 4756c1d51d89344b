package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
)

// leftOutFlag tells the program that --as-hook starts which variables it does
// not have any more.
const leftOutFlag = "left-out"

// hookVariables are what Gitaly passes on from its own environment to hooks
// (internal/command/command.go of Gitaly 16.7), besides GIT_TRACE*.
func hookVariables() []string {
	return []string{
		"HOME", "PATH", "LD_LIBRARY_PATH", "TZ", "GIT_EXEC_PATH", "LANG",
		"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	}
}

// hookEnvironment is the environment as a hook would get it from Gitaly, and the
// names of what is left out.
func hookEnvironment(environ []string) (kept, leftOut []string) {
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if slices.Contains(hookVariables(), name) || strings.HasPrefix(name, "GIT_TRACE") {
			kept = append(kept, v)
		} else {
			leftOut = append(leftOut, name)
		}
	}
	return append(kept, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "XDG_CONFIG_HOME=/dev/null", "GIT_TERMINAL_PROMPT=0"), leftOut
}

// matters reports whether a hook without a variable may behave otherwise.
func matters(name string) bool {
	return strings.HasPrefix(name, "JIRAHOOK_") || name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR" || name == "GODEBUG"
}

// asHook begins the program anew: the certificates and the proxy that Go takes
// from the environment cannot be changed in a process that runs.
func (p *process) asHook() error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("--as-hook: %w", err)
	}
	kept, leftOut := hookEnvironment(p.environ)
	args := slices.DeleteFunc(slices.Clone(p.args), func(a string) bool { return a == "--as-hook" || a == "--as-hook=true" })
	args = append(args, "--"+leftOutFlag, strings.Join(slices.DeleteFunc(leftOut, func(n string) bool { return strings.ContainsAny(n, "\",\n") }), ","))
	return fmt.Errorf("--as-hook: %w", syscall.Exec(program, args, kept))
}
