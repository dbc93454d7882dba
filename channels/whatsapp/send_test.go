package whatsapp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

// chat is an adapter, its platform, and Luis with an open window.
func chat(t *testing.T, o whatsapptest.Options) (whole, *whatsapptest.Server, *whatsapptest.User) {
	t.Helper()
	s := fake(t, o)
	s.SetCallback("http://127.0.0.1:1/") // nobody; what is told of statuses does not matter here
	luis := s.User("5215550001111", "Luis Pérez")
	luis.Say("hola")
	return open(t, config(s.URL()), quiet()), s, luis
}

func out(text string) channels.Outbound {
	return channels.Outbound{ID: "m1", Address: luisPhone, Text: text}
}

func buttons(titles ...string) []models.Button {
	var list []models.Button
	for _, title := range titles {
		list = append(list, models.Button{Title: title, Payload: "pay:" + title})
	}
	return list
}

func TestSendShows(t *testing.T) {
	a, _, luis := chat(t, whatsapptest.Options{})
	tests := []struct {
		name   string
		change func(*channels.Outbound)
		text   string
		list   bool
		titles []string
	}{
		{name: "text", change: func(*channels.Outbound) {}, text: "hi <b>*there*</b>"},
		{name: "title", change: func(m *channels.Outbound) { m.Title = "Ann Lee" }, text: "*Ann Lee*\nhi <b>*there*</b>"},
		{name: "title over lines", change: func(m *channels.Outbound) { m.Title = " Ann\n Lee " }, text: "*Ann Lee*\nhi <b>*there*</b>"},
		{name: "title with an asterisk", change: func(m *channels.Outbound) { m.Title = "A*n" }, text: "A*n\nhi <b>*there*</b>"},
		{name: "blank title", change: func(m *channels.Outbound) { m.Title = " \n" }, text: "hi <b>*there*</b>"},
		{name: "title that fits with its marks", change: func(m *channels.Outbound) { m.Title, m.Text = "Ann", strings.Repeat("x", 4090) }, text: "*Ann*\n" + strings.Repeat("x", 4090)},
		{name: "title that fits without", change: func(m *channels.Outbound) { m.Title, m.Text = "Ann", strings.Repeat("x", 4092) }, text: "Ann\n" + strings.Repeat("x", 4092)},
		{name: "one button", change: func(m *channels.Outbound) { m.Buttons = buttons("Yes") }, text: "hi <b>*there*</b>", titles: []string{"Yes"}},
		{name: "three buttons of 20", change: func(m *channels.Outbound) {
			m.Buttons = buttons(strings.Repeat("a", 20), strings.Repeat("é", 20), "c")
		}, text: "hi <b>*there*</b>", titles: []string{strings.Repeat("a", 20), strings.Repeat("é", 20), "c"}},
		{name: "a title of 21", change: func(m *channels.Outbound) { m.Buttons = buttons(strings.Repeat("a", 21)) }, text: "hi <b>*there*</b>", list: true, titles: []string{strings.Repeat("a", 21)}},
		{name: "a title that may be longer than 20", change: func(m *channels.Outbound) { m.Buttons = buttons(strings.Repeat("😀", 11)) }, text: "hi <b>*there*</b>", list: true, titles: []string{strings.Repeat("😀", 11)}},
		{name: "four buttons", change: func(m *channels.Outbound) { m.Buttons = buttons("a", "b", "c", "d") }, text: "hi <b>*there*</b>", list: true, titles: []string{"a", "b", "c", "d"}},
		{name: "ten buttons and a title", change: func(m *channels.Outbound) {
			m.Title, m.Buttons = "Ann", buttons(strings.Split("1 2 3 4 5 6 7 8 9 10", " ")...)
		}, text: "*Ann*\nhi <b>*there*</b>", list: true, titles: strings.Split("1 2 3 4 5 6 7 8 9 10", " ")},
		{name: "the same title twice", change: func(m *channels.Outbound) { m.Buttons = buttons("a", "a") }, text: "hi <b>*there*</b>", list: true, titles: []string{"a", "a"}},
		{name: "longest text with buttons", change: func(m *channels.Outbound) { m.Text, m.Buttons = strings.Repeat("x", 1024), buttons("a") }, text: strings.Repeat("x", 1024), titles: []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := out("hi <b>*there*</b>")
			m.ReplyTo = "wamid.in"
			tt.change(&m)
			id, err := a.Send(soon(t), m)
			if err != nil {
				t.Fatalf("Send() = %v", err)
			}
			seen := luis.Seen()
			got := seen[len(seen)-1]
			var titles []string
			for _, b := range got.Buttons {
				titles = append(titles, b.Title)
			}
			if got.ID != id || got.Text != tt.text || got.List != tt.list || !slices.Equal(titles, tt.titles) {
				t.Errorf("Send() shows %q %q (list %v, id %q), want %q %q (list %v, id %q)", got.Text, titles, got.List, got.ID, tt.text, tt.titles, tt.list, id)
			}
			if got.Ours != "m1" || got.ReplyTo != "wamid.in" || got.To != "5215550001111" {
				t.Errorf("Send() = %+v, want our id, the answered message and the number", got)
			}
		})
	}
}

