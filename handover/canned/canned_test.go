package canned_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"patchbay/handover/canned"
)

func file(path, text string) canned.File { return canned.File{Path: path, Data: []byte(text)} }

func load(t *testing.T, files ...canned.File) *canned.Library {
	t.Helper()
	l, err := canned.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Ensure that each fault in a folder has its file and its line, and that all are told at once.
func TestLoad_faults(t *testing.T) {
	many := make([]canned.File, 101)
	for i := range many {
		many[i] = file(fmt.Sprintf("a/%03d.md", i), "---\ntitle: T\n---\nx")
	}
	for _, test := range []struct {
		name  string
		files []canned.File
		want  []string
	}{
		{"no front matter", []canned.File{file("a.md", "Hello")}, []string{"a.md:1: does not begin"}},
		{"front matter without end", []canned.File{file("a.md", "---\ntitle: A\nHello")}, []string{"a.md:1: does not begin"}},
		{"empty", []canned.File{file("a.md", "")}, []string{"a.md:1: does not begin"}},
		{"one fence", []canned.File{file("a.md", "---")}, []string{"a.md:1: does not begin"}},
		{"no title", []canned.File{file("a.md", "---\nname: a\n---\nHello")}, []string{"a.md:1: has no title"}},
		{"no text", []canned.File{file("a.md", "---\ntitle: A\n---\n \n")}, []string{"a.md:3: has no text"}},
		{"unknown key", []canned.File{file("a.md", "---\ntitle: A\ntags: x\n---\nx")}, []string{`a.md:3: "tags" is not known`}},
		{"twice", []canned.File{file("a.md", "---\ntitle: A\ntitle: B\n---\nx")}, []string{"a.md:3: title stands there twice"}},
		{"no line", []canned.File{file("a.md", "---\ntitle: A\nhello\n---\nx")}, []string{"a.md:3: is not a line such as"}},
		{"bad name", []canned.File{file("a.md", "---\ntitle: A\nname: a b\n---\nx")}, []string{"a.md:3: name is not of"}},
		{"bad language", []canned.File{file("a.md", "---\ntitle: A\nlanguage: English\n---\nx")}, []string{"a.md:3: language is not"}},
		{"unknown placeholder", []canned.File{file("a.md", "---\ntitle: A\n---\n\nHi {{customer.nam}},\n{{fields.}}")},
			[]string{"a.md:5: {{customer.nam}} is no placeholder", "a.md:6: {{fields.}} is no placeholder"}},
		{"open placeholder", []canned.File{file("a.md", "---\ntitle: A\n---\nHi {{customer.name")}, []string{"a.md:4: {{ has no }}"}},
		{"no UTF-8", []canned.File{file("a.md", "---\ntitle: A\n---\n\xff")}, []string{"a.md:1: is no text"}},
		{"too long", []canned.File{file("a.md", "---\ntitle: A\n---\n"+strings.Repeat("x", 3001))}, []string{"a.md:4: has a text of 3001"}},
		{"same name and language", []canned.File{file("a.md", "---\ntitle: A\nname: x\n---\nx"), file("b.md", "---\ntitle: B\nname: X\n---\nx")},
			[]string{"b.md:1: has the name and the language of a.md"}},
		{"two files", []canned.File{file("a.md", "A"), file("b.md", "B")}, []string{"a.md:1", "b.md:1"}},
		{"too many in a folder", many, []string{"a/100.md:1: is one of more than 100"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := canned.Load(test.files)
			if err == nil {
				t.Fatal("no fault")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("faults %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("fault %q, want %q", lines[i], want)
				}
			}
		})
	}
}

// Ensure that placeholders are filled, and that those without a value stay and are told.
func TestFill(t *testing.T) {
	l := load(t, file("a.md", "\ufeff---\r\ntitle: \"A\"\r\n---\r\nHello {{ customer.name }}, {{agent.name}} on {{channel}}: {{fields.order}}, {{fields.order}} {{fields.plan}}\r\n"))
	text, missing := l.All()[0].Fill(canned.Facts{Customer: "Ann", Agent: "Ana", Channel: "Telegram", Fields: map[string]string{"plan": "gold {{channel}}"}})
	if want := "Hello Ann, Ana on Telegram: {{fields.order}}, {{fields.order}} gold {{channel}}"; text != want {
		t.Errorf("Fill = %q, want %q", text, want)
	}
	if want := []string{"{{fields.order}}"}; !slices.Equal(missing, want) {
		t.Errorf("missing = %q, want %q", missing, want)
	}
	if left := canned.Left("a {{fields.order}} b {{ channel }} c {{other}}"); !slices.Equal(left, []string{"{{fields.order}}", "{{ channel }}"}) {
		t.Errorf("Left = %q", left)
	}
}

// Ensure that a name finds the reply in the customer's language, and that a slip finds the nearest names.
func TestNamed(t *testing.T) {
	reply := func(path, head string) canned.File { return file(path, "---\ntitle: "+path+"\n"+head+"---\nx") }
	l := load(t,
		reply("en.md", "name: hello\n"), reply("de.md", "name: hello\nlanguage: de\n"), reply("fr.md", "name: salut\nlanguage: fr\n"),
		reply("g/refund.md", "name: refund\n"), reply("g/none.md", ""),
	)
	for _, test := range []struct {
		name      string
		languages []string
		want      string
	}{
		{"hello", nil, "en.md"}, {"HELLO", []string{"de-AT", "en"}, "de.md"}, {"hello", []string{"fr", "de"}, "de.md"},
		{"hello", []string{"es"}, "en.md"}, {"salut", []string{"en"}, "fr.md"}, {"", nil, ""}, {"hallo", nil, ""},
	} {
		if got, ok := l.Named(test.name, test.languages); got.ID != test.want || ok != (test.want != "") {
			t.Errorf("Named(%q, %q) = %q, want %q", test.name, test.languages, got.ID, test.want)
		}
	}
	if got := l.Nearest("hallo", 3); len(got) == 0 || got[0] != "hello" {
		t.Errorf("Nearest(hallo) = %q, want hello first", got)
	}
	if got := l.Nearest("ref", 1); !slices.Equal(got, []string{"refund"}) {
		t.Errorf("Nearest(ref) = %q, want refund", got)
	}
	if got := l.Nearest("zzz", 3); len(got) != 0 {
		t.Errorf("Nearest(zzz) = %q, want none", got)
	}
	var none *canned.Library
	if _, ok := none.Named("hello", nil); ok || len(none.All()) != 0 || len(none.Nearest("hello", 3)) != 0 {
		t.Error("no library has replies")
	}
}

// Ensure that a short form is told from a text that only begins with the sign.
func TestShort(t *testing.T) {
	for _, test := range []struct{ text, name, rest, literal string }{
		{"!hello", "hello", "", ""}, {" !hello \n", "hello", "", ""}, {"!hello there\nyou", "hello", "there\nyou", ""},
		{"!grüß-gott_2", "grüß-gott_2", "", ""}, {"!!hello", "", "", "!hello"}, {"!!!", "", "", "!!"}, {"!", "", "", "!"},
		{"! hello", "", "", "! hello"}, {"!hello!", "", "", "!hello!"}, {"hello !hello", "", "", "hello !hello"}, {"", "", "", ""},
	} {
		name, rest, literal := canned.Short(test.text)
		if name != test.name || rest != test.rest || literal != test.literal {
			t.Errorf("Short(%q) = %q, %q, %q, want %q, %q, %q", test.text, name, rest, literal, test.name, test.rest, test.literal)
		}
	}
}

// Ensure that no file breaks the reading, and that what is read is within what forms take.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"", "---", "---\n---", "---\ntitle: A\nname: !a\nlanguage: en\n---\nHi {{customer.name}}", "---\n:\n---\n{{", "---\ntitle: \"\n---\n}}{{a}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := canned.Load([]canned.File{file("a.md", text)})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "a.md:") {
				t.Fatalf("the fault %q has no place", err)
			}
			return
		}
		r := l.All()[0]
		if r.Title == "" || r.Body == "" {
			t.Fatalf("Load(%q) = %+v", text, r)
		}
		filled, missing := r.Fill(canned.Facts{})
		if left := canned.Left(filled); !slices.Equal(left, missing) {
			t.Fatalf("Fill(%q) leaves %q and tells %q", text, left, missing)
		}
	})
}

// Ensure that every text is read as a name, or sent as it stands but for one sign.
func FuzzShort(f *testing.F) {
	f.Add("!hello there")
	f.Add("!!")
	f.Fuzz(func(t *testing.T, text string) {
		name, rest, literal := canned.Short(text)
		if (name == "") == (literal == "") && strings.TrimSpace(text) != "" {
			t.Fatalf("Short(%q) = %q, %q, %q", text, name, rest, literal)
		}
	})
}
