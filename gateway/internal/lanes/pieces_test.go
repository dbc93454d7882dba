package lanes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/models"
)

// squeezed is text without white space, which is what cutting may drop.
func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), "")
}

// checkPieces holds what a message is cut into against the platform's limits and against the message.
func checkPieces(t interface {
	Helper()
	Errorf(string, ...any)
}, m models.Message, l channels.Limits) {
	t.Helper()
	outs := lanes.Outbounds(m, "c1", l)
	texts := lanes.PartsOf(m, l)
	if len(outs) != len(texts) {
		t.Errorf("%d sends for %d parts", len(outs), len(texts))
	}
	var all []string
	for i, out := range outs {
		all = append(all, out.Text)
		limit := l.Text
		if len(out.Buttons) > 0 && l.ButtonText > 0 {
			limit = l.ButtonText
		}
		used := channels.Len(out.Text, l.Unit)
		part := models.Rich{Text: out.Text, Spans: out.Spans}
		if l.Length != nil && len(out.Spans) > 0 {
			used = l.Length(part)
		}
		if !slices.Equal(models.NormalSpans(out.Text, out.Spans), out.Spans) {
			t.Errorf("send %d has the spans %v, which are not normal: %q", i, out.Spans, out.Text)
		}
		for _, s := range out.Spans {
			if !slices.Contains(l.Spans, s.Kind) {
				t.Errorf("send %d has %v, which the platform does not show", i, s)
			}
		}
		if out.Title != "" {
			used += channels.Len(out.Title, l.Unit) + 1
		}
		if _, size := utf8.DecodeRuneInString(out.Text); limit > 0 && used > limit && size != len(out.Text) {
			t.Errorf("send %d of %d has %d units, want at most %d: %+v", i, len(outs), used, limit, l)
		}
		if strings.TrimSpace(out.Text) == "" {
			t.Errorf("send %d is empty", i)
		}
		if out.Title != "" && (i > 0 || l.Sender) {
			t.Errorf("send %d has the title %q; want it on the first alone, and never where the sender shows", i, out.Title)
		}
		if len(out.Buttons) > 0 && i != len(outs)-1 {
			t.Errorf("send %d of %d has the buttons, want them on the last", i, len(outs))
		}
		if len(out.Buttons) > l.Buttons {
			t.Errorf("send %d has %d buttons, want at most %d", i, len(out.Buttons), l.Buttons)
		}
		for _, b := range out.Buttons {
			if strings.TrimSpace(b.Title) == "" {
				t.Errorf("a button without a title reaches the adapter: %+v", b)
			}
			if l.Title > 0 && utf8.RuneCountInString(b.Title) > l.Title || l.Payload > 0 && len(b.Payload) > l.Payload {
				t.Errorf("the button %+v breaks the limits %+v", b, l)
			}
		}
		if id := out.ID; i == 0 && id != m.ID || i > 0 && id != fmt.Sprintf("%s-%d", m.ID, i) {
			t.Errorf("send %d has the id %q", i, id)
		}
	}
	whole := squeezed(strings.Join(all, ""))
	if said := m.Content.Whole().Keep(l.Spans).Text; !strings.HasPrefix(whole, squeezed(said)) {
		t.Errorf("the parts do not begin with the message:\n%q\n%q", whole, said)
	}
	if len(outs) == 0 || len(outs[len(outs)-1].Buttons) > 0 {
		return
	}
	for _, b := range m.Content.Buttons {
		label := b.Title
		if strings.TrimSpace(label) == "" {
			label = b.Payload
		}
		if !strings.Contains(whole, squeezed(label)) {
			t.Errorf("the button %q is neither shown nor said: %q", label, whole)
		}
	}
}