func TestSendRejectsWithoutACall(t *testing.T) {
	a, s, _ := chat(t, whatsapptest.Options{})
	tests := []struct {
		name   string
		change func(*channels.Outbound)
	}{
		{"no text", func(m *channels.Outbound) { m.Text = "" }},
		{"blank text", func(m *channels.Outbound) { m.Text = " \n\u00a0" }},
		{"blank text with a title", func(m *channels.Outbound) { m.Title, m.Text = "Ann", "" }},
		{"text too long", func(m *channels.Outbound) { m.Text = strings.Repeat("x", 4097) }},
		{"text too long in emoji", func(m *channels.Outbound) { m.Text = strings.Repeat("😀", 2049) }},
		{"text and title too long", func(m *channels.Outbound) { m.Title, m.Text = "Ann", strings.Repeat("x", 4093) }},
		{"text too long beside buttons", func(m *channels.Outbound) { m.Text, m.Buttons = strings.Repeat("x", 1025), buttons("a") }},
		{"too many buttons", func(m *channels.Outbound) { m.Buttons = buttons(strings.Split("1 2 3 4 5 6 7 8 9 10 11", " ")...) }},
		{"button without title", func(m *channels.Outbound) { m.Buttons = []models.Button{{Payload: "x"}} }},
		{"title too long", func(m *channels.Outbound) { m.Buttons = buttons(strings.Repeat("é", 25)) }},
		{"payload too long", func(m *channels.Outbound) {
			m.Buttons = []models.Button{{Title: "x", Payload: strings.Repeat("x", 197)}}
		}},
		{"file", func(m *channels.Outbound) { m.Attachments = []models.Attachment{{Kind: models.File, Ref: "1"}} }},
		{"no address", func(m *channels.Outbound) { m.Address = "" }},
		{"empty address", func(m *channels.Outbound) { m.Address = "phone:" }},
		{"address of another platform", func(m *channels.Outbound) { m.Address = "12345" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := out("hi")
			tt.change(&m)
			id, err := a.Send(t.Context(), m)
			if err == nil || id != "" || channels.KindOf(err) != channels.Rejected {
				t.Errorf("Send() = %q, %v, want Rejected", id, err)
			}
		})
	}
	if calls := s.Calls(); len(calls) != 0 {
		t.Errorf("%d calls were made, want none", len(calls))
	}
}

func TestLimitsAreWhatIsTaken(t *testing.T) {
	a, _, luis := chat(t, whatsapptest.Options{})
	l := a.Limits()
	var list []models.Button
	for i := range l.Buttons {
		list = append(list, models.Button{Title: strings.Repeat("é", l.Title), Payload: strings.Repeat(string(rune('a'+i)), l.Payload)})
	}
	m := out(strings.Repeat("x", l.ButtonText))
	m.Buttons = list
	if _, err := a.Send(t.Context(), m); err != nil {
		t.Errorf("Send() at the limits of buttons = %v", err)
	}
	if _, err := a.Send(t.Context(), out(strings.Repeat("😀", l.Text/2))); err != nil {
		t.Errorf("Send() at the limit of text = %v", err)
	}
	if n := len(luis.Seen()); n != 2 {
		t.Errorf("Seen() = %d messages, want 2", n)
	}
	if l.Window != 24*time.Hour || l.Typing != 25*time.Second || l.Rate != 80 || l.ChatRate != 1.0/6 || l.ChatBurst != 45 || l.Sender {
		t.Errorf("Limits() = %+v, want the platform's", l)
	}
}

func TestSamePayloadTwice(t *testing.T) {
	a, s, luis := chat(t, whatsapptest.Options{})
	m := out("Which?")
	m.Buttons = []models.Button{
		{Title: "A person", Payload: "/agent"}, {Title: "A human", Payload: "/agent"}, {Title: "Somebody", Payload: "/agent"},
		{Title: "odd", Payload: "/agent~~2"}, {Title: "none"}, {Title: "~~7"},
	}
	if _, err := a.Send(t.Context(), m); err != nil {
		t.Fatalf("Send() = %v", err)
	}
	got := make(chan string, 1)
	s.SetCallback(receiver(t, a, func(in channels.Inbound) {
		if in.Kind == channels.Pressed {
			got <- in.Content.Text + "=" + in.Content.Payload
		}
	}))
	for _, want := range []string{"A person=/agent", "A human=/agent", "Somebody=/agent", "odd=/agent~~2", "none=none", "~~7=~~7"} {
		title, _, _ := strings.Cut(want, "=")
		if _, err := luis.Press(soon(t), title); err != nil {
			t.Fatalf("Press(%q) = %v", title, err)
		}
		if pressed := <-got; pressed != want {
			t.Errorf("Press(%q) = %q, want %q", title, pressed, want)
		}
	}
}

