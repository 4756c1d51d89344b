package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"jirahook/outbox/spool"
)

// No log shows less than it holds, nor more lines than it has.
func TestLogHoldsNothingInvisible(t *testing.T) {
	const evil = "a\U000E0041\u202E\u2066\u3164\x1b[31mb\nlevel=INFO msg=forged"
	dir := t.TempDir()
	file, done := (&process{}).openLog(func() string { return dir })
	file.With("repository", evil).Error(evil, "error", fmt.Errorf("%s: %w", evil, errors.New(evil)))
	done()
	data, err := os.ReadFile(filepath.Join(dir, spool.LogFile))
	must(t, err)
	logs := map[string]string{"file": string(data)}
	for _, format := range []string{"text", "json"} {
		var b bytes.Buffer
		log, err := (&process{}).newLog(&b, format, "info")
		must(t, err)
		log.With("repository", evil).Error(evil, "error", fmt.Errorf("%s: %w", evil, errors.New(evil)))
		logs[format] = b.String()
	}
	for name, text := range logs {
		line, ok := strings.CutSuffix(text, "\n")
		if !ok || !strings.Contains(line, "a[31mb level=INFO msg=forged") || strings.ContainsFunc(line, func(r rune) bool { return r == 0x3164 || unicode.In(r, unicode.Cc, unicode.Cf) }) || strings.Contains(line, `\u`) || strings.Contains(line, `\U`) {
			t.Errorf("%s: %q", name, text)
		}
	}
}
