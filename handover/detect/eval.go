package detect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Report says how well a judgement did on labelled texts.
type Report struct {
	All   Score            // all languages together
	Langs map[string]Score // by the language column
	Wrong []Miss           // in the order of the file
}

// A Score counts how often a judgement was right.
type Score struct {
	TruePos, FalsePos, FalseNeg, TrueNeg int
}

// A Miss is a row that was judged wrongly.
type Miss struct {
	Line   int
	Lang   string
	Source string
	Text   string
	Asked  bool // the judgement said yes, the label says no
}

// N is the number of scored rows.
func (s Score) N() int { return s.TruePos + s.FalsePos + s.FalseNeg + s.TrueNeg }

// Precision is the share of right ones among what was judged a yes; 1 when
// nothing was, as no false alarm was given.
func (s Score) Precision() float64 { return share(s.TruePos, s.FalsePos) }

// Recall is the share that was found of all that are a yes; 1 when there is
// none to find.
func (s Score) Recall() float64 { return share(s.TruePos, s.FalseNeg) }

func share(right, wrong int) float64 {
	if right+wrong == 0 {
		return 1
	}
	return float64(right) / float64(right+wrong)
}

func (s *Score) count(want, got bool) {
	switch {
	case want && got:
		s.TruePos++
	case got:
		s.FalsePos++
	case want:
		s.FalseNeg++
	default:
		s.TrueNeg++
	}
}

// maxLine bounds a row, in bytes.
const maxLine = 1 << 20

// Measure reads labelled texts from r and scores judge on them. The format is
// tab-separated: a header, then the columns label, lang, source and text;
// label 1 is a yes, 0 a no, and rows labelled a are not scored. An error names
// the line at which reading ended.
func Measure(r io.Reader, judge func(text string) bool) (Report, error) {
	rep := Report{Langs: map[string]Score{}}
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 1<<16), maxLine)
	at := 0
	for sc.Scan() {
		at++
		cols := strings.Split(strings.TrimSuffix(sc.Text(), "\r"), "\t")
		if at == 1 {
			if !slices.Equal(cols, []string{"label", "lang", "source", "text"}) {
				return rep, errors.New("line 1: the header is not label, lang, source, text")
			}
			continue
		}
		if len(cols) != 4 {
			return rep, fmt.Errorf("line %d: %d columns, want 4", at, len(cols))
		}
		label, lang, source, text := cols[0], cols[1], cols[2], cols[3]
		switch {
		case label == "a":
			continue
		case label != "0" && label != "1":
			return rep, fmt.Errorf("line %d: label %q, want 0, 1 or a", at, label)
		case lang == "" || text == "":
			return rep, fmt.Errorf("line %d: the language or the text is empty", at)
		}
		want, got := label == "1", judge(text)
		rep.All.count(want, got)
		s := rep.Langs[lang]
		s.count(want, got)
		rep.Langs[lang] = s
		if want != got {
			rep.Wrong = append(rep.Wrong, Miss{Line: at, Lang: lang, Source: source, Text: text, Asked: got})
		}
	}
	if err := sc.Err(); err != nil {
		return rep, fmt.Errorf("line %d: %w", at+1, err)
	}
	if at == 0 {
		return rep, errors.New("line 1: the header is missing")
	}
	return rep, nil
}

// Print writes a line a language, by name, and one for all together last. With
// misses it first writes each wrong row: a false positive with +, a false
// negative with -.
func (r Report) Print(w io.Writer, misses bool) {
	if misses {
		for _, m := range r.Wrong {
			sign := '-'
			if m.Asked {
				sign = '+'
			}
			fmt.Fprintf(w, "%c %d %s %s\t%s\n", sign, m.Line, m.Lang, m.Source, m.Text)
		}
	}
	langs := make([]string, 0, len(r.Langs))
	for l := range r.Langs {
		langs = append(langs, l)
	}
	slices.Sort(langs)
	for _, l := range langs {
		r.Langs[l].print(w, l)
	}
	r.All.print(w, "all")
}

func (s Score) print(w io.Writer, name string) {
	fmt.Fprintf(w, "%s precision=%.3f recall=%.3f n=%d\n", name, s.Precision(), s.Recall(), s.N())
}
