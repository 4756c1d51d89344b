package parser

// Almost is what looks like a key and is none.
type Almost struct {
	Written string
	// Key is Written in capitals. If its project is on the list, the capitals
	// were all that was missing.
	Key    string
	Listed bool
}

// maxAlmost bounds what is looked at of one text.
const maxAlmost = 20

// Almost gives what somebody may have meant as keys in a text: keys of listed
// projects in small letters, and keys in capitals of projects that are not
// listed, one for each project. Without a list there is none, and with a prefix
// nobody knows.
func (p *Parser) Almost(text string) []Almost {
	r := p.keys
	if r.listed == nil || r.prefix != nil {
		return nil
	}
	var all []Almost
	seen := map[string]bool{}
	upper := upperASCII(text)
	urls, quiet := findURLs(text, nil), mergeTrailers(text)
	for s := range shapes(upper) {
		_, inURL := covering(&urls, s.hyphen)
		_, inTrailer := covering(&quiet, s.hyphen)
		start, project := r.split(upper, s)
		if inURL || inTrailer || start < 0 || !isIssueNumber(upper[s.hyphen+1:s.end]) {
			continue
		}
		a := Almost{Written: text[start:s.end], Key: upper[start:s.end], Listed: project != ""}
		project = upper[start:s.hyphen]
		if (a.Written == a.Key) == a.Listed || seen[project] || r.textAs(upper, project, s.end) != 0 || !a.Listed && isStandard(project) {
			continue
		}
		seen[project] = true
		if all = append(all, a); len(all) == maxAlmost {
			break
		}
	}
	return all
}

// BranchKeys is Keys for the name of a branch, which many people write in lower
// case. With anyCase, where the projects are known and the name holds no key,
// feature/shop-12-cart is read as FEATURE/SHOP-12-CART.
func (p *Parser) BranchKeys(name string, anyCase bool) []string {
	keys := p.Keys(name)
	if len(keys) == 0 && anyCase && p.keys.listed != nil {
		keys = p.Keys(upperASCII(name))
	}
	return keys
}

// HoldsBranchKey is HoldsKey for BranchKeys; of keys in lower case, where the
// projects are known, those alone count.
func (p *Parser) HoldsBranchKey(name string, anyCase bool) bool {
	if p.keys.holds(name) || !anyCase {
		return p.keys.holds(name)
	}
	upper := upperASCII(name)
	return p.keys.holds(upper) && (p.keys.listed == nil || len(p.Keys(upper)) > 0)
}

// upperASCII puts ASCII letters into upper case. What stands where stays so.
func upperASCII(text string) string {
	upper := []byte(text)
	for i, b := range upper {
		if 'a' <= b && b <= 'z' {
			upper[i] = b - 'a' + 'A'
		}
	}
	return string(upper)
}
