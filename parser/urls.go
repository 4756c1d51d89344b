package parser

import "strings"

// url is where a URL stands in a text.
type url struct {
	start, end int
	issue      int // where an issue key may stand: behind Jira's own /browse/; else -1
}

// findURLs gives the URLs of a text, in their order: a scheme, "://", and what
// follows up to a blank, a quote, "<", ">" or "|", or to a closing bracket that
// the URL did not open. Punctuation at its end is not part of it. browse is as
// browsePaths gives it.
func findURLs(text string, browse []string) []url {
	var urls []url
	for from := 0; ; {
		i := strings.Index(text[from:], "://")
		if i < 0 {
			return urls
		}
		colon := from + i
		start := schemeStart(text, from, colon)
		from = colon + len("://")
		if start == colon {
			continue
		}
		end := urlEnd(text, from)
		urls = append(urls, url{start, end, issuePlace(text[start:colon], text, from, end, browse)})
		from = end
	}
}

// schemeStart gives where the scheme before a colon begins, no earlier than
// from; the colon's own place when there is none.
func schemeStart(text string, from, colon int) int {
	start := colon
	for i := colon; i > from; i-- {
		switch b := text[i-1]; {
		case isLetter(b):
			start = i - 1
		case !isDigit(b) && b != '+' && b != '.' && b != '-':
			return start
		}
	}
	return start
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// urlEnd gives where the URL ends whose host begins at from.
func urlEnd(text string, from int) int {
	end := from
	round, square := 0, 0
scan:
	for ; end < len(text); end++ {
		switch b := text[end]; {
		case b <= ' ', strings.IndexByte("<>\"`|", b) >= 0:
			break scan
		case b == '(':
			round++
		case b == '[':
			square++
		case b == ')':
			if round--; round < 0 {
				break scan
			}
		case b == ']':
			if square--; square < 0 {
				break scan
			}
		case (b == ',' || b == ';') && strings.HasPrefix(text[end+1:], "http"):
			break scan // a list of URLs without blanks
		}
	}
	return from + len(strings.TrimRight(text[from:end], ".,:;!?'*_"))
}

// browsePaths are browsePath of each address that there is.
func browsePaths(addresses []string) []string {
	var all []string
	for _, a := range addresses {
		if path := browsePath(a); path != "" {
			all = append(all, path)
		}
	}
	return all
}

// browsePath is Jira's address without its scheme, up to where a key stands:
// "jira.example.com/jira/browse/"; "" when there is no address.
func browsePath(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	if address = strings.TrimRight(address, "/"); address == "" {
		return ""
	}
	return address + "/browse/"
}

func issuePlace(scheme, text string, host, end int, browse []string) int {
	web := strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
	for _, b := range browse {
		if web && end-host >= len(b) && strings.EqualFold(text[host:host+len(b)], b) {
			return host + len(b)
		}
	}
	return -1
}

// covering gives the URL that holds a place, and drops those that end before it:
// it is asked for places in rising order.
func covering(urls *[]url, at int) (url, bool) {
	for len(*urls) > 0 && (*urls)[0].end <= at {
		*urls = (*urls)[1:]
	}
	if len(*urls) > 0 && (*urls)[0].start <= at {
		return (*urls)[0], true
	}
	return url{}, false
}
