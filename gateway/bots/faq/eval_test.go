package faq_test

import (
	"bufio"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/faq"
)

// threshold is the gateway's default min_confidence.
const threshold = 0.4

// rows reads a file of what is to be answered, a tab, and what is asked. "-" is nothing.
func rows(t *testing.T, name string) (wants, texts []string) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		want, text, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			t.Fatalf("%s: %q has no tab", name, lines.Text())
		}
		wants, texts = append(wants, want), append(texts, text)
	}
	return wants, texts
}

// Real ways to ask are answered with enough confidence, and what is not in the file is not.
func TestAnswersWhatIsAsked(t *testing.T) {
	for _, file := range []struct{ questions, asked string }{
		{"example.md", "example.tsv"},
		{filepath.Join("testdata", "languages.md"), "languages.tsv"},
	} {
		b := open(t, &faq.Config{File: file.questions})
		wants, texts := rows(t, file.asked)
		for i, text := range texts {
			t.Run(file.asked+"/"+text, func(t *testing.T) {
				a, err := b.Answer(t.Context(), bots.Question{Text: text})
				if err != nil || len(a.Messages) == 0 || a.Confidence == nil {
					t.Fatalf("Answer(%q) = %+v, %v; want words and a confidence", text, a, err)
				}
				said, sure := a.Messages[0].Text, *a.Confidence >= threshold && !a.Fallback
				if wants[i] == "-" {
					if sure {
						t.Errorf("Answer(%q) = %q with %.2f, want nothing found", text, said, *a.Confidence)
					}
					return
				}
				if !sure || !strings.Contains(said, wants[i]) {
					t.Errorf("Answer(%q) = %q with %.2f, want %q", text, said, *a.Confidence, wants[i])
				}
			})
		}
	}
}

// The same file and question give the same answer, to the last bit of the confidence.
func TestAnswersAreTheSameEachTime(t *testing.T) {
	path := filepath.Join("testdata", "languages.md")
	first, second := open(t, &faq.Config{File: path}), open(t, &faq.Config{File: path})
	_, texts := rows(t, "languages.tsv")
	for _, text := range texts {
		a, err := first.Answer(t.Context(), bots.Question{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []bots.Bot{first, second} {
			if again, err := b.Answer(t.Context(), bots.Question{Text: text}); err != nil || !reflect.DeepEqual(a, again) {
				t.Errorf("Answer(%q) = %+v, then %+v, %v", text, a, again, err)
			}
		}
	}
}

// Every question of the example finds its own answer for certain, however it is typed.
func TestEveryQuestionFindsItsAnswer(t *testing.T) {
	entries, err := faq.Parse("example.md", faq.Example())
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) < 12 {
		t.Fatalf("the example has %d entries, want at least 12", len(entries))
	}
	b := open(t, &faq.Config{File: "example.md", Data: faq.Example()})
	for _, e := range entries {
		for _, q := range e.Questions {
			for _, typed := range []string{q, strings.ToUpper(q), " " + strings.Trim(q, "¿?") + " …"} {
				a, err := b.Answer(t.Context(), bots.Question{Text: typed})
				if err != nil || a.Confidence == nil || *a.Confidence != 1 || a.Messages[0].Text != e.Answer {
					t.Errorf("Answer(%q) = %+v, %v; want %q for certain", typed, a, err, e.Answer)
				}
			}
		}
		for _, button := range e.Buttons {
			if a, err := b.Answer(t.Context(), bots.Question{Payload: button.Title}); err != nil || a.Fallback && !strings.Contains(button.Title, "person") {
				t.Errorf("the button %q leads nowhere: %+v, %v", button.Title, a, err)
			}
		}
	}
}
