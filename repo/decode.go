package repo

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"

	"jirahook/push"
)

// MessageLimit is how much of a commit's message is kept, in bytes of UTF-8.
const MessageLimit = 64 << 10

// maxName is how much of a name or an e-mail address is kept, in bytes of UTF-8.
// An address has at most 254 (RFC 5321, 4.5.3.1).
const maxName = 256

// maxHeaderLine is how much of one line of a commit's header is kept. Only
// people stand in lines that count, and their names are shorter.
const maxHeaderLine = 4 << 10

// decodeCommit reads the content of a commit object (git-hash-object(1), type
// commit): people, dates and message, the message no longer than limit bytes.
// It takes whatever git takes. All text becomes UTF-8: from the encoding that
// the commit declares, and where it declares none, from UTF-8 and for what is
// none from Windows-1252. What is no text in it becomes U+FFFD. So does NUL,
// which many a reader takes for an end. CR LF and lone CR become LF. Errors are
// those of r.
func decodeCommit(r io.Reader, limit int) (push.Commit, error) {
	in := bufio.NewReaderSize(r, maxHeaderLine)
	h, err := readCommitHeader(in)
	if err != nil {
		return push.Commit{}, err
	}
	raw, err := io.ReadAll(io.LimitReader(in, int64(limit)+1))
	if err != nil {
		return push.Commit{}, err
	}
	toText := textIn(h.encoding)
	c := push.Commit{Tree: h.tree, Author: h.author.signature(toText), Committer: h.committer.signature(toText)}
	if len(raw) > limit {
		raw, c.Cut = wholeRunes(raw[:limit]), true
	}
	message := plainLines.Replace(toText(raw))
	if len(message) > limit {
		message, c.Cut = string(wholeRunes([]byte(message[:limit]))), true
	}
	c.Message = message
	return c, nil
}

// decodeMessage reads the message of a commit object as git shows it: as it
// stands, or from the encoding that the commit declares, up to a NUL. Of one
// longer than limit bytes the beginning is given. It may lie in buf.
func decodeMessage(object *bufio.Reader, limit int, buf *bytes.Buffer) ([]byte, error) {
	name := ""
	for {
		line, err := readLine(object)
		if err == io.EOF || err == nil && len(line) == 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		if value, ok := bytes.CutPrefix(line, []byte("encoding ")); ok {
			name = string(value)
		}
	}
	buf.Reset()
	if _, err := buf.ReadFrom(io.LimitReader(object, int64(limit))); err != nil {
		return nil, err
	}
	raw, _, _ := bytes.Cut(buf.Bytes(), []byte{0})
	if enc := declared(name); enc != nil {
		if text, err := enc.NewDecoder().Bytes(raw); err == nil {
			return text, nil
		}
	}
	return raw, nil
}

// plainLines leaves LF as the only end of a line, and no NUL.
var plainLines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD")

// commitHeader are the lines before the message that matter, as they stand.
type commitHeader struct {
	author, committer person
	encoding, tree    string
}

// readCommitHeader reads up to the message. Signatures and merged tags have
// lines of any number, which begin with a blank: those are passed over.
func readCommitHeader(in *bufio.Reader) (commitHeader, error) {
	var h commitHeader
	for {
		line, err := readLine(in)
		if err == io.EOF || err == nil && len(line) == 0 {
			return h, nil
		}
		if err != nil {
			return h, err
		}
		name, value, _ := bytes.Cut(line, []byte(" "))
		switch string(name) {
		case "tree":
			if tree, ok := parseID(string(value)); ok {
				h.tree = tree.String()
			}
		case "author":
			h.author = parsePerson(value)
		case "committer":
			h.committer = parsePerson(value)
		case "encoding":
			h.encoding = string(value)
		}
	}
}

// readLine reads a line without its LF, of which it keeps maxHeaderLine bytes
// until the next call. io.EOF: there is none.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line = bytes.Clone(line)
		for err == bufio.ErrBufferFull {
			_, err = in.ReadSlice('\n')
		}
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// person is an author or committer line as it stands.
type person struct {
	name, email []byte
	when        time.Time
}

// parsePerson reads "NAME <EMAIL> SECONDS ZONE". As git does, it takes the
// first "<" and the first ">" after it for the address, and what follows the
// last ">" for the date; what is no date is 1970.
func parsePerson(line []byte) person {
	line = bytes.Clone(line)
	p := person{name: bytes.TrimSpace(line), when: date(0)}
	open := bytes.IndexByte(line, '<')
	if open < 0 {
		return p
	}
	p.name = bytes.TrimSpace(line[:open])
	rest := line[open+1:]
	if end := bytes.IndexByte(rest, '>'); end >= 0 {
		p.email = bytes.TrimSpace(rest[:end])
		p.when = parseDate(string(rest[bytes.LastIndexByte(rest, '>')+1:]))
	}
	return p
}

// parseDate reads "SECONDS ZONE" with a zone such as +0200. A zone of a day or
// more is taken for UTC: RFC 3339 has no form for it.
func parseDate(s string) time.Time {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return date(0)
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || seconds < 0 || seconds > lastSecond {
		return date(0)
	}
	if len(fields) < 2 {
		return date(seconds)
	}
	zone, err := strconv.Atoi(fields[1])
	offset := (zone/100*60 + zone%100) * 60
	if err != nil || offset == 0 || offset <= -86400 || offset >= 86400 {
		return date(seconds)
	}
	return time.Unix(seconds, 0).In(time.FixedZone("", offset))
}

func (p person) signature(toText func([]byte) string) push.Signature {
	text := func(b []byte) string {
		s := strings.ReplaceAll(toText(b), "\x00", "\uFFFD")
		return string(wholeRunes([]byte(s[:min(len(s), maxName)])))
	}
	return push.Signature{Name: text(p.name), Email: text(p.email), When: p.when}
}

// declared finds the encoding that a commit's header names; nil is UTF-8, and
// what nobody knows.
func declared(name string) encoding.Encoding {
	if name == "" {
		return nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		enc, err = ianaindex.IANA.Encoding(name)
	}
	// Replacement stands for encodings that browsers refuse: it decodes to nothing.
	if err != nil || enc == encoding.Replacement {
		return nil
	}
	return enc
}

// textIn reads text in the encoding that a commit's header names; "" when it
// names none.
func textIn(encodingName string) func([]byte) string {
	if encodingName == "" {
		return undeclared
	}
	enc := declared(encodingName)
	return func(raw []byte) string { return toUTF8(raw, enc) }
}

// undeclared reads text of no declared encoding. It should be UTF-8, but editors
// and tools of Windows write the bytes of their code page without a word of it:
// each byte that is no UTF-8 is read as Windows-1252, so that one does not spoil
// the rest.
func undeclared(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/2)
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(raw[0])
			if r <= 0x9F { // a control character: there is nothing at this byte
				r = utf8.RuneError
			}
		}
		b.WriteRune(r)
		raw = raw[size:]
	}
	return b.String()
}

// toUTF8 makes text of bytes. Some tools write UTF-8 and declare another
// encoding. Bytes of a one-byte encoding that are UTF-8 by chance do not occur
// in practice, so such a declaration is not believed.
func toUTF8(raw []byte, enc encoding.Encoding) string {
	_, oneByte := enc.(*charmap.Charmap)
	if enc == nil || oneByte && utf8.Valid(raw) {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	text, err := enc.NewDecoder().Bytes(raw)
	if err != nil {
		text = raw
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// wholeRunes leaves out the last character of a text that was cut if it is not
// whole.
func wholeRunes(b []byte) []byte {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return b[:i]
			}
			break
		}
	}
	return b
}
