package detect_test

import (
	"strings"
	"testing"

	"patchbay/handover/detect"
)

const table = "label\tlang\tsource\ttext\n" +
	"1\ten\tx\tyes one\n" +
	"1\ten\tx\tone more\n" +
	"0\ten\tx\tyes two\n" +
	"a\ten\tx\tyes but not scored\n" +
	"0\tde\tx\tnein\n"

func saysYes(s string) bool { return strings.HasPrefix(s, "yes") }

func TestMeasure(t *testing.T) {
	rep, err := detect.Measure(strings.NewReader(table), saysYes)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	rep.Print(&b, true)
	want := "- 3 en x\tone more\n" +
		"+ 4 en x\tyes two\n" +
		"de precision=1.000 recall=1.000 n=1\n" +
		"en precision=0.500 recall=0.500 n=3\n" +
		"all precision=0.500 recall=0.500 n=4\n"
	if b.String() != want {
		t.Errorf("Print() =\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	rep.Print(&b, false)
	if !strings.HasPrefix(b.String(), "de ") {
		t.Errorf("Print() without misses =\n%s", b.String())
	}
}

func TestMeasure_Empty(t *testing.T) {
	rep, err := detect.Measure(strings.NewReader("label\tlang\tsource\ttext\n"), saysYes)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	rep.Print(&b, true)
	if want := "all precision=1.000 recall=1.000 n=0\n"; b.String() != want {
		t.Errorf("Print() = %q, want %q", b.String(), want)
	}
}

func TestMeasure_Malformed(t *testing.T) {
	head := "label\tlang\tsource\ttext\n"
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: the header is missing"},
		{"no header", "1\ten\tx\ttext\n", "line 1: the header is not label, lang, source, text"},
		{"few columns", head + "1\ten\ttext\n", "line 2: 3 columns, want 4"},
		{"many columns", head + "1\ten\tx\tte\txt\n", "line 2: 5 columns, want 4"},
		{"empty line", head + "1\ten\tx\tt\n\n", "line 3: 1 columns, want 4"},
		{"label", head + "2\ten\tx\tt\n", `line 2: label "2", want 0, 1 or a`},
		{"no text", head + "1\ten\tx\t\n", "line 2: the language or the text is empty"},
		{"long", head + strings.Repeat("x", 2<<20), "line 2: bufio.Scanner: token too long"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := detect.Measure(strings.NewReader(tc.text), saysYes)
			if err == nil || err.Error() != tc.want {
				t.Errorf("Measure() error = %v, want %s", err, tc.want)
			}
		})
	}
}

func FuzzMeasure(f *testing.F) {
	f.Add(table)
	f.Add("label\tlang\tsource\ttext\r\n1\ten\tx\tt\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		rep, err := detect.Measure(strings.NewReader(text), saysYes)
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("Measure() error = %v, want a line number", err)
		}
		n := 0
		for _, s := range rep.Langs {
			n += s.N()
		}
		if n != rep.All.N() || len(rep.Wrong) != rep.All.FalsePos+rep.All.FalseNeg {
			t.Errorf("Measure(%q) does not add up: %+v", text, rep)
		}
	})
}
