package main

import (
	"strings"
	"testing"
)

func TestLineSetIsTheSortedOutput(t *testing.T) {
	read := func(text string) lineSet {
		t.Helper()
		set, err := readLineSet(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	long := strings.Repeat("x", 200_000)
	buffer := strings.Repeat("y", 1<<16) // one that fills the reader's buffer and has no end
	for _, same := range [][2]string{
		{"", ""},
		{"a\nb\nc\n", "c\na\nb\n"},
		{"a\n\na\n", "\na\na\n"},
		{"a\n" + long + "\n", long + "\na\n"},
	} {
		if read(same[0]) != read(same[1]) {
			t.Errorf("%.20q and %.20q differ", same[0], same[1])
		}
	}
	for _, different := range [][2]string{
		{"", "\n"},
		{"a\n", "a"},
		{"a\n", "a\na\n"},
		{"a\nb\n", "ab\n"},
		{"a\na\nb\n", "a\nb\nb\n"},
		{long + "\n", long + "x\n"},
		{"", buffer},
	} {
		if read(different[0]) == read(different[1]) {
			t.Errorf("%.20q and %.20q are taken for the same", different[0], different[1])
		}
	}
	if got := read("a\n" + buffer).count; got != 2 {
		t.Errorf("%d lines, not 2", got)
	}
}
