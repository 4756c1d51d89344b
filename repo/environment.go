package repo

import (
	"os"
	"path/filepath"
	"strings"

	"jirahook/repo/odb"
)

// lookup gives the last value of a variable; git http-backend sets some twice.
func lookup(environ []string) func(string) string {
	return func(name string) string {
		value := ""
		for _, v := range environ {
			if rest, ok := strings.CutPrefix(v, name+"="); ok {
				value = rest
			}
		}
		return value
	}
}

// gitEnviron is the hook's environment as git's children need it. What names
// the new objects of pre-receive (GIT_OBJECT_DIRECTORY,
// GIT_ALTERNATE_OBJECT_DIRECTORIES, GIT_QUARANTINE_PATH), git's configuration
// and its programs (GIT_CONFIG_*, GIT_EXEC_PATH), replaced objects and a
// shallow push stays. With an empty dir git has to find the repository.
func gitEnviron(environ []string, dir string) []string {
	var kept []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if !misleads(name) {
			kept = append(kept, v)
		}
	}
	kept = append(kept,
		"LC_ALL=C",             // git's words are looked at
		"GIT_OPTIONAL_LOCKS=0", // nothing is written
		"GIT_NO_LAZY_FETCH=1",  // a hook does no network, git neither
		"GIT_TERMINAL_PROMPT=0",
		"GIT_FLUSH=0", // lines may come in blocks
	)
	if dir != "" {
		kept = append(kept, "GIT_DIR="+dir)
	}
	return kept
}

// misleads tells what must not reach git: a folder that is "." or another's
// working tree, and the empty GIT_AUTHOR_EMAIL of Gitea's own merges.
func misleads(name string) bool {
	switch name {
	case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
		"GIT_OPTIONAL_LOCKS", "GIT_NO_LAZY_FETCH", "GIT_TERMINAL_PROMPT", "GIT_FLUSH", "LC_ALL", "LANGUAGE":
		return true
	}
	return strings.HasPrefix(name, "GIT_AUTHOR_") || strings.HasPrefix(name, "GIT_COMMITTER_")
}

// filesEnviron says how the environment has the files of the repository read,
// or why only git is to read them. Git's system and user configuration is not
// looked at: what matters here belongs into the repository's own.
func filesEnviron(environ []string) (options odb.Options, onlyGit string) {
	env := lookup(environ)
	for _, name := range []string{"GIT_COMMON_DIR", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE"} {
		if env(name) != "" {
			onlyGit = name + " is set"
		}
	}
	options = odb.Options{
		ObjectDir:  env("GIT_OBJECT_DIRECTORY"),
		Alternates: env("GIT_ALTERNATE_OBJECT_DIRECTORIES"),
		Verify:     true,
	}
	for _, v := range environ {
		// core.commitGraph or commitGraph.generationVersion, by git -c or GIT_CONFIG_COUNT.
		if strings.HasPrefix(v, "GIT_CONFIG_") && strings.Contains(strings.ToLower(v), "commitgraph") {
			options.NoGraph = true
		}
	}
	return options, onlyGit
}

// findGit looks for git as a shell would, in the environment that was given:
// receive-pack puts its own git in front of PATH. Folders that are not absolute
// are passed by, so that no git of a repository is ever run.
func findGit(env func(string) string) (string, error) {
	path := env("PATH")
	if path == "" {
		path = "/usr/local/bin:/usr/bin:/bin"
	}
	for _, dir := range append(filepath.SplitList(path), env("GIT_EXEC_PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		program := filepath.Join(dir, "git")
		if info, err := os.Stat(program); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return program, nil
		}
	}
	return "", &Error{
		Fact:   "git is not found",
		Advice: "install git, or put its folder into the PATH of the Git server: it is " + oneLine(path),
	}
}
