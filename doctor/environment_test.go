package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Nothing stays that no captured environment of a Gitaly hook has, but for what
// Gitaly passes on when it is set.
func TestHookEnvironment(t *testing.T) {
	captures, err := filepath.Glob("../hooks/testdata/environments/gitaly*/*/env.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(captures) == 0 {
		captures, _ = filepath.Glob("../hooks/testdata/environments/gitaly*")
	}
	if len(captures) == 0 {
		t.Fatal("there is no capture")
	}
	text, err := os.ReadFile(captures[0])
	if err != nil {
		t.Fatal(err)
	}
	kept, leftOut := HookEnvironment([]string{
		"HOME=/root", "PATH=/bin", "LANG=C", "TZ=UTC", "USER=root", "JIRAHOOK_CONFIG=/x", "SSL_CERT_FILE=/y", "https_proxy=http://p", "GIT_TRACE2=1", "LD_LIBRARY_PATH=/l", "GIT_CONFIG_GLOBAL=/z",
	})
	for _, v := range kept {
		name, _, _ := strings.Cut(v, "=")
		passed := slices.Contains([]string{"https_proxy", "GIT_TRACE2", "LD_LIBRARY_PATH"}, name)
		if !passed && !strings.Contains("\n"+string(text), "\n"+name+"=") {
			t.Errorf("%s stays, and is not in %s", name, captures[0])
		}
	}
	if want := []string{"USER", "JIRAHOOK_CONFIG", "SSL_CERT_FILE", "GIT_CONFIG_GLOBAL"}; !slices.Equal(leftOut, want) {
		t.Errorf("left out: %v, want %v", leftOut, want)
	}
}
