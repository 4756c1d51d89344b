package install

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whatever the program and its configuration are called, our scripts are known
// as ours and say what they run; whatever else lies there, is read without harm.
func FuzzScript(f *testing.F) {
	f.Add("/usr/local/bin/jirahook", "", "#!/bin/sh\nexec /usr/local/bin/jirahook post-receive\n")
	f.Add("/opt/it's here/jirahook", "/etc/a b/config.yaml", "#!/bin/sh\n"+marker+"\n")
	f.Add("/opt/$(reboot)/`x`", "/etc/\"quoted\"", foldersLine)
	f.Fuzz(func(t *testing.T, program, config, other string) {
		file := File{Kind: Regular, Content: []byte(other)}
		_, _, _ = file.role(), file.Program(), file.record()
		if !filepath.IsAbs(program) || strings.ContainsAny(program, "\n\x00") || strings.ContainsAny(config, "\n\x00") {
			return
		}
		s := Script{Program: program, Config: config}
		stub, dispatcher := regular(string(s.stub(3)), 0o755), regular(string(s.dispatcher()), 0o755)
		if stub.role() != ours || stub.record().Folders != 3 || stub.Program() != program {
			t.Errorf("role %d, folders %d, program %q of\n%s", stub.role(), stub.record().Folders, stub.Program(), stub.Content)
		}
		for _, text := range [][]byte{s.stub(3), s.dispatcher(), s.hook(record{Folders: 1, Chained: true, Scope: GlobalScope, Made: true, Before: "/o'ther"})} {
			file := regular(string(text), 0o755)
			if file.edited() || !bytes.Equal(s.hook(file.record()), text) {
				t.Errorf("edited, or it remembers something else: %+v\n%s", file.record(), text)
			}
			for _, at := range []int{len(text), bytes.Index(text, []byte("[ -x")), bytes.Index(text, []byte(sumLine))} {
				if file.Content = slices.Insert(slices.Clone(text), at, '#'); file.role() != foreign && !file.edited() {
					t.Errorf("not edited:\n%s", file.Content)
				}
			}
		}
		if dispatcher.role() != dispatches || dispatcher.Program() != program {
			t.Errorf("role %d, program %q of\n%s", dispatcher.role(), dispatcher.Program(), dispatcher.Content)
		}
	})
}

// The shell takes the names as they are.
func TestScriptIsShell(t *testing.T) {
	s := Script{Program: "/nowhere/it's $(echo gone) `x` \\n", Config: "/etc/\\ \"b\""}
	for _, text := range [][]byte{s.stub(0), s.dispatcher()} {
		cmd := exec.Command("sh", "-c", string(text))
		cmd.Stdin = strings.NewReader("line\n")
		out, err := cmd.CombinedOutput()
		if want := "jirahook: " + s.Program + " cannot be run: Jira is not told\n"; err != nil || string(out) != want {
			t.Errorf("%v: %s", err, out)
		}
	}
}
