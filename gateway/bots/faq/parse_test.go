package faq_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"patchbay/gateway/bots/faq"
	"patchbay/models"
)

func buttons(titles ...string) []models.Button {
	var all []models.Button
	for _, title := range titles {
		all = append(all, models.Button{Title: title})
	}
	return all
}

func TestParseMarkdown(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       []faq.Entry
	}{
		{"one", "## When?\nNow.", []faq.Entry{{Questions: []string{"When?"}, Answer: "Now.", Line: 1}}},
		{"titles and introductions", "# Shop\nFor people.\n\n## When?\n\nNow.\n\n# Other things\nAlso for people.\n## Who?\nMe.\n", []faq.Entry{
			{Questions: []string{"When?"}, Answer: "Now.", Line: 4}, {Questions: []string{"Who?"}, Answer: "Me.", Line: 10},
		}},
		{"several questions", "## When?\n\n### ¿Cuándo?\n## Wann? ##\nNow.\n## Who?\nMe.", []faq.Entry{
			{Questions: []string{"When?", "¿Cuándo?", "Wann?"}, Answer: "Now.", Line: 1}, {Questions: []string{"Who?"}, Answer: "Me.", Line: 6},
		}},
		{"paragraphs", "## Q?\n\nOne\ntwo.\n\n\nThree  \nfour\\\nfive\n\n", []faq.Entry{{Questions: []string{"Q?"}, Answer: "One two.\n\nThree\nfour\nfive", Line: 1}}},
		{"lists", "## Q?\nDo:\n- one\n  more\n* two\n\n1. a\n2) b\n   - c\n", []faq.Entry{
			{Questions: []string{"Q?"}, Answer: "Do:\n• one more\n• two\n\n1. a\n2. b\n   • c", Line: 1},
		}},
		{"marks", "## **Q** `x`?\nA *b* **c** _d_ __e__ `f` ~~g~~ snake_case_name 2*3*4 \\*h\\* [shop](https://s.example/a_b) <https://t.example> ![pic](https://u.example/p.png \"title\")\n> quoted", []faq.Entry{
			{Questions: []string{"Q x?"}, Answer: "A b c d e f g snake_case_name 2*3*4 *h* shop: https://s.example/a_b https://t.example pic https://u.example/p.png quoted", Line: 1},
		}},
		{"code", "## Q?\nRun\n```sh\n## not a heading\n  *x*\n```\nand\n~~~\ny\n~~~\n", []faq.Entry{
			{Questions: []string{"Q?"}, Answer: "Run\n## not a heading\n  *x*\nand\ny", Line: 1},
		}},
		{"comments", "<!-- ## no -->\n## Q?\n<!--\n## nor this\n-->A <!-- b -->c<!-- d", nil},
		{"comments that end", "<!-- ## no -->\n## Q?\n<!--\n## nor this\n-->A <!-- b -->c", []faq.Entry{{Questions: []string{"Q?"}, Answer: "A c", Line: 2}}},
		{"buttons", "## Q?\nA [link](https://x.example).\n\n[One] [Two 2]\n[**Three**]\n\n", []faq.Entry{
			{Questions: []string{"Q?"}, Answer: "A link: https://x.example.", Buttons: buttons("One", "Two 2", "Three"), Line: 1},
		}},
		{"brackets that are no buttons", "## Q?\n[One]\nA [b] c\n[link](https://x.example)", []faq.Entry{
			{Questions: []string{"Q?"}, Answer: "[One] A [b] c link: https://x.example", Line: 1},
		}},
		{"Windows", "\uFEFF## Q?\r\n\r\nA\r\nb\r\n", []faq.Entry{{Questions: []string{"Q?"}, Answer: "A b", Line: 1}}},
		{"no heading without a space", "## Q?\n#hashtag ##\n", []faq.Entry{{Questions: []string{"Q?"}, Answer: "#hashtag ##", Line: 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := faq.Parse("faq.md", []byte(tt.file))
			if tt.want == nil {
				if err == nil {
					t.Errorf("Parse(%q) = %+v, want an error", tt.file, got)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%q) =\n%+v, %v; want\n%+v", tt.file, got, err, tt.want)
			}
		})
	}
}

