package faq

import (
	"slices"
	"strings"
	"unicode"
)

// alike returns how much two folded words mean the same, from 0 to 1: the same word, two forms of one word, a typo.
// typos says whether a differing letter may be one.
func alike(a, b string, typos bool) float64 {
	if a == b {
		return 1
	}
	ra, rb := []rune(a), []rune(b)
	if len(ra) > len(rb) {
		ra, rb = rb, ra
	}
	short, long := len(ra), len(rb)
	if digits(a) || digits(b) {
		return 0
	}
	common := 0
	for common < short && ra[common] == rb[common] {
		common++
	}
	switch {
	// "deliver" and "delivery", "Liefer…zeit" and "Liefer…ung": the stem is most of the shorter word.
	case common >= 4 && 10*common >= 7*short:
		return 0.7 + 0.3*float64(common)/float64(long)
	// Short stems need an ending that is one: "pay" and "payment", not "car" and "card".
	case common == 3 && short == 3 && slices.Contains(endings(), string(rb[3:])):
		return 0.8
	case !typos:
		return 0
	// Among words of four letters another letter is mostly another word: "card" and "care".
	case short == 4 && long == 5 && common >= 2 && near(ra, rb, 1), short >= 5 && near(ra, rb, 1):
		return 0.8
	case short >= 8 && near(ra, rb, 2):
		return 0.7
	}
	return 0
}

// endings are what English words of three letters take.
func endings() []string {
	return []string{"s", "es", "ed", "ing", "er", "ers", "ment", "ments", "able"}
}

// digits reports whether s has a digit: "A4" and "A5" are two things.
func digits(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }

// near reports whether a becomes b by at most limit letters added, left out, changed, or swapped with the next one.
func near(a, b []rune, limit int) bool {
	if len(b)-len(a) > limit || len(a)-len(b) > limit {
		return false
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > limit {
			return false
		}
		before, last, row = last, row, before
	}
	return last[len(b)] <= limit
}
