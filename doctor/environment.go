package doctor

import (
	"slices"
	"strings"
)

// environment says who and where we are.
func (e *examination) environment() []Finding {
	var all []Finding
	switch user := e.User; {
	case user.NotOwner != nil:
		all = append(all, Finding{Check: "user", Status: Problem, Says: user.NotOwner.Error(), Advice: adviceUser, means: Unreachable})
	case user.Became != "":
		all = append(all, Finding{Check: "user", Status: Fine, Says: "started as root; runs as " + user.Name + ", to whom " + user.Became + " belongs"})
	case user.ID == 0:
		all = append(all, Finding{Check: "user", Status: Warning, Says: "this runs as root, and root may do what the hook's account may not", Advice: adviceUser})
	default:
		all = append(all, Finding{Check: "user", Status: Fine, Says: "runs as " + user.Name})
	}
	if !e.options.AsHook {
		return all
	}
	var telling []string
	for _, name := range e.options.LeftOut {
		if matters(name) {
			telling = append(telling, name)
		}
	}
	if len(telling) > 0 {
		return append(all, Finding{Check: "environment", Status: Warning, Says: "a hook of Gitaly does not get " + strings.Join(telling, ", "), Advice: adviceEnvironment})
	}
	return append(all, Finding{Check: "environment", Status: Fine, Says: "as Gitaly gives it to a hook"})
}

// hookVariables are what Gitaly passes on from its own environment to hooks
// (internal/command/command.go of Gitaly 16.7), besides GIT_TRACE*.
func hookVariables() []string {
	return []string{
		"HOME", "PATH", "LD_LIBRARY_PATH", "TZ", "GIT_EXEC_PATH", "LANG",
		"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	}
}

// HookEnvironment is the environment as a hook would get it from Gitaly, and the
// names of what is left out.
func HookEnvironment(environ []string) (kept, leftOut []string) {
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