func TestSendToUserID(t *testing.T) {
	a, s, _ := chat(t, whatsapptest.Options{})
	mia := s.User("DE.8120044556677889", "Mia")
	mia.Say("hi")
	m := out("Hello")
	m.Address = miaUser
	if _, err := a.Send(t.Context(), m); err != nil {
		t.Fatalf("Send() = %v", err)
	}
	if seen := mia.Seen(); len(seen) != 1 || seen[0].To != "DE.8120044556677889" {
		t.Errorf("Seen() = %+v, want one message to the user id", seen)
	}
	m.Address = "group:G1"
	if _, err := a.Send(t.Context(), m); err != nil {
		t.Errorf("Send() to a group = %v", err)
	}
}

func TestSendFailures(t *testing.T) {
	tests := []struct {
		name  string
		fault whatsapptest.Fault
		want  channels.ErrorKind
		ref   string
	}{
		{"cut", whatsapptest.Fault{Cut: true}, channels.Temporary, "did not answer"},
		{"taken and cut", whatsapptest.Fault{Cut: true, Take: true}, channels.Temporary, "did not answer"},
		{"half an answer", whatsapptest.Fault{Half: true}, channels.Temporary, "cut off"},
		{"page", whatsapptest.Fault{HTML: 502}, channels.Temporary, "(HTTP 502)"},
		{"429", whatsapptest.Fault{Status: 429}, channels.RateLimited, "(HTTP 429)"},
		{"token", whatsapptest.Fault{Code: 190}, channels.Forbidden, "(190)"},
	}
	a, s, luis := chat(t, whatsapptest.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.Calls())
			s.Fault(tt.fault)
			id, err := a.Send(soon(t), out("hi"))
			if err == nil || id != "" || channels.KindOf(err) != tt.want {
				t.Errorf("Send() = %q, %v, want %v", id, err, tt.want)
			}
			safe(t, err, tt.ref)
			if n := len(s.Calls()) - before; n != 1 {
				t.Errorf("Send() made %d calls, want 1", n)
			}
		})
	}
	if seen := luis.Seen(); len(seen) != 1 {
		t.Errorf("Seen() = %d messages, want the one that was taken", len(seen))
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	a, s, _ := chat(t, whatsapptest.Options{})
	s.Fault(whatsapptest.Fault{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = s.Wait(ctx, func() bool { return len(s.Calls()) == 1 })
		cancel()
	}()
	_, err := a.Send(ctx, out("hi"))
	if !errors.Is(err, context.Canceled) || channels.KindOf(err) != channels.Temporary {
		t.Errorf("Send() = %v, want Temporary for a context that ended", err)
	}
	safe(t, err, "did not answer")
}

func TestNobodyListens(t *testing.T) {
	a := open(t, config("http://127.0.0.1:1/v25.0"), quiet())
	_, err := a.Send(t.Context(), out("hi"))
	if channels.KindOf(err) != channels.Temporary || err == nil {
		t.Errorf("Send() = %v, want Temporary", err)
	}
	safe(t, err, "did not answer")
}

func TestTypingAndRead(t *testing.T) {
	a, s, luis := chat(t, whatsapptest.Options{})
	id := luis.Say("¿hola?")
	if err := a.Typing(t.Context(), luisPhone, id); err != nil {
		t.Errorf("Typing() = %v", err)
	}
	if err := a.Read(t.Context(), luisPhone, id); err != nil {
		t.Errorf("Read() = %v", err)
	}
	marks := luis.Marks()
	if len(marks) != 2 || marks[0].Message != id || !marks[0].Typing || marks[1].Message != id || marks[1].Typing {
		t.Errorf("Marks() = %+v, want typing, then read", marks)
	}
	for _, f := range []func() error{
		func() error { return a.Typing(t.Context(), luisPhone, "") },
		func() error { return a.Read(t.Context(), luisPhone, "") },
		func() error { return a.Read(t.Context(), luisPhone, "wamid.unknown") },
	} {
		if err := f(); err == nil || channels.KindOf(err) != channels.Rejected {
			t.Errorf("error = %v, want Rejected", err)
		}
	}
	if n := len(s.Calls()); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
}
