package channels_test

import (
	"slices"
	"strings"
	"testing"

	"patchbay/channels"
)

func TestSlotsOf(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int
		ok   bool
	}{
		{"Your answer is here.", 0, true},
		{"Hello {{1}}, this is {{2}}.", 2, true},
		{"{{2}} and {{1}} and {{2}}", 2, true},
		{"a { b } {c}", 0, true},
		{"Hello {{2}}.", 0, false},
		{"Hello {{0}}.", 0, false},
		{"Hello {{01}}.", 0, false},
		{"Hello {{ 1 }}.", 0, false},
		{"Hello {{name}}.", 0, false},
		{"Hello {{1.", 0, false},
		{"Hello 1}}.", 0, false},
		{"Hello {{}}.", 0, false},
		{"Hello {{1000}}.", 0, false},
	} {
		got, err := channels.SlotsOf(tt.text)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("SlotsOf(%q) = %d, %v, want %d, ok %v", tt.text, got, err, tt.want, tt.ok)
		}
	}
}

func TestTemplateFill(t *testing.T) {
	for _, tt := range []struct {
		text   string
		values []string
		want   string
	}{
		{"Hello {{1}}, {{2}} here.", []string{"Kim", "Ana"}, "Hello Kim, Ana here."},
		{"{{2}}, {{1}}, {{2}}", []string{"a", "b"}, "b, a, b"},
		{"Hello {{1}}, {{2}}.", []string{"{{2}}", "$1"}, "Hello {{2}}, $1."},
		{"Hello {{1}}, {{2}}.", []string{" "}, "Hello {{1}}, {{2}}."},
		{"Hello {{1}}.", nil, "Hello {{1}}."},
		{"Hello.", []string{"x"}, "Hello."},
	} {
		if got := (channels.Template{Text: tt.text}).Fill(tt.values); got != tt.want {
			t.Errorf("Fill(%q, %q) = %q, want %q", tt.text, tt.values, got, tt.want)
		}
	}
}

// FuzzSlotsOf: a text whose slots are counted is filled in wholly.
func FuzzSlotsOf(f *testing.F) {
	for _, text := range []string{"{{1}} {{2}}", "{{{1}}}", "{{1}", "{{x}}", "{{1}}{{1}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := channels.SlotsOf(text)
		if err != nil {
			return
		}
		got := channels.Template{Text: text}.Fill(slices.Repeat([]string{"v"}, n))
		if strings.Contains(got, "{{") || strings.Contains(got, "}}") {
			t.Errorf("Fill(%q) = %q, want no slot", text, got)
		}
	})
}