// Ensure that whatever a message is, its parts keep to the limits and say all of it, in order.
func TestPiecesKeepEverything(t *testing.T) {
	word := rapid.StringOf(rapid.SampledFrom([]rune("abc é中😀👩\u200d \n.")))
	rapid.Check(t, func(t *rapid.T) {
		l := channels.Limits{
			Text: rapid.SampledFrom([]int{0, 8, 20, 64, 300}).Draw(t, "text"), Unit: rapid.SampledFrom([]channels.Unit{channels.Runes, channels.UTF16, channels.Bytes}).Draw(t, "unit"),
			Buttons: rapid.IntRange(0, 4).Draw(t, "buttons"), Sender: rapid.Bool().Draw(t, "sender"),
		}
		if l.Buttons > 0 {
			l.Title = rapid.SampledFrom([]int{0, 3, 20}).Draw(t, "title")
			l.Payload = rapid.SampledFrom([]int{0, 5, 64}).Draw(t, "payload")
			if l.Text > 0 {
				l.ButtonText = rapid.IntRange(0, l.Text).Draw(t, "button text")
			}
		}
		m := models.Message{ID: "m1", Content: models.Content{Text: word.Draw(t, "words")}}
		if rapid.Bool().Draw(t, "long") {
			m.Content.Text = strings.Repeat(m.Content.Text+" ", 30)
		}
		for range rapid.IntRange(0, 6).Draw(t, "spans") {
			m.Content.Spans = append(m.Content.Spans, models.TextSpan{
				Kind: rapid.SampledFrom(models.SpanKinds()).Draw(t, "kind"), URL: "https://shop.example/a b",
				From: rapid.IntRange(0, len(m.Content.Text)).Draw(t, "from"), To: rapid.IntRange(0, len(m.Content.Text)).Draw(t, "to"),
			})
		}
		l.Spans = rapid.SliceOfDistinct(rapid.SampledFrom(models.SpanKinds()), func(k models.SpanKind) models.SpanKind { return k }).Draw(t, "shown")
		if rapid.Bool().Draw(t, "marks count") {
			l.Length = func(r models.Rich) int { return channels.Len(r.Text, l.Unit) + 2*len(r.Spans) }
		}
		if rapid.Bool().Draw(t, "named") && (l.Text == 0 || l.Text >= 20) && (l.ButtonText == 0 || l.ButtonText >= 20) {
			m.Title = "Ana"
		}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			m.Content.Buttons = append(m.Content.Buttons, models.Button{Title: word.Draw(t, "button"), Payload: word.Draw(t, "data")})
		}
		checkPieces(t, m, l)
	})
}

func FuzzPieces(f *testing.F) {
	f.Add("Hello there. How are you?", "Ana", "Yes", "", 20, 1, 2, 10)
	f.Add("中文。中文！", "", "", "payload", 8, 0, 1, 0)
	f.Add("👩\u200d👩\u200d👧\u200d👦👩\u200d👩\u200d👧\u200d👦", "B", " ", "", 64, 2, 10, 5)
	f.Add("\x80\xff", "", "\x80", "\xff", 5, 1, 3, 1)
	f.Fuzz(func(t *testing.T, text, title, button, payload string, limit, unit, buttons, room int) {
		l := channels.Limits{Text: max(limit%500, 0), Unit: channels.Unit(max(unit, 0) % 3), Buttons: max(buttons%20, 0)}
		if l.Text > 0 && l.Buttons > 0 {
			l.ButtonText = max(room, 0) % (l.Text + 1)
		}
		if used := channels.Len(title, l.Unit) + 2; l.Text > 0 && used > l.Text || l.ButtonText > 0 && used > l.ButtonText {
			title = "" // names are shorter than messages
		}
		checkPieces(t, models.Message{
			ID: "m1", Title: strings.TrimSpace(title),
			Content: models.Content{Text: text, Buttons: []models.Button{{Title: button, Payload: payload}, {Title: "No"}}},
		}, l)
	})
}

