package install

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The shape that GitLab's packages write.
const gitalyToml = `
bin_dir = "/opt/gitlab/embedded/bin"
[hooks]
custom_hooks_dir = "/var/opt/gitlab/gitaly/custom_hooks"
[[storage]]
name = "default"
path = "STORAGE"
[gitlab]
url = "http+unix://%2Fvar%2Fopt%2Fgitlab"
`

func TestGitalySetKeepsOtherHooks(t *testing.T) {
	root := t.TempDir()
	repo := filepath.Join(root, "@hashed/6b/86/x.git")
	file := filepath.Join(root, "config.toml")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(repo, "custom_hooks/pre-receive.d"), 0o755))
	must(os.WriteFile(filepath.Join(repo, "custom_hooks/pre-receive.d/10-size"), []byte("size"), 0o700))
	must(os.Symlink("/opt/mail", filepath.Join(repo, "custom_hooks/post-receive")))
	must(os.WriteFile(file, bytes.ReplaceAll([]byte(gitalyToml), []byte("STORAGE"), []byte(root)), 0o600))

	cfg, found, err := readGitaly([]string{filepath.Join(root, "none"), file})
	if err != nil || !found || cfg.Hooks.Dir != "/var/opt/gitlab/gitaly/custom_hooks" {
		t.Fatal(cfg, found, err)
	}
	g, ok := cfg.repository("gitaly", repo)
	if !ok {
		t.Fatal("the repository is in no storage")
	}
	f, err := look(t.Context(), Target{Server: GitLabRepo, Hook: filepath.Join(repo, gitalyHook), Shared: true, Gitaly: g})
	must(err)
	p, err := Install([]Found{f}, script, true)
	must(err)
	if diff := cmp.Diff([]string{"run gitaly hooks set --storage default --repository @hashed/6b/86/x.git --config " + file}, steps(p)); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	want := map[string]string{
		"custom_hooks/": "", "custom_hooks/pre-receive.d/": "", "custom_hooks/post-receive.d/": "",
		"custom_hooks/pre-receive.d/10-size": "0700 size", "custom_hooks/post-receive": "-> /opt/mail",
		gitalyHook: "0755 " + string(script.stub(1)),
	}
	if diff := cmp.Diff(want, untar(t, p.Changes[0].Command.Stdin)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	must(os.MkdirAll(filepath.Dir(f.Hook), 0o755))
	must(os.WriteFile(f.Hook, script.stub(1), 0o755))
	f, err = look(t.Context(), f.Target)
	must(err)
	away := Uninstall([]Found{f})
	delete(want, gitalyHook)
	delete(want, "custom_hooks/post-receive.d/")
	if diff := cmp.Diff(want, untar(t, away.Changes[0].Command.Stdin)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	must(os.RemoveAll(filepath.Join(repo, "custom_hooks/pre-receive.d")))
	must(os.Remove(filepath.Join(repo, "custom_hooks/post-receive")))
	if f, err = look(t.Context(), f.Target); err != nil || len(Uninstall([]Found{f}).Changes[0].Command.Stdin) > 0 {
		t.Error("without other hooks Gitaly wants no archive at all", err)
	}
}

func untar(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		switch h.Typeflag {
		case tar.TypeDir:
			files[h.Name] = ""
		case tar.TypeSymlink:
			files[h.Name] = "-> " + h.Linkname
		default:
			files[h.Name] = "0" + string("01234567"[h.Mode>>6&7]) + string("01234567"[h.Mode>>3&7]) + string("01234567"[h.Mode&7]) + " " + string(content)
		}
	}
}