func TestParseTOML(t *testing.T) {
	got, err := faq.Parse("FAQ.TOML", []byte(`# ours
[[faq]]
questions = ["When?", "¿Cuándo?"]
answer = """
Now,
*always*.
"""
buttons = ["Who?", " "]

[[faq]]
questions = ["Who?"]
answer = "Me."
`))
	want := []faq.Entry{
		{Questions: []string{"When?", "¿Cuándo?"}, Answer: "Now,\n*always*.", Buttons: buttons("Who?"), Line: 2},
		{Questions: []string{"Who?"}, Answer: "Me.", Line: 10},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Parse = %+v, %v; want %+v", got, err, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, file, text string
		want             []string
	}{
		{"nothing", "a.md", "", []string{"a.md: has no questions"}},
		{"no questions", "a.md", "# Title\nText\n", []string{"a.md: has no questions"}},
		{"no answer", "a.md", "\n## Q?\n\n# Title\n", []string{"a.md:2: a question without an answer"}},
		{"no answer but buttons", "a.md", "## Q?\n[One]\n", []string{"a.md:1: a question without an answer"}},
		{"last has none", "a.md", "## Q?\nA\n## R?\n", []string{"a.md:3: a question without an answer"}},
		{"empty heading", "a.md", "## Q?\nA\n##  \nB\n", []string{"a.md:3: a heading without a question"}},
		{"a question of signs", "a.md", "## ???\nA\n", []string{"a.md:1: a question without a word"}},
		{"twice", "a.md", "## When is it?\nA\n\n## WHEN, is it\nB\n", []string{"a.md:4:", "line 1"}},
		{"open code", "a.md", "## Q?\nA\n```\n## R?\nB\n", []string{"a.md:1:", "closing ```"}},
		{"open comment", "a.md", "## Q?\nA\n<!-- x\n", []string{"a.md: a comment"}},
		{"all at once", "a.md", "## ?\nA\n## Q?\n# T\n## R?\nB\n## R!\nC\n", []string{"a.md:1:", "a.md:3:", "a.md:7:"}},
		{"not UTF-8", "a.md", "## Q?\n\xff\n", []string{"a.md: is not UTF-8"}},
		{"too big", "a.md", "## Q?\n" + strings.Repeat("a", 4<<20), []string{"a.md: is over 4 MiB"}},
		{"not TOML", "a.toml", "[[faq]]\nquestions = [\n", []string{"a.toml:2:"}},
		{"unknown key", "a.toml", "[[faq]]\nquestions = [\"Q\"]\nanwser = \"A\"\n", []string{"a.toml:3: faq.anwser: unknown key"}},
		{"unknown table", "a.toml", "[faqs]\nx = 1\n", []string{"a.toml:1: faqs: unknown key"}},
		{"one question", "a.toml", "[[faq]]\nquestions = \"Q\"\nanswer = \"A\"\n", []string{"a.toml:2:"}},
		{"none", "a.toml", "\n[[faq]]\nanswer = \"A\"\n", []string{"a.toml:2: an answer without a question"}},
		{"second", "a.toml", "[[faq]]\nquestions = [\"Q\"]\nanswer = \"A\"\n\n[[faq]]\nquestions = [\"R\"]\n", []string{"a.toml:5: a question without an answer"}},
		{"other ending", "a.yaml", "## Q?\nA\n", []string{"a.yaml: must end in .toml or .md"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := faq.Parse(tt.file, []byte(tt.text))
			if err == nil {
				t.Fatalf("Parse = %+v, want an error", got)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Parse error = %q, want %q in it", err, want)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a.md", string(faq.Example()))
	f.Add("a.md", "## a\n```\n```\n- x\n<!---->\n[a] [b]\n## b\n1) *c*")
	f.Add("a.toml", "[[faq]]\nquestions = [\"a\"]\nanswer = \"b\"\nbuttons = [\"c\"]\n")
	f.Add("a.toml", "faq = [{questions=[\"a\"], answer=\"b\"}]")
	f.Fuzz(func(t *testing.T, name, text string) {
		entries, err := faq.Parse(name, []byte(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1
		for _, e := range entries {
			if len(e.Questions) == 0 || slices.Contains(e.Questions, "") || strings.TrimSpace(e.Answer) == "" || e.Line < 1 || e.Line > lines {
				t.Errorf("Parse(%q) gives the entry %+v", text, e)
			}
		}
	})
}

func ExampleParse() {
	entries, err := faq.Parse("faq.md", []byte("## When are you open?\n## Opening hours\n\nAlways.\n\n[Where are you?]\n"))
	fmt.Println(len(entries[0].Questions), entries[0].Answer, entries[0].Buttons[0].Title, err)
	// Output: 2 Always. Where are you? <nil>
}
