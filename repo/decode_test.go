package repo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const commitStart = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"

func TestDecodeEncodings(t *testing.T) {
	t.Parallel()
	jis, err := japanese.ISO2022JP.NewEncoder().String("A-1 日本語")
	if err != nil {
		t.Fatal(err)
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("A-1 购物车")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ encoding, message, want string }{
		{"", "A-1 Gr\xc3\xbcn", "A-1 Grün"},
		{"", "A-1 \x84Gr\xfcn\x93 \x80 5", "A-1 „Grün“ € 5"}, // Windows-1252
		{"", "A-1 Gr\xc3\xbcn Gr\xfcn", "A-1 Grün Grün"},     // a bit of both
		{"", "A-1 \x81\x8d\x8f\x90\x9d|", "A-1 \uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|"},
		{"", "A-1 \xc3", "A-1 Ã"},
		{"", "A-1 \xed\xa0\x80", "A-1 í\u00A0€"}, // half a pair is no UTF-8
		{"UTF-8", "A-1 \xff", "A-1 \uFFFD"},
		{"utf8", "A-1 Gr\xc3\xbcn", "A-1 Grün"},
		{"ISO-8859-1", "A-1 \xe9\xe8", "A-1 éè"},
		{"latin1", "A-1 \xe9", "A-1 é"},
		{"iso8859-15", "A-1 \xa4", "A-1 €"},
		{"CP1251", "A-1 \xef\xf0", "A-1 пр"},
		{"KOI8-R", "A-1 \xd0\xd2", "A-1 пр"},
		{"IBM850", "A-1 \x82", "A-1 é"},
		{"ISO-2022-JP", jis, "A-1 日本語"},
		{"GBK", gbk, "A-1 购物车"},
		{"CP1251", "A-1 \xd0\xbf\xd1\x80", "A-1 пр"}, // it is UTF-8
		{"ISO-2022-KR", "A-1 ok", "A-1 ok"},          // browsers refuse it
		{"none at all", "A-1 \xe9", "A-1 \uFFFD"},
		{"\x00\xff", "A-1", "A-1"},
	} {
		in := commitStart + "author A <a> 1 +0000\ncommitter C <c> 1 +0000\n"
		if tt.encoding != "" {
			in += "encoding " + tt.encoding + "\n"
		}
		in += "\n" + tt.message
		c, err := decodeCommit(strings.NewReader(in), MessageLimit)
		if err != nil || c.Message != tt.want || c.Cut {
			t.Errorf("%s: message %q, want %q, cut %v, error %v", tt.encoding, c.Message, tt.want, c.Cut, err)
		}
	}
}

func TestDecodePeople(t *testing.T) {
	t.Parallel()
	at := func(seconds int64, zone int) time.Time { return time.Unix(seconds, 0).In(time.FixedZone("", zone)) }
	for _, tt := range []struct {
		line, name, email string
		when              time.Time
	}{
		{"Ann Example <ann@example.com> 1700000000 +0200", "Ann Example", "ann@example.com", at(1700000000, 7200)},
		{"Ann <ann@example.com> 1700000000 -0330", "Ann", "ann@example.com", at(1700000000, -12600)},
		{"Ann <ann@example.com> 1700000000", "Ann", "ann@example.com", at(1700000000, 0)},
		{"Ann <ann@example.com>", "Ann", "ann@example.com", at(0, 0)},
		{"<> 1 +0000", "", "", at(1, 0)},
		{"A <B> C <x@y> 5 +0100", "A", "B", at(5, 3600)},
		{"Ann <a> <b>> 5 +0100", "Ann", "a", at(5, 3600)},
		{"Ann <ann@example.com", "Ann", "", at(0, 0)},
		{"Ann", "Ann", "", at(0, 0)},
		{"", "", "", at(0, 0)},
		{"Ann <a> -5 +0100", "Ann", "a", at(0, 0)},
		{"Ann <a> 99999999999999999999 +0100", "Ann", "a", at(0, 0)},
		{"Ann <a> 253402300800 +0000", "Ann", "a", at(0, 0)},
		{"Ann <a> 5 +51800", "Ann", "a", at(5, 0)},
		{"Ann <a> 5 +2359", "Ann", "a", at(5, 86340)},
		{"Ann <a> 5 nonsense", "Ann", "a", at(5, 0)},
		{"A\x00n <a\x00> 5 +0000", "A\uFFFDn", "a\uFFFD", at(5, 0)},
		{"J\xfcrgen Wei\xdf <j\xfcrgen@example.com> 5 +0000", "Jürgen Weiß", "jürgen@example.com", at(5, 0)},
		{strings.Repeat("x", 10000) + " <a> 5 +0000", strings.Repeat("x", maxName), "", at(0, 0)},
		{"x" + strings.Repeat("é", 1000) + " <" + strings.Repeat("é", 200) + "> 5 +0000", "x" + strings.Repeat("é", maxName/2-1), strings.Repeat("é", maxName/2), at(5, 0)},
	} {
		c, err := decodeCommit(strings.NewReader(commitStart+"author "+tt.line+"\ncommitter C <c> 9 +0000\n\nm"), MessageLimit)
		if err != nil {
			t.Fatal(err)
		}
		if a := c.Author; a.Name != tt.name || a.Email != tt.email || !a.When.Equal(tt.when) || a.When.Format(time.RFC3339) != tt.when.Format(time.RFC3339) {
			t.Errorf("%.80q: got %.80q %q %s, want %s", tt.line, a.Name, a.Email, a.When, tt.when)
		}
		if c.Committer.Name != "C" || c.Message != "m" {
			t.Errorf("%.80q: what follows was read as %+v", tt.line, c)
		}
	}
}

