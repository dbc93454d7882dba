package detect_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"patchbay/handover/detect"
)

// Ensure every data file parses and does what its own examples say.
func TestExamples(t *testing.T) {
	d, err := detect.Load(detect.Data)
	if err != nil {
		t.Fatal(err)
	}
	judges := map[string]func(string) bool{
		"ask":   func(s string) bool { ok, _ := d.Request(s); return ok },
		"small": d.Small,
		"back":  d.Back,
		"break": d.Break,
	}
	examples, err := detect.ReadExamples()
	if err != nil || len(examples) == 0 {
		t.Fatalf("ReadExamples() = %d, %v", len(examples), err)
	}
	for _, e := range examples {
		if got := judges[e.Kind](e.Text); got != e.Want {
			t.Errorf("%s:%d: %s %q = %v, want %v", e.File, e.Line, e.Kind, e.Text, got, e.Want)
		}
	}
}

// Ensure the fifteen languages of the product have all sections.
func TestSections(t *testing.T) {
	for lang := range strings.FieldsSeq("en es pt de fr it hi ar tr id ru zh ja pl vi") {
		b, err := detect.Data.ReadFile("data/" + lang + ".txt")
		if err != nil {
			t.Error(err)
			continue
		}
		for _, s := range []string{"ask contact", "ask transfer", "ask want", "ask not a bot", "keyword", "refuse", "cancel", "keep out", "filler", "small", "back", "break", "whole break", "not a break", "common"} {
			if !strings.Contains(string(b), "\n== "+s+" ==\n") {
				t.Errorf("data/%s.txt has no section %q", lang, s)
			}
		}
	}
}

// Ensure a fault in a data file is told with file and line.
func TestLoad_Broken(t *testing.T) {
	head := "language: xx\n== ask want ==\n"
	for _, tc := range []struct{ name, text, want string }{
		{"no language", "== ask want ==\na\n", `data/xx.txt:2: no line "language: xx"`},
		{"setting", "colour: red\n", `data/xx.txt:1: unknown setting "colour"`},
		{"gap", "gap: many\n", `data/xx.txt:1: gap "many" is not a number from 1 to 20`},
		{"apart", "apart: maybe\n", `data/xx.txt:1: apart is "maybe", not yes or no`},
		{"before", "hello\n", `data/xx.txt:1: "hello" stands before the first section`},
		{"section", "language: xx\n== wish ==\n", `data/xx.txt:2: unknown section "== wish =="`},
		{"example", "language: xx\n== list a ==\nyes: b\n", `data/xx.txt:3: this section has no examples`},
		{"list", head + "talk to {nobody}\n", `data/xx.txt:3: no list {nobody}`},
		{"circle", "language: xx\n== list a ==\n{b} c\n== list b ==\n{a} d\n== ask x ==\n{a}\n", `data/xx.txt:7: list {a} contains itself`},
		{"bracket", head + "(talk to\n", `data/xx.txt:3: pattern "(talk to": '(' is not closed`},
		{"wrong bracket", head + "(talk]\n", `data/xx.txt:3: pattern "(talk]": '(' is not closed`},
		{"closing", head + "talk) to\n", `data/xx.txt:3: pattern "talk) to": ")" closes nothing`},
		{"brace", head + "talk to {you\n", `data/xx.txt:3: pattern "talk to {you": '{' is not closed`},
		{"closing brace", head + "you} there\n", `data/xx.txt:3: pattern "you} there": '}' closes nothing`},
		{"alternative", head + "(talk|) to\n", `data/xx.txt:3: pattern "(talk|) to": an alternative is empty; write [ ] around what may be left out`},
		{"letters", head + "talk !\n", `data/xx.txt:3: pattern "talk !": "!" has no letters`},
		{"stem", head + "t*\n", `data/xx.txt:3: pattern "t*": "t*" is too short for a stem`},
		{"nothing", head + "[talk]\n", `data/xx.txt:3: the pattern fits an empty text`},
		{"gap first", head + "... talk\n", `data/xx.txt:3: a pattern cannot begin with a gap`},
		{"same", "language: xx\n== same ==\nabc\n", `data/xx.txt:3: "abc" is not two characters with = between`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := detect.Load(fstest.MapFS{"data/xx.txt": {Data: []byte(tc.text)}})
			if err == nil || err.Error() != tc.want {
				t.Errorf("Load() error = %v, want %s", err, tc.want)
			}
		})
	}
}

// Ensure the pattern language does what data/README.md says.
func TestPatterns(t *testing.T) {
	const text = `language: xx Test
== list person ==
clerk~, old clerk
== ask go ==
call .. {person}
(bring|fetch) [me] us*
wait ... here
([big] red door|big blue door)
== refuse ==
dont call .. {person}
== cancel ==
no more
`
	d, err := detect.Load(fstest.MapFS{"data/xx.txt": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text string
		want bool
	}{
		{"call clerk", true}, {"call the old clerk", true}, {"call a b c clerk", false}, {"call clrek", true}, {"call, the clerk", false},
		{"call. Clerk", false}, {"bring users", true}, {"fetch me us", true}, {"bring you us", false},
		{"wait a b c d here", true}, {"wait a b c d e here", false}, {"don't call the clerk", false}, {"don't go, call the clerk", true},
		{"big blue door", true}, {"blue door", false}, {"red door", true},
		{"call clerk no more", false}, {"no more, call clerk", true},
	} {
		if got, _ := d.Request(tc.text); got != tc.want {
			t.Errorf("Request(%q) = %v, want %v", tc.text, got, tc.want)
		}
	}
}
