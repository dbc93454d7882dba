package channels_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"patchbay/channels"
	"patchbay/models"
)

func TestSplit(t *testing.T) {
	family := "👨‍👩‍👧‍👦" // 7 runes, 11 UTF-16 units, 25 bytes
	flags := "🇩🇪🇫🇷🇮🇹"   // 2 runes, 4 units, 8 bytes each
	tests := []struct {
		name  string
		text  string
		limit int
		unit  channels.Unit
		want  []string
	}{
		{"empty", "", 10, channels.Runes, nil},
		{"white space only", " \n\t ", 2, channels.Runes, nil},
		{"white space only, no limit", " \n\t ", 0, channels.Runes, nil},
		{"fits", "hello", 5, channels.Runes, []string{"hello"}},
		{"no limit", "hello", 0, channels.Runes, []string{"hello"}},
		{"negative limit", "hello", -1, channels.Bytes, []string{"hello"}},
		{"what fits keeps its white space", "\n a ", 4, channels.Runes, []string{"\n a "}},
		{"paragraph before line", "aaaa\n\nbb\ncc d", 9, channels.Runes, []string{"aaaa", "bb\ncc d"}},
		{"paragraph with spaces in the empty line", "aaaa\n \nbb\ncc", 9, channels.Runes, []string{"aaaa", "bb\ncc"}},
		{"windows paragraph", "aaaa\r\n\r\nb\r\nc", 9, channels.Runes, []string{"aaaa", "b\r\nc"}},
		{"line before sentence", "One two\nSix. Four", 14, channels.Runes, []string{"One two", "Six. Four"}},
		{"sentence before space", "One two. Three four", 16, channels.Runes, []string{"One two.", "Three four"}},
		{"sentence with closing quote", "\"One two.\" Three four", 18, channels.Runes, []string{"\"One two.\"", "Three four"}},
		{"east asian sentence", "今日は。元気ですか", 7, channels.Runes, []string{"今日は。", "元気ですか"}},
		{"hindi sentence", "नमस्ते। आप कैसे", 12, channels.Runes, []string{"नमस्ते।", "आप कैसे"}},
		{"space", "one two three", 8, channels.Runes, []string{"one two", "three"}},
		{"space right behind the limit", "one two three", 7, channels.Runes, []string{"one two", "three"}},
		{"early paragraph gives way", "a\n\nbbb ccc ddd eee", 13, channels.Runes, []string{"a\n\nbbb ccc", "ddd eee"}},
		{"early space before a cut word", "see https://example.com/abcdefgh", 28, channels.Runes, []string{"see", "https://example.com/abcdefgh"}},
		{"long word", "abcdefghij", 4, channels.Runes, []string{"abcd", "efgh", "ij"}},
		{"leading white space longer than the limit", "      abc", 3, channels.Runes, []string{"abc"}},
		{"trailing white space", "abc      ", 3, channels.Runes, []string{"abc"}},
		{"utf16 counts an emoji twice", "😀😀😀", 4, channels.UTF16, []string{"😀😀", "😀"}},
		{"runes count an emoji once", "😀😀😀", 2, channels.Runes, []string{"😀😀", "😀"}},
		{"bytes", "ééé", 4, channels.Bytes, []string{"éé", "é"}},
		{"family stays whole", "ab" + family, 8, channels.Runes, []string{"ab", family}},
		{"flags stay whole", flags, 3, channels.Runes, []string{"🇩🇪", "🇫🇷", "🇮🇹"}},
		{"combining mark stays", "abe\u0301", 3, channels.Runes, []string{"ab", "e\u0301"}},
		{"combining mark on a space is no white space", "ab \u0301cd", 3, channels.Runes, []string{"ab", " \u0301c", "d"}},
		{"grapheme longer than the limit", family, 4, channels.Runes, []string{"👨‍👩‍", "👧‍👦"}},
		{"rune longer than the limit", "😀a", 1, channels.UTF16, []string{"😀", "a"}},
		{"invalid UTF-8", "\xff\xfe\xfd", 2, channels.Bytes, []string{"\xff\xfe", "\xfd"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := channels.Split(tt.text, tt.limit, tt.unit); !slices.Equal(got, tt.want) {
				t.Errorf("Split(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.want)
			}
		})
	}
}

func TestLen(t *testing.T) {
	tests := []struct {
		text                string
		runes, utf16, bytes int
	}{
		{"", 0, 0, 0},
		{"abc", 3, 3, 3},
		{"é", 1, 1, 2},
		{"e\u0301", 2, 2, 3},
		{"😀", 1, 2, 4},
		{"\xff\xfe", 2, 2, 2},
	}
	for _, tt := range tests {
		for unit, want := range map[channels.Unit]int{channels.Runes: tt.runes, channels.UTF16: tt.utf16, channels.Bytes: tt.bytes} {
			if got := channels.Len(tt.text, unit); got != want {
				t.Errorf("Len(%q, %d) = %d, want %d", tt.text, unit, got, want)
			}
		}
	}
}

func TestNumbered(t *testing.T) {
	buttons := []models.Button{{Title: "Yes"}, {Title: "No,\nthanks"}}
	tests := []struct {
		name    string
		text    string
		buttons []models.Button
		want    string
	}{
		{"none", "Sure?", nil, "Sure?"},
		{"two", "Sure?", buttons, "Sure?\n\n1. Yes\n2. No, thanks"},
		{"without text", "", buttons, "1. Yes\n2. No, thanks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := channels.Numbered(tt.text, tt.buttons); got != tt.want {
				t.Errorf("Numbered(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

// judge reports what is wrong with parts as the split of text.
func judge(text string, limit int, unit channels.Unit, parts []string) string {
	edges := map[int]bool{0: true} // ends of clusters, and all places within one that is longer than limit
	at := 0
	for rest, state := text, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if limit > 0 && channels.Len(cluster, unit) > limit {
			for i := range cluster {
				edges[at+i] = true
			}
		}
		at += len(cluster)
		edges[at] = true
	}
	at = 0
	valid := utf8.ValidString(text)
	runes := map[int]bool{len(text): true} // where a rune of text starts: an invalid byte may look like a part of one
	for i := range text {
		runes[i] = true
	}
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			return "a part without text"
		}
		if limit > 0 && channels.Len(part, unit) > limit && utf8.RuneCountInString(part) > 1 {
			return "a part over the limit"
		}
		if valid && !utf8.ValidString(part) {
			return "a part that is no valid UTF-8"
		}
		for !strings.HasPrefix(text[at:], part) || !runes[at+len(part)] {
			r, size := utf8.DecodeRuneInString(text[at:])
			if size == 0 || !unicode.IsSpace(r) {
				return "text lost or changed"
			}
			at += size
		}
		if !edges[at] || !edges[at+len(part)] {
			return "a cut within a character"
		}
		at += len(part)
	}
	if strings.TrimSpace(text[at:]) != "" {
		return "text lost at the end"
	}
	return ""
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"", " ", "hello world", "a\n\nb", "e\u0301\u0301\u0301", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "🇩🇪🇫🇷🇮🇹", "\r\n\r\n x", "\xff\xfe", " \u0301a",
		"كيف الحال؟ شكرا", "今日は。「元気。」ですか", "क्षत्रिय", "\u2029\u2028", "한국어",
	} {
		for _, limit := range []int{0, 1, 3, 17} {
			f.Add(seed, limit, 1)
		}
	}
	f.Fuzz(func(t *testing.T, text string, limit, unit int) {
		u := channels.Unit(uint(unit) % 3)
		if fault := judge(text, limit, u, channels.Split(text, limit, u)); fault != "" {
			t.Errorf("Split(%q, %d, %d) = %q: %s", text, limit, u, channels.Split(text, limit, u), fault)
		}
	})
}

// TestSplitProperty draws texts that are dense in what is hard: marks, joiners, flags, line ends.
func TestSplitProperty(t *testing.T) {
	pieces := []string{
		"a", "word", " ", "  ", "\n", "\n\n", "\r\n", "\t", ". ", "! ", "。", "」", "\u0301", "\u200d", "\ufe0f", "👩", "🏽",
		"🇩", "🇪", "क", "्", "ष", "각", "ᄀ", "ᅡ", "ب", "\u2029", "\u0600", "\u00a0", "\xc3",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "text"), "")
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		unit := channels.Unit(rapid.IntRange(0, 2).Draw(t, "unit"))
		parts := channels.Split(text, limit, unit)
		if fault := judge(text, limit, unit, parts); fault != "" {
			t.Fatalf("Split(%q, %d, %d) = %q: %s", text, limit, unit, parts, fault)
		}
		for _, part := range parts {
			if again := channels.Split(part, limit, unit); len(again) != 1 || again[0] != part {
				t.Fatalf("Split of the part %q = %q, want it whole", part, again)
			}
		}
	})
}

// TestSplitIsLinear splits texts that are one cluster, one run of white space or one word of 200,000 runes: a cutter
// that reads ahead without an end does not finish this in time.
func TestSplitIsLinear(t *testing.T) {
	for _, text := range []string{
		"e" + strings.Repeat("\u0301", 200_000),
		"a" + strings.Repeat(" ", 200_000) + "b",
		strings.Repeat("a", 200_000),
		strings.Repeat("a.", 100_000),
		strings.Repeat(" \u0301", 100_000),
	} {
		if fault := judge(text, 100, channels.Runes, channels.Split(text, 100, channels.Runes)); fault != "" {
			t.Errorf("Split(%q…): %s", text[:5], fault)
		}
	}
}

func ExampleSplit() {
	text := "Thank you for waiting.\n\nYour parcel left Lyon this morning. It comes on Friday 📦."
	for _, part := range channels.Split(text, 40, channels.UTF16) {
		fmt.Printf("%q\n", part)
	}
	// Output:
	// "Thank you for waiting."
	// "Your parcel left Lyon this morning."
	// "It comes on Friday 📦."
}