func TestButtonsOrWords(t *testing.T) {
	l := channels.Limits{Text: 100, Buttons: 3, Title: 20, Payload: 64}
	long := strings.Repeat("ä", 20)
	tests := []struct {
		name    string
		limits  channels.Limits
		text    string
		buttons []models.Button
		want    string
		shown   []string
	}{
		{"shown", l, "Which?", []models.Button{{Title: "A"}, {Title: "B", Payload: "b"}}, "Which?", []string{"A", "B"}},
		{"too many", l, "Which?", []models.Button{{Title: "A"}, {Title: "B"}, {Title: "C"}, {Title: "D"}}, "Which?\n\n1. A\n2. B\n3. C\n4. D", nil},
		{"none on this platform", channels.Limits{Text: 100}, "Which?", []models.Button{{Title: "A"}}, "Which?\n\n1. A", nil},
		{"title too long", l, "Which?", []models.Button{{Title: strings.Repeat("x", 21)}}, "Which?\n\n1. " + strings.Repeat("x", 21), nil},
		{"payload too long", l, "Which?", []models.Button{{Title: "A", Payload: strings.Repeat("x", 65)}}, "Which?\n\n1. A", nil},
		{"long title, no payload", channels.Limits{Text: 100, Buttons: 3, Payload: 30}, "Which?", []models.Button{{Title: long}}, "Which?", []string{long}},
		{"no text", l, "", []models.Button{{Title: "A"}, {Title: "B"}}, "1. A\n2. B", nil},
		{"no title", l, "Which?", []models.Button{{Payload: "/pay"}, {Title: "B"}}, "Which?", []string{"/pay", "B"}},
		{"no title, long payload", l, "Which?", []models.Button{{Payload: strings.Repeat("p", 30)}}, "Which?\n\n1. " + strings.Repeat("p", 30), nil},
		{"nothing on it", l, "Which?", []models.Button{{Title: " \n"}, {Title: "B"}}, "Which?", []string{"B"}},
		{"nothing on any", l, "Which?", []models.Button{{}, {Title: " "}}, "Which?", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			outs := lanes.Outbounds(models.Message{ID: "m", Content: models.Content{Text: tt.text, Buttons: tt.buttons}}, "c1", tt.limits)
			if len(outs) != 1 || outs[0].Text != tt.want {
				t.Fatalf("Outbounds = %+v, want the text %q", outs, tt.want)
			}
			var titles []string
			for _, b := range outs[0].Buttons {
				titles = append(titles, b.Title)
			}
			if !slices.Equal(titles, tt.shown) {
				t.Errorf("buttons = %q, want %q", titles, tt.shown)
			}
		})
	}
}

// Ensure that nothing is sent for a message that says nothing.
func TestNothingToSend(t *testing.T) {
	for _, c := range []models.Content{{}, {Text: " \n"}, {Text: " ", Buttons: []models.Button{{Title: " "}}}} {
		if outs := lanes.Outbounds(models.Message{ID: "m", Title: "Ana", Content: c}, "c1", channels.Limits{Text: 100, Buttons: 3}); len(outs) != 0 {
			t.Errorf("Outbounds(%+v) = %+v, want none", c, outs)
		}
	}
}

// Ensure that a message whose buttons need a shorter text is cut once more, and that the buttons stand under its end.
func TestButtonsUnderTheEnd(t *testing.T) {
	l := channels.Limits{Text: 60, ButtonText: 20, Buttons: 3, Title: 20}
	m := models.Message{ID: "m", Title: "Ana", Content: models.Content{
		Text: "One two three four five six seven eight nine.", Buttons: []models.Button{{Title: "Yes"}, {Title: "No"}},
	}}
	checkPieces(t, m, l)
	outs := lanes.Outbounds(m, "c1", l)
	if last := outs[len(outs)-1]; len(outs) < 2 || len(last.Buttons) != 2 || !strings.HasSuffix(last.Text, "nine.") {
		t.Errorf("Outbounds = %+v", outs)
	}
}