func TestDecodeOddCommits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, message string }{
		{"nothing", "", ""},
		{"no message", "tree x\n", ""},
		{"no header", "\nmessage", "message"},
		{"no blank line", "tree x\nauthor a <b> 1 +0000", ""},
		{"blank lines first", "tree x\n\n\n\nA-1\n", "\n\nA-1\n"},
		{"a long signature", "tree x\ngpgsig " + strings.Repeat("y", 100000) + "\n author z\n\nA-1", "A-1"},
		{"many lines of one", "tree x\ngpgsig a\n" + strings.Repeat(" y\n", 100000) + "\nA-1", "A-1"},
	} {
		c, err := decodeCommit(strings.NewReader(tt.in), MessageLimit)
		if err != nil || c.Message != tt.message {
			t.Errorf("%s: %q, error %v", tt.name, c.Message, err)
		}
	}
	if _, err := decodeCommit(iotest.TimeoutReader(strings.NewReader(commitStart+"author")), 10); err == nil {
		t.Error("a read that failed was taken for an end")
	}
}

// A message is cut in whole characters, and no more than needed is read of it.
func TestDecodeCuts(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]string{0: "", 1: "a", 2: "a", 3: "aé", 4: "aé", 5: "aé", 6: "aé€", 7: "aé€b"} {
		c, err := decodeCommit(strings.NewReader("\naé€b"), limit)
		if err != nil || c.Message != want || c.Cut != (limit < 7) {
			t.Errorf("limit %d: %q, cut %v, error %v", limit, c.Message, c.Cut, err)
		}
	}
	// Latin-1 grows when it becomes UTF-8.
	c, err := decodeCommit(strings.NewReader("encoding latin1\n\n"+strings.Repeat("\xe9", 10)), 13)
	if err != nil || c.Message != strings.Repeat("é", 6) || !c.Cut {
		t.Errorf("%q, cut %v, error %v", c.Message, c.Cut, err)
	}
	in := &io.LimitedReader{R: endless{}, N: 100 << 20}
	if _, err := decodeCommit(io.MultiReader(strings.NewReader("\n"), in), 1000); err != nil {
		t.Fatal(err)
	}
	if used := 100<<20 - in.N; used > 64<<10 {
		t.Errorf("%d bytes of a huge message were read", used)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReadHeader(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("aa", 20)
	aa, _ := parseID(digits)
	for in, want := range map[string]struct {
		header
		ok bool
	}{
		"aa commit 12\n":    {header{aa, "commit", 12}, true},
		"a commit 12\n":     {},
		"aa^{} missing\n":   {header{}, true},
		"aa commit -1\n":    {},
		"aa commit\n":       {},
		"aa commit x\n":     {},
		"aa commit 12 13\n": {},
		"aa":                {},
	} {
		got, err := readHeader(bufio.NewReader(strings.NewReader(strings.Replace(in, "aa", digits, 1))))
		if got != want.header || (err == nil) != want.ok {
			t.Errorf("%q: %+v, error %v", in, got, err)
		}
	}
}

func FuzzDecodeCommit(f *testing.F) {
	f.Add([]byte(commitStart+"author Ann <ann@example.com> 1700000000 +0200\ncommitter Ann <ann@example.com> 1700000000 +0200\nencoding ISO-8859-1\n\nA-1 Gr\xfcn\n"), 100)
	f.Add([]byte(commitStart+"author J\xfc <> 99999999999999 -9999\ngpgsig a\n b\n\nA-1\r\n\x00\xff\r"), 8)
	f.Add([]byte("encoding UTF-16\n\n\x00a\x00\xd8\x00"), 3)
	f.Add([]byte("encoding ISO-2022-JP\n\n\x1b$B"), 50)
	f.Add([]byte("author a <b> 253402214399 +2359\n\n"), 1)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		limit = max(0, min(limit, 1<<16))
		c, err := decodeCommit(bytes.NewReader(in), limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Message) > limit {
			t.Errorf("%d bytes, the limit is %d", len(c.Message), limit)
		}
		if strings.ContainsAny(c.Message, "\r\x00") {
			t.Errorf("message %q", c.Message)
		}
		for _, s := range []string{c.Message, c.Author.Name, c.Author.Email, c.Committer.Name, c.Committer.Email} {
			if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				t.Errorf("not clean: %q", s)
			}
		}
		if out, err := json.Marshal(c); err != nil {
			t.Errorf("no JSON: %v", err)
		} else if err := json.Unmarshal(out, &c); err != nil {
			t.Errorf("not its own JSON: %v: %s", err, fmt.Sprintf("%.200s", out))
		}
	})
}
