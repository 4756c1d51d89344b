package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

const project = "../.."

// pages are all that people read here, as paths from the project's folder.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*.md"} {
		found, err := filepath.Glob(filepath.Join(project, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			rel, err := filepath.Rel(project, file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, rel)
		}
	}
	for _, page := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md", "docs/configuration.md"} {
		if !slices.Contains(all, page) {
			t.Fatalf("there is no %s among %v", page, all)
		}
	}
	return all
}

// page is a page of Markdown, taken apart.
type page struct {
	links   []string
	anchors []string
	spans   []string // code in a line
	blocks  []string // code of several lines
}

var (
	codeSpan  = regexp.MustCompile("``+ ?(.+?) ?``+|`([^`]+)`")
	link      = regexp.MustCompile(`\]\(([^()\s]+)\)|<(?:img|a)[^>]*? (?:src|href)="([^"]+)"|^\[[^\]]+\]: +(\S+)`)
	linkText  = regexp.MustCompile(`!?\[([^\]]*)\]\([^()]*\)`)
	listItem  = regexp.MustCompile(`^\s*([-*+]|\d+\.) `)
	fenceLine = regexp.MustCompile("^\\s*(```|~~~)")
)

// readPage takes a page apart: the part of CommonMark that these pages use.
func readPage(text string) page {
	var p page
	var block strings.Builder
	fenced, inList, blank := false, false, true
	end := func() {
		if block.Len() > 0 {
			p.blocks = append(p.blocks, block.String())
		}
		block.Reset()
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "    ") && !inList
		switch {
		case fenceLine.MatchString(line):
			end()
			fenced = !fenced
		case fenced:
			block.WriteString(line + "\n")
		case indented && (blank || block.Len() > 0):
			block.WriteString(strings.TrimPrefix(line, "    ") + "\n")
		default:
			end()
			if listItem.MatchString(line) {
				inList = true
			} else if line != "" && !strings.HasPrefix(line, " ") {
				inList = false
			}
			if strings.HasPrefix(line, "#") {
				p.addAnchor(strings.TrimLeft(line, "# "))
			}
			for _, m := range codeSpan.FindAllStringSubmatch(line, -1) {
				p.spans = append(p.spans, strings.ReplaceAll(m[1]+m[2], `\|`, "|"))
			}
			for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, "code"), -1) {
				p.links = append(p.links, m[1]+m[2]+m[3])
			}
		}
		blank = line == ""
	}
	end()
	return p
}

// addAnchor makes of a heading what GitHub and GitLab make of it.
func (p *page) addAnchor(heading string) {
	heading = strings.ReplaceAll(linkText.ReplaceAllString(heading, "$1"), "`", "")
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
	unique := name
	for n := 1; slices.Contains(p.anchors, unique); n++ {
		unique = name + "-" + strconv.Itoa(n)
	}
	p.anchors = append(p.anchors, unique)
}

func readPages(t *testing.T) map[string]page {
	t.Helper()
	all := map[string]page{}
	for _, name := range pages(t) {
		text, err := os.ReadFile(filepath.Join(project, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = readPage(string(text))
	}
	return all
}

// Every link of a page leads to a file, and in it to a heading, and README leads to
// every page.
func TestLinks(t *testing.T) {
	all := readPages(t)
	fromReadme := map[string]bool{"README.md": true}
	for name, p := range all {
		for _, link := range p.links {
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			file, anchor, hasAnchor := strings.Cut(link, "#")
			target := name
			if file != "" {
				target = filepath.Join(filepath.Dir(name), file)
			}
			if name == "README.md" {
				fromReadme[target] = true
			}
			if _, err := os.Stat(filepath.Join(project, target)); err != nil || strings.HasPrefix(target, "..") {
				t.Errorf("%s: %s leads to nothing", name, link)
			} else if other, ok := all[target]; hasAnchor && (!ok || !slices.Contains(other.anchors, anchor)) {
				t.Errorf("%s: %s: there is no such heading in %s: %v", name, link, target, other.anchors)
			}
		}
	}
	for name := range all {
		if !fromReadme[name] && !fromReadme[filepath.Dir(name)] {
			t.Errorf("README.md does not lead to %s", name)
		}
	}
}

// A test or a file of the project that a page names is there.
func TestNamedTestsAreThere(t *testing.T) {
	names := testNames(t)
	aTest := regexp.MustCompile(`^(Test[A-Z]\w*)(/\S+)?$`)
	aFile := regexp.MustCompile(`^[\w.*-]+(/[\w.*-]+)+\.(go|txtar|sh|md|yaml|service|timer)$`)
	seen := 0
	for page, p := range readPages(t) {
		for _, span := range p.spans {
			if m := aTest.FindStringSubmatch(span); m != nil {
				seen++
				if script := strings.TrimPrefix(m[2], "/"); m[1] == "TestScripts" && script != "" {
					if _, err := os.Stat(filepath.Join("testdata/script", script+".txtar")); err != nil {
						t.Errorf("%s: there is no script %s", page, script)
					}
				} else if !names[m[1]] {
					t.Errorf("%s: there is no %s", page, span)
				}
			}
			if aFile.MatchString(span) && !isThere(t, span) {
				t.Errorf("%s: there is no %s", page, span)
			}
		}
	}
	if seen == 0 {
		t.Error("no page names a test")
	}
}

// A key of the configuration or a metric that a page names is there.
func TestNamedKeysAreThere(t *testing.T) {
	all := readPages(t)
	text, err := os.ReadFile(filepath.Join(project, "docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "<!-- The keys") // which the schema writes
	var known, sections []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+\\.)?([a-z_.]+)`").FindAllStringSubmatch(table, -1) {
		known, sections = append(known, m[1]+m[2]), append(sections, m[1])
	}
	aKey := regexp.MustCompile(`^([a-z_]+\.)[a-z_]+(\.[a-z_]+)*`)
	aMetric := regexp.MustCompile(`^jirahook_\w+`)
	measured := ""
	for _, file := range []string{"metrics.go", "state.go"} {
		text, err := os.ReadFile(filepath.Join(project, "metrics", file))
		if err != nil {
			t.Fatal(err)
		}
		measured += string(text)
	}
	keys, metrics := 0, 0
	for page, p := range all {
		for _, span := range p.spans {
			if m := aKey.FindStringSubmatch(span); m != nil && slices.Contains(sections, m[1]) && !strings.HasPrefix(m[0], "outbox.db") {
				keys++
				if !slices.ContainsFunc(known, func(key string) bool { return key == m[0] || strings.HasPrefix(key, m[0]+".") }) {
					t.Errorf("%s: there is no key %s", page, m[0])
				}
			}
			if name := aMetric.FindString(span); name != "" {
				metrics++
				if !strings.Contains(measured, `"`+name+`"`) && !strings.Contains(measured, `desc("`+strings.TrimPrefix(name, "jirahook_")+`"`) {
					t.Errorf("%s: there is no metric %s", page, name)
				}
			}
		}
	}
	if keys < 20 || metrics < 5 {
		t.Errorf("%d keys and %d metrics were found", keys, metrics)
	}
}

// isThere looks for a file, or files by a pattern, in the project, in the folder of
// these tests, or in one that a package calls its own.
func isThere(t *testing.T, pattern string) bool {
	t.Helper()
	for _, dir := range []string{project, ".", filepath.Join(project, "examples"), filepath.Join(project, "outbox")} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return true
		}
	}
	return false
}

func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test[A-Z]\w*|Benchmark\w*|Fuzz\w*)\(`)
	err := filepath.WalkDir(project, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
