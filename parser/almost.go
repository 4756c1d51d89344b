package parser

// BranchKeys is Keys for the name of a branch, which many people write in lower
// case. With anyCase, where the projects are known and the name holds no key,
// feature/shop-12-cart is read as FEATURE/SHOP-12-CART.
func (p *Parser) BranchKeys(name string, anyCase bool) []string {
	keys := p.Keys(name)
	if len(keys) == 0 && anyCase && p.listed {
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
	return p.keys.holds(upper) && (!p.listed || len(p.Keys(upper)) > 0)
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
