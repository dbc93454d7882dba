package detect_test

import (
	"testing"
	"unicode"
)

// Ensure the quick way to fold makes of every letter, by itself and beside
// others, what the thorough way makes of it. Only a back quote in a text of
// nothing but ASCII is left as it is.
func TestFold(t *testing.T) {
	for r := rune(0x80); r < 0x20000; r++ {
		if r > 0x3400 && r < 0xF000 && r%31 != 0 { // Chinese and Korean are much alike
			continue
		}
		if !unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r) {
			continue
		}
		for _, beside := range []string{"", "e", "я", "か", "한", "轉", "ي", "`B"} {
			text := beside + string(r) + beside
			if quick, thorough := detector().Folds(text); quick != thorough {
				t.Fatalf("fold(%q) = %q, want %q", text, quick, thorough)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, tc := range languages {
		f.Add(tc.asks)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text += "é" // not ASCII alone
		if quick, thorough := detector().Folds(text); quick != thorough {
			t.Errorf("fold(%q) = %q, want %q", text, quick, thorough)
		}
	})
}
