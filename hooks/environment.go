package hooks

import (
	"path/filepath"
	"strconv"
	"strings"

	"jirahook/push"
)

// Server is the kind of Git server that runs the hook.
type Server string

const (
	Gitea    Server = "gitea" // and Forgejo
	GitLab   Server = "gitlab"
	Gitolite Server = "gitolite"
	HTTP     Server = "http" // git http-backend
	SSH      Server = "ssh"  // plain git over ssh
	Local    Server = "local"
)

// Environment is what the server tells a hook by its environment and folder.
type Environment struct {
	Server Server
	Dir    string // the repository's folder, absolute
	// ID and Path name the repository where the server does; else both are "".
	ID, Path string
	Pusher   push.Pusher
	Options  []string // push options, verbatim
	// Web: the push was made in the server's own pages; a person waits there
	// and nobody reads our words.
	Web bool
	// Leave says why this repository is none of ours: a wiki, a mirror's copy.
	Leave string
	// Request is the server's id of the request, for the log.
	Request string
}

// ReadEnvironment tells the servers apart by the variables that only they set.
// All is as captured from real servers: OpenSSH, git http-backend, gitolite
// 3.6, Gitea 1.26, Gitaly 16.7. dir is the current folder, where every server
// starts a hook inside the repository; PWD may say otherwise.
func ReadEnvironment(environ []string, dir string) Environment {
	env := lookup(environ)
	e := Environment{Dir: gitDir(env("GIT_DIR"), dir), Options: pushOptions(env)}
	switch {
	case env("GITEA_REPO_NAME") != "":
		e.gitea(env)
	case env("GL_REPOSITORY") != "" || env("GL_PROJECT_PATH") != "":
		e.gitlab(env)
	case env("GL_REPO") != "":
		e.gitolite(env)
	case env("GATEWAY_INTERFACE") != "":
		e.Server = HTTP
		e.Pusher.Name = env("REMOTE_USER")
	case env("SSH_CONNECTION") != "":
		// USER is the account that everybody shares: it says nothing.
		e.Server = SSH
	default:
		e.Server = Local
	}
	return e
}

func (e *Environment) gitea(env func(string) string) {
	e.Server = Gitea
	e.Path = env("GITEA_REPO_USER_NAME") + "/" + env("GITEA_REPO_NAME")
	e.ID = e.Path
	if id := env("GITEA_REPO_ID"); id != "" {
		e.ID = "gitea-" + id
	}
	e.Pusher = push.Pusher{Name: env("GITEA_PUSHER_NAME"), ID: env("GITEA_PUSHER_ID"), Email: env("GITEA_PUSHER_EMAIL")}
	e.Web = env("SSH_ORIGINAL_COMMAND") == "gitea-internal"
	if env("GITEA_REPO_IS_WIKI") == "true" {
		e.Leave = "a wiki"
	}
}

func (e *Environment) gitlab(env func(string) string) {
	e.Server = GitLab
	e.Path = env("GL_PROJECT_PATH")
	e.ID = env("GL_REPOSITORY")
	if e.ID == "" {
		e.ID = e.Path
	}
	e.Pusher = push.Pusher{Name: env("GL_USERNAME"), ID: env("GL_ID")}
	e.Web = env("GL_PROTOCOL") == "web"
	e.Request = env("CORRELATION_ID")
	// Global hooks also run for wiki-1, design-1 and snippet-1.
	if repository := env("GL_REPOSITORY"); repository != "" && !strings.HasPrefix(repository, "project-") {
		e.Leave = "not a project's repository: " + repository
	}
}

func (e *Environment) gitolite(env func(string) string) {
	e.Server = Gitolite
	e.Path = env("GL_REPO")
	e.ID = e.Path
	e.Pusher.Name = env("GL_USER")
	switch {
	case e.Path == "gitolite-admin":
		e.Leave = "gitolite's own configuration"
	case e.Pusher.Name == "":
		// A mirror's copy: the master has told Jira.
		e.Leave = "pushed by a mirror, without a user"
	}
}

// Skip reports whether the pusher asked to leave Jira alone: git push -o jira.skip.
func (e Environment) Skip() bool {
	for _, o := range e.Options {
		if o == "jira.skip" {
			return true
		}
	}
	return false
}

// lookup gives the last value of a variable; http-backend sets some twice.
func lookup(environ []string) func(string) string {
	values := make(map[string]string, len(environ))
	for _, v := range environ {
		if name, value, ok := strings.Cut(v, "="); ok {
			values[name] = value
		}
	}
	return func(name string) string { return values[name] }
}

// gitDir makes GIT_DIR absolute; it is "." nearly everywhere.
func gitDir(value, dir string) string {
	switch {
	case value == "":
		return dir
	case filepath.IsAbs(value):
		return filepath.Clean(value)
	}
	return filepath.Join(dir, value)
}

// pushOptions reads GIT_PUSH_OPTION_COUNT and its values (githooks(5)).
func pushOptions(env func(string) string) []string {
	n, err := strconv.Atoi(env("GIT_PUSH_OPTION_COUNT"))
	if err != nil {
		return nil
	}
	var options []string
	for i := 0; i < n && i < 1000; i++ {
		options = append(options, env("GIT_PUSH_OPTION_"+strconv.Itoa(i)))
	}
	return options
}
