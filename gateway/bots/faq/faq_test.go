package faq_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"go.uber.org/goleak"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/faq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a bot that is closed with the test.
func open(t testing.TB, c *faq.Config) bots.Bot {
	t.Helper()
	b, err := faq.New(c, bots.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.(io.Closer).Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return b
}

func example(t testing.TB) bots.Bot {
	return open(t, &faq.Config{File: "example.md", Data: faq.Example()})
}

func said(a bots.Answer) []string {
	var texts []string
	for _, m := range a.Messages {
		texts = append(texts, m.Text)
	}
	return texts
}

func TestSeveralQuestionsInOneMessage(t *testing.T) {
	b := example(t)
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"When are you open?\nDo you ship abroad?", []string{"Monday to Friday", "European Union"}},
		{"Hi! Where is your shop? Is there a warranty? Thanks.", []string{"Canal Street", "three years"}},
		{"When are you open? What are your opening hours?", []string{"Monday to Friday"}},
		{"I bought a lamp from you last summer. It was a present for my mother. Is there a warranty?", []string{"three years"}},
		{"a? b? When are you open? Where is your shop? Do you ship abroad? Is there a warranty? c?", []string{"Monday", "Canal", "European"}},
	} {
		a, err := b.Answer(t.Context(), bots.Question{Text: tt.text})
		if err != nil || len(a.Messages) != len(tt.want) {
			t.Errorf("Answer(%q) = %q, %v; want %d answers", tt.text, said(a), err, len(tt.want))
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(a.Messages[i].Text, want) {
				t.Errorf("Answer(%q)[%d] = %q, want %q in it", tt.text, i, a.Messages[i].Text, want)
			}
		}
		if *a.Confidence < threshold || a.Fallback {
			t.Errorf("Answer(%q) is %.2f sure", tt.text, *a.Confidence)
		}
	}
}

func TestStart(t *testing.T) {
	greeted := example(t)
	bare := open(t, &faq.Config{File: "x.md", Data: []byte("## When are you open?\nAlways.\n")})
	for _, tt := range []struct {
		name string
		b    bots.Bot
		q    bots.Question
		want string
	}{
		{"the file greets", greeted, bots.Question{Text: "/start"}, "Hello! I can tell you"},
		{"the bot greets", bare, bots.Question{Text: "/start"}, "Hello! What would you like to know?"},
		{"in his language", bare, bots.Question{Text: "/start", Conversation: bots.Conversation{Locale: "es_MX"}}, "¡Hola!"},
		{"a link that asks", bare, bots.Question{Text: "/start open"}, "Always."},
		{"a link that asks nothing", bare, bots.Question{Text: "/start ref_17"}, "Hello!"},
		{"a greeting", bare, bots.Question{Text: "good morning :)"}, "Hello!"},
		{"a greeting and a question", bare, bots.Question{Text: "good morning, are you open?"}, "Always."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := tt.b.Answer(t.Context(), tt.q)
			if err != nil || a.Fallback || len(a.Messages) != 1 || !strings.HasPrefix(a.Messages[0].Text, tt.want) || *a.Confidence < threshold {
				t.Errorf("Answer(%q) = %q, %v; want %q", tt.q.Text, said(a), err, tt.want)
			}
		})
	}
}

func TestFallback(t *testing.T) {
	data := []byte("## When are you open?\nAlways.\n")
	for _, tt := range []struct{ name, locale, own, want string }{
		{"English", "", "", "Sorry, I don't have an answer to that. Could you put it another way?"},
		{"unknown language", "xx", "", "Sorry, I don't have an answer to that. Could you put it another way?"},
		{"German", "de-AT", "", "Darauf habe ich leider keine Antwort. Könnten Sie es anders sagen?"},
		{"own", "de", "Keine Ahnung.", "Keine Ahnung."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := open(t, &faq.Config{File: "x.md", Data: data, Fallback: tt.own})
			for _, text := range []string{"unicorns", "", "what is the", "🙂"} {
				a, err := b.Answer(t.Context(), bots.Question{Text: text, Conversation: bots.Conversation{Locale: tt.locale}})
				if err != nil || !a.Fallback || *a.Confidence != 0 || !slices.Equal(said(a), []string{tt.want}) {
					t.Errorf("Answer(%q) = %+v, %v; want the fallback %q", text, a, err, tt.want)
				}
			}
		})
	}
}

func TestPressedButton(t *testing.T) {
	b := example(t)
	a, err := b.Answer(t.Context(), bots.Question{Text: "Öffnen", Payload: "When are you open?"})
	if err != nil || *a.Confidence != 1 || !strings.HasPrefix(a.Messages[0].Text, "We are open") {
		t.Errorf("Answer to a pressed button = %+v, %v; want what its payload asks", a, err)
	}
	a, err = b.Answer(t.Context(), bots.Question{Text: "hello"})
	if err != nil || len(a.Messages[0].Buttons) != 3 || a.Messages[0].Buttons[1].Title != "Where is my order?" {
		t.Errorf("Answer(hello) = %+v, %v; want three buttons", a, err)
	}
	a.Messages[0].Buttons[1].Title = "changed"
	if again, _ := b.Answer(t.Context(), bots.Question{Text: "hello"}); again.Messages[0].Buttons[1].Title == "changed" {
		t.Error("an answer's buttons are the bot's own")
	}
}

