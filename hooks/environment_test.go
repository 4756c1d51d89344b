package hooks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

// The environments below testdata were captured on real servers.
func TestReadEnvironmentOfRealServers(t *testing.T) {
	ann := push.Pusher{Name: "ann"}
	giteaAnn := push.Pusher{Name: "ann", ID: "1", Email: "ann@example.com"}
	gitlabAnn := push.Pusher{Name: "ann", ID: "user-7"}
	options := []string{"jira.skip", "worklog=2h 30m", `comment=grün "q" $x`}
	tests := map[string]Environment{
		"ssh-bare/01-first-push":               {Server: SSH},
		"ssh-bare/10-push-options":             {Server: SSH, Options: options},
		"ssh-bare/pre-receive-01-first-push":   {Server: SSH},
		"ssh-bare-sha256/01-first-push":        {Server: SSH},
		"ssh-bare-reftable/01-first-push":      {Server: SSH},
		"http-nginx/01-first-push":             {Server: HTTP, Pusher: ann},
		"http-nginx/10-push-options":           {Server: HTTP, Pusher: ann, Options: options},
		"gitolite-common/01-first-push":        {Server: Gitolite, ID: "team/app", Path: "team/app", Pusher: ann},
		"gitolite-common/10-push-options":      {Server: Gitolite, ID: "team/app", Path: "team/app", Pusher: ann, Options: options},
		"gitolite-repo-specific/01-first-push": {Server: Gitolite, ID: "team/app", Path: "team/app", Pusher: ann},
		"gitea-http/01-first-push":             {Server: Gitea, ID: "gitea-1", Path: "team/app", Pusher: giteaAnn},
		"gitea-http/10-push-options":           {Server: Gitea, ID: "gitea-1", Path: "team/app", Pusher: giteaAnn, Options: options},
		"gitea-http/w1-ssh-push":               {Server: Gitea, ID: "gitea-1", Path: "team/app", Pusher: giteaAnn},
		"gitea-http/w5-merge-pr":               {Server: Gitea, ID: "gitea-1", Path: "team/app", Web: true, Pusher: giteaAnn},
		"gitaly-global/01-first-push":          {Server: GitLab, ID: "project-1", Path: "team/app", Pusher: gitlabAnn},
		"gitaly-repo/10-push-options":          {Server: GitLab, ID: "project-1", Path: "team/app", Pusher: gitlabAnn, Options: options},
		"gitaly-sha256/01-first-push":          {Server: GitLab, ID: "project-1", Path: "team/app", Pusher: gitlabAnn},
		"gitaly-global/w1-web-edit-main":       {Server: GitLab, ID: "project-1", Path: "team/app", Web: true, Pusher: gitlabAnn},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			environ, process := capture(t, name)
			got := ReadEnvironment(environ, process["cwd"])
			if got.Dir != process["absolute_git_dir"] {
				t.Errorf("folder %q, want %q", got.Dir, process["absolute_git_dir"])
			}
			got.Dir, got.Request = "", ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func capture(t *testing.T, name string) (environ []string, process map[string]string) {
	t.Helper()
	dir := filepath.Join("testdata", "environments", name)
	lines := func(file string) []string {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	}
	process = map[string]string{}
	for _, l := range lines("process.txt") {
		k, v, _ := strings.Cut(l, "=")
		process[k] = v
	}
	return lines("env.txt"), process
}

func TestEnvironmentsThatAreNoneOfOurs(t *testing.T) {
	tests := map[string][]string{
		"GitLab wiki":     {"GL_REPOSITORY=wiki-1", "GL_PROJECT_PATH=team/app", "GL_USERNAME=ann"},
		"GitLab design":   {"GL_REPOSITORY=design-1", "GL_PROJECT_PATH=team/app"},
		"GitLab snippet":  {"GL_REPOSITORY=snippet-9", "GL_PROJECT_PATH=snippets/9"},
		"Gitea wiki":      {"GITEA_REPO_NAME=app.wiki", "GITEA_REPO_USER_NAME=team", "GITEA_REPO_IS_WIKI=true"},
		"gitolite admin":  {"GL_REPO=gitolite-admin", "GL_USER=ann"},
		"gitolite mirror": {"GL_REPO=team/app"},
	}
	for name, environ := range tests {
		if e := ReadEnvironment(environ, "/srv/x.git"); e.Leave == "" {
			t.Errorf("%s: is not left alone", name)
		}
	}
	deployKey := ReadEnvironment([]string{"GL_REPOSITORY=project-3", "GL_PROJECT_PATH=a/b", "GL_ID=key-4", "GL_USERNAME="}, "/srv/x.git")
	if deployKey.Leave != "" || deployKey.Pusher.ID != "key-4" {
		t.Errorf("a deploy key's push: %+v", deployKey)
	}
}

// What the captured environments do not show: variables that are not all set.
func TestEnvironmentsInPart(t *testing.T) {
	for name, tt := range map[string]struct {
		environ string
		want    Environment
	}{
		"no server":               {"HOME=/root", Environment{Server: Local, Dir: "/srv/x.git"}},
		"an older GitLab":         {"GL_PROJECT_PATH=team/app", Environment{Server: GitLab, Dir: "/srv/x.git", ID: "team/app", Path: "team/app"}},
		"GitLab without a path":   {"GL_REPOSITORY=project-1", Environment{Server: GitLab, Dir: "/srv/x.git", ID: "project-1"}},
		"an older Gitea":          {"GITEA_REPO_NAME=app GITEA_REPO_USER_NAME=team", Environment{Server: Gitea, Dir: "/srv/x.git", ID: "team/app", Path: "team/app"}},
		"both of Gitea's":         {"GITEA_REPO_NAME=app GITEA_REPO_USER_NAME=team GL_REPO=x", Environment{Server: Gitea, Dir: "/srv/x.git", ID: "team/app", Path: "team/app"}},
		"the last value counts":   {"GATEWAY_INTERFACE=CGI/1.1 REMOTE_USER=x REMOTE_USER=ann", Environment{Server: HTTP, Dir: "/srv/x.git", Pusher: push.Pusher{Name: "ann"}}},
		"a request of GitLab's":   {"GL_REPOSITORY=project-1 CORRELATION_ID=01A", Environment{Server: GitLab, Dir: "/srv/x.git", ID: "project-1", Request: "01A"}},
		"a folder below":          {"GIT_DIR=.git", Environment{Server: Local, Dir: "/srv/x.git/.git"}},
		"a folder elsewhere":      {"GIT_DIR=/srv/./y.git", Environment{Server: Local, Dir: "/srv/y.git"}},
		"fewer options than told": {"GIT_PUSH_OPTION_COUNT=2 GIT_PUSH_OPTION_0=a", Environment{Server: Local, Dir: "/srv/x.git", Options: []string{"a", ""}}},
		"options below nothing":   {"GIT_PUSH_OPTION_COUNT=-1 GIT_PUSH_OPTION_0=a", Environment{Server: Local, Dir: "/srv/x.git"}},
	} {
		if diff := cmp.Diff(tt.want, ReadEnvironment(strings.Fields(tt.environ), "/srv/x.git")); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	for n, want := range map[string]int{"1000": 1000, "1001": 1000, "99999999": 1000} {
		if got := len(ReadEnvironment([]string{"GIT_PUSH_OPTION_COUNT=" + n}, "/srv/x.git").Options); got != want {
			t.Errorf("%d of %s options", got, n)
		}
	}
}

func TestSkip(t *testing.T) {
	with := ReadEnvironment([]string{"GIT_PUSH_OPTION_COUNT=2", "GIT_PUSH_OPTION_0=ci.skip", "GIT_PUSH_OPTION_1=jira.skip"}, "/r")
	without := ReadEnvironment([]string{"GIT_PUSH_OPTION_COUNT=1", "GIT_PUSH_OPTION_0=jira.skipper"}, "/r")
	if !with.Skip() || without.Skip() {
		t.Errorf("skip: with %v, without %v", with.Skip(), without.Skip())
	}
}
