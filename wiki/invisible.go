package wiki

import (
	"strings"
	"unicode"
)

// visible removes letters that nobody sees: they hide words from a reader, or
// show him others than there are. They are those of the category Cf (format),
// which has the marks for directions, tags and most zero widths, and those that
// Unicode names Default_Ignorable_Code_Point (DerivedCoreProperties.txt: Cf,
// variation selectors and Other_Default_Ignorable_Code_Point, such as the Hangul
// fillers). Kept is what changes the look of what stands before it: a selector
// for text or emoji behind an emoji, the joiner inside of one, and the joiners
// in scripts whose spelling needs them. The blank of Braille reads as a blank.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r == brailleBlank || isInvisible(r) }) < 0 {
		return s
	}
	runes := []rune(s)
	kept := runes[:0]
	for i, r := range runes {
		switch {
		case r == brailleBlank:
			r = ' '
		case isInvisible(r) && !changesLook(kept, r, runes[i+1:]):
			continue
		}
		kept = append(kept, r)
	}
	return string(kept)
}

const brailleBlank = '\u2800'

func isInvisible(r rune) bool {
	return r >= 0xAD && unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

const (
	textSelector  = '\uFE0E'
	emojiSelector = '\uFE0F'
	zwnj          = '\u200C'
	zwj           = '\u200D'
	keycap        = '\u20E3'
)

// changesLook reports whether an invisible letter makes a difference between
// what was kept before it and what comes.
func changesLook(before []rune, r rune, after []rune) bool {
	if len(before) == 0 {
		return false
	}
	last, next := before[len(before)-1], rune(0)
	if len(after) > 0 {
		next = after[0]
	}
	switch r {
	case textSelector, emojiSelector:
		return isEmoji(last) || next == keycap && strings.ContainsRune("0123456789#*", last)
	case zwj:
		return isEmoji(next) && (isEmoji(last) || last == emojiSelector) || joins(last) && joins(next)
	case zwnj:
		return joins(last) && joins(next)
	}
	return false
}

// isEmoji knows the symbols that emoji are made of, and some more: they have no
// property of their own in Go's tables. Blocks are those of emoji-data.txt.
func isEmoji(r rune) bool {
	switch {
	case r >= 0x1F000 && r <= 0x1FAFF:
		return true
	case r >= 0x2190 && r <= 0x2BFF:
		return unicode.In(r, unicode.So, unicode.Sm)
	}
	return strings.ContainsRune("©®‼⁉™ℹ〰〽㊗㊙", r)
}

// joins reports whether a letter is of a script in whose spelling joiners make a
// difference (Unicode 16, 9.2 and 12.1; UAX 31, 2.3).
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil,
		unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}