// An answer that takes up a word of the question is nearer than one that only happens to have it.
func TestConfidenceGrows(t *testing.T) {
	b := open(t, &faq.Config{File: "x.md", Data: []byte("## Can I cancel my order?\nYes.\n\n## Where is my order?\nNear.\n\n## Do you sell gift cards?\nYes, from 10.\n")})
	last := 2.0
	for _, text := range []string{"Can I cancel my order?", "cancel my order", "cancel the whole order of lamps", "cancel the subscription", "which lamps shine in subways", "zzz"} {
		a, err := b.Answer(t.Context(), bots.Question{Text: text})
		if err != nil || *a.Confidence > last || *a.Confidence == last && last != 0 {
			t.Errorf("Answer(%q) is %v sure, %v; want less than %v", text, *a.Confidence, err, last)
		}
		last = *a.Confidence
	}
	if last != 0 {
		t.Errorf("nonsense is answered with %v, want 0", last)
	}
}

func TestConcurrentAndClosed(t *testing.T) {
	b, err := faq.New(&faq.Config{File: "example.md", Data: faq.Example()}, bots.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				if a, err := b.Answer(t.Context(), bots.Question{Text: fmt.Sprintf("order %d: where is my order", i)}); err != nil || a.Fallback {
					t.Errorf("Answer = %+v, %v", a, err)
				}
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Answer(ctx, bots.Question{Text: "open sundays"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Answer of a canceled call: error = %v, want context.Canceled", err)
	}
	if a, err := b.Answer(t.Context(), bots.Question{Text: "open sundays"}); err != nil || a.Fallback {
		t.Errorf("Answer after a canceled call = %+v, %v", a, err)
	}
	if err := b.(io.Closer).Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if a, err := b.Answer(t.Context(), bots.Question{Text: "open sundays"}); err == nil {
		t.Errorf("Answer of a closed bot = %+v, want an error", a)
	}
}

func TestConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faq.md")
	if err := os.WriteFile(path, []byte("## Q?\nA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var c faq.Config
	d := toml.NewDecoder(strings.NewReader(fmt.Sprintf("kind = \"faq\"\nfile = %q\nfallback = \"?\"\ntimeout = \"1s\"\n", path)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if c.File != path || c.Fallback != "?" || c.Kind != "faq" {
		t.Errorf("Config = %+v", c)
	}
	if files := c.Files(); !slices.Equal(files, []string{path}) {
		t.Errorf("Files() = %q, want the file", files)
	}
	for _, p := range c.Validate() {
		if !p.Warning {
			t.Errorf("Validate: %s: %s", p.Key, p.Text)
		}
	}
	for _, tt := range []struct {
		name string
		c    faq.Config
		want string
	}{
		{"no file", faq.Config{}, "missing"},
		{"not there", faq.Config{File: filepath.Join(t.TempDir(), "none.md")}, "none.md"},
		{"a folder", faq.Config{File: t.TempDir()}, "is a folder"},
		{"other ending", faq.Config{File: "faq.txt", Data: []byte("## Q?\nA\n")}, ".toml or .md"},
		{"broken", faq.Config{File: "faq.md", Data: []byte("\n## Q?\n")}, "faq.md:2:"},
		{"empty", faq.Config{File: "faq.md", Data: []byte{}}, "has no questions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			problems := tt.c.Validate()
			if !slices.ContainsFunc(problems, func(p bots.Problem) bool {
				return p.Key == "file" && !p.Warning && strings.Contains(p.Text, tt.want)
			}) {
				t.Errorf("Validate() = %v, want %q about file", problems, tt.want)
			}
			if b, err := faq.New(&tt.c, bots.Deps{}); err == nil || b != nil || !strings.Contains(err.Error(), "file: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New = %v, %v; want an error with %q", b, err, tt.want)
			}
		})
	}
}

func TestConfigWithinItsFolder(t *testing.T) {
	dir := t.TempDir()
	absolute := filepath.Join(dir, "other", "faq.md")
	for _, tt := range []struct {
		name string
		c    faq.Config
		want string
	}{
		{"relative", faq.Config{File: "faq.md"}, filepath.Join(dir, "faq.md")},
		{"absolute", faq.Config{File: absolute}, absolute},
		{"not set", faq.Config{}, ""},
		{"content of its own", faq.Config{File: "faq.md", Data: faq.Example()}, "faq.md"},
	} {
		tt.c.Within(dir)
		if tt.c.File != tt.want {
			t.Errorf("%s: File = %q, want %q", tt.name, tt.c.File, tt.want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"where is my order", "", "/start", "/start x", "你好", "a b c d e f g", "\xff\xfe", "i̇ß", "1 2 3", "OR NOT \" * (", "？。！"} {
		f.Add(seed, "en")
	}
	b := example(f)
	f.Fuzz(func(t *testing.T, text, locale string) {
		a, err := b.Answer(t.Context(), bots.Question{Text: text, Conversation: bots.Conversation{Locale: locale}})
		if err != nil || len(a.Messages) == 0 || a.Confidence == nil || *a.Confidence < 0 || *a.Confidence > 1 {
			t.Fatalf("Answer(%q) = %+v, %v; want words with a confidence", text, a, err)
		}
		for _, m := range a.Messages {
			if m.Text == "" {
				t.Errorf("Answer(%q) has an empty message", text)
			}
		}
	})
}
