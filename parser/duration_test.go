package parser

import "testing"

func TestDurationJira(t *testing.T) {
	tests := []struct {
		d    Duration
		want string
	}{
		{Duration{}, ""},
		{Duration{W: 1, D: 2, H: 4, M: 30}, "1w 2d 4h 30m"},
		{Duration{H: 1.5}, "1h 30m"},
		{Duration{M: 90}, "1h 30m"},
		{Duration{H: 36}, "36h"},
		{Duration{D: 7}, "7d"},
		{Duration{W: 1.5}, "1w 2d 4h"},
		{Duration{W: 0.2}, "1d"},
		{Duration{W: 1.2}, "1w 1d"},
		{Duration{D: 1.5}, "1d 4h"},
		{Duration{D: 0.25}, "2h"},
		{Duration{D: 1.25, H: 0.5}, "1d 2h 30m"},
		{Duration{D: 0.95, H: 0.9}, "8h 30m"}, // a day's fraction makes no day
		{Duration{W: 0.5, D: 0.75}, "2d 10h"},
		{Duration{H: 0.1 + 0.2}, "18m"},
		{Duration{H: 1.005}, "1h"},
		{Duration{M: 0.4}, ""},
		{Duration{M: 0.5}, "1m"},
		{Duration{H: 0.999}, "1h"},
		{Duration{W: 999999999}, "999999999w"},
	}
	for _, test := range tests {
		if got := test.d.Jira(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.d, got, test.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		argument, spec, rest string
		d                    Duration
	}{
		{"1h", "1h", "", Duration{H: 1}},
		{"1h 30m text", "1h 30m", "text", Duration{H: 1, M: 30}},
		{"1h30m text", "1h 30m", "text", Duration{H: 1, M: 30}},
		{"1h\t30m", "1h 30m", "", Duration{H: 1, M: 30}},
		{"1h 1h", "1h 1h", "", Duration{H: 2}},
		{"0.5d 1h", "0.5d 1h", "", Duration{D: 0.5, H: 1}},
		{"1h 30 files", "1h", "30 files", Duration{H: 1}},
		{"1h 2hours", "1h", "2hours", Duration{H: 1}},
		{"1h, text", "1h", "text", Duration{H: 1}},
		{"1h.", "1h", "", Duration{H: 1}},
		{"2h, 30m) text", "2h 30m", "text", Duration{H: 2, M: 30}},
		{"0h", "0h", "", Duration{}},
		{"999999999h", "999999999h", "", Duration{H: 999999999}},
	}
	for _, test := range tests {
		d, spec, rest, ok := parseDuration(test.argument)
		if !ok || d != test.d || spec != test.spec || rest != test.rest {
			t.Errorf("%q: %+v, %q, %q, %v", test.argument, d, spec, rest, ok)
		}
	}
	for _, argument := range []string{
		"", "text", "90", "2H", "2hours", "-1h", "1h30", "1h30x", "1h,text", ".5h", "1.h", "1,5h", "1 h", "h", "1.5.5h", "1000000000h", "١h",
	} {
		if d, spec, rest, ok := parseDuration(argument); ok {
			t.Errorf("%q: %+v, %q, %q", argument, d, spec, rest)
		}
	}
}
