package parser

import "testing"

func TestSubjectAndClass(t *testing.T) {
	tests := []struct {
		text, subject string
		class         Class
	}{
		{"", "", Ordinary},
		{"\n \n  A subject \r\n\nbody", "A subject", Ordinary},
		{"Revert \"AB-1 #done\"\n\nThis reverts commit 0123456.", "Revert \"AB-1 #done\"", Revert},
		{"Reapply \"x\"", "Reapply \"x\"", Revert},
		{"revert: let it be", "revert: let it be", Revert},
		{"Back it out\n\nThis reverts commit 0123456.", "Back it out", Ordinary},
		{"Back it out\n\nThis reverts merge request g/p!1", "Back it out", Ordinary},
		{"revert(cart)!: let it be", "revert(cart)!: let it be", Revert},
		{"Revert AB-1 by hand", "Revert AB-1 by hand", Ordinary},
		{"fixup! AB-1", "fixup! AB-1", Autosquash},
		{"squash! AB-1", "squash! AB-1", Autosquash},
		{"amend! AB-1", "amend! AB-1", Autosquash},
		{"fixup! Revert \"x\"", "fixup! Revert \"x\"", Autosquash},
		{"about fixup! commits", "about fixup! commits", Ordinary},
	}
	p := mustNew(t, Options{})
	for _, test := range tests {
		m := p.Message(test.text)
		if m.Subject != test.subject || m.Class != test.class {
			t.Errorf("%q: subject %q, class %v", test.text, m.Subject, m.Class)
		}
	}
}
