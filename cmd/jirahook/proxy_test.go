package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
)

func TestProxies(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		to      string
		want    string
	}{
		{"none", nil, "http://jira.example.com", ""},
		{"http", []string{"HTTP_PROXY=http://a:1"}, "http://jira.example.com", "http://a:1"},
		{"small letters count", []string{"HTTP_PROXY=http://a:1", "http_proxy=http://b:2"}, "http://jira.example.com", "http://b:2"},
		{"the last one counts", []string{"HTTPS_PROXY=http://a:1", "HTTPS_PROXY=http://b:2"}, "https://jira.example.com", "http://b:2"},
		{"of the other kind", []string{"HTTP_PROXY=http://a:1"}, "https://jira.example.com", ""},
		{"exempted", []string{"https_proxy=http://a:1", "no_proxy=.example.com"}, "https://jira.example.com", ""},
		{"loopback", []string{"https_proxy=http://a:1"}, "https://127.0.0.1", ""},
		{"no address", []string{"https_proxy=::::"}, "https://jira.example.com", ""},
		{"a header of a web server's client", []string{"REQUEST_METHOD=POST", "HTTP_PROXY=http://evil:1"}, "http://jira.example.com", ""},
		{"and the admin's", []string{"REQUEST_METHOD=POST", "HTTP_PROXY=http://evil:1", "http_proxy=http://b:2"}, "http://jira.example.com", "http://b:2"},
		{"for https", []string{"REQUEST_METHOD=POST", "HTTP_PROXY=http://evil:1", "HTTPS_PROXY=http://b:2"}, "https://jira.example.com", "http://b:2"},
		{"an empty method", []string{"REQUEST_METHOD=", "HTTP_PROXY=http://a:1"}, "http://jira.example.com", "http://a:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := process{environ: tt.environ}
			u, err := url.Parse(tt.to)
			must(t, err)
			proxy, err := p.proxies()(&http.Request{URL: u})
			got := ""
			if proxy != nil {
				got = proxy.String()
			}
			if err != nil || got != tt.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// A hook whose environment names a proxy that does not work, by a pusher's header
// or not, keeps nobody else from the site.
func TestProxyOfTheEnvironment(t *testing.T) {
	fake := jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10})
	fake.AddProject("SHOP", jiratest.SimpleWorkflow())
	fake.AddIssue("SHOP-1", "Cart total is wrong")
	forwards := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "jira.invalid" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	defer forwards.Close()

	dir := t.TempDir()
	_, _, token := fake.Credentials()
	must(t, os.WriteFile(dir+"/token", []byte(token), 0o600))
	config := dir + "/config.yaml"
	must(t, os.WriteFile(config, []byte("version: 1\njira: {url: \"http://jira.invalid\", auth: {type: token, secret_file: "+dir+"/token}}\noutbox: {dir: "+dir+"/outbox}\nprojects: [SHOP]\n"), 0o600))
	repo := filepath.Join(dir, "app.git")
	script := `git init -q --bare -b main "$1" && cd "$1" && git commit-tree -m "SHOP-1 first" $(git hash-object -w -t tree /dev/null)`
	cmd := exec.Command("sh", "-c", script, "sh", repo)
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	out, err := cmd.Output()
	must(t, err)
	tip := strings.TrimSpace(string(out))
	must(t, exec.Command("git", "-C", repo, "update-ref", "refs/heads/main", tip).Run())

	run := func(environ []string, stdin string, args ...string) (string, int) {
		t.Helper()
		var said bytes.Buffer
		p := process{args: append([]string{"jirahook", "--config", config}, args...), environ: append([]string{"PATH=" + os.Getenv("PATH"), "GIT_DIR=."}, environ...),
			dir: repo, stdin: strings.NewReader(stdin), stdout: &said, stderr: &said, now: time.Now}
		code := p.run(context.Background())
		return said.String(), code
	}
	const nowhere = "http://127.0.0.1:1"
	said, _ := run([]string{"http_proxy=" + nowhere}, strings.Repeat("0", 40)+" "+tip+" refs/heads/main\n", "post-receive")
	if !strings.Contains(said, "SHOP-1   queued: Jira does not answer; it will be told later") {
		t.Errorf("the pusher reads %q", said)
	}
	said, code := run([]string{"http_proxy=" + nowhere}, "", "queue", "list")
	if code != 0 || !strings.Contains(said, "the proxy cannot be reached") || strings.Contains(said, "paused") {
		t.Errorf("queue list: %d: %s", code, said)
	}
	said, code = run([]string{"http_proxy=http://127.0.0.1:2"}, "", "deliver")
	if code != exitUnreachable || !strings.Contains(said, "Jira is not reached from here: ") || !strings.Contains(said, "look at the proxy in this process's environment") {
		t.Errorf("deliver by another that is not there: %d: %s", code, said)
	}
	// As in the hook of a web server, from a request with a header "Proxy:".
	said, code = run([]string{"REQUEST_METHOD=POST", "HTTP_PROXY=" + nowhere, "http_proxy=" + forwards.URL}, "", "deliver")
	if code != 0 || !strings.Contains(said, "sent 1, refused 0") {
		t.Errorf("deliver by one that works: %d: %s", code, said)
	}
	if n := len(fake.Issue("SHOP-1").Comments); n != 1 {
		t.Errorf("%d comments", n)
	}
}
