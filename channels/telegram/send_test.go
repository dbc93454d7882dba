package telegram_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/telegram/telegramtest"
	"patchbay/models"
)

// wrote returns a stand-in, an adapter for it, and a customer who has written once.
func wrote(t *testing.T) (*telegramtest.Server, kit, *telegramtest.User) {
	t.Helper()
	s := startFake(t)
	u := s.User(5100200300, "Anna", "en")
	if _, err := u.Write(t.Context(), "/start"); err != nil {
		t.Fatal(err)
	}
	return s, makeKit(t, s.URL(), "polling", nil), u
}

const annas = "5100200300"

// Ensure text reaches the customer character by character.
func TestSend(t *testing.T) {
	_, a, u := wrote(t)
	texts := []string{
		"hello",
		"a_b*c[d](e)~`>#+-=|{}.!\\ <b>bold</b> &amp; @name /cmd #tag",
		"first\n\n  second\tthird",
		"👨‍👩‍👧‍👦 مرحبا بالعالم שלום नमस्ते 你好",
		strings.Repeat("😀", 2048),
		strings.Repeat("ж", 4096),
	}
	for _, text := range texts {
		id, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: text})
		if err != nil {
			t.Fatalf("Send(%.40q) = %v", text, err)
		}
		seen := u.Seen()
		last := seen[len(seen)-1]
		if last.Text != text || strconv.Itoa(last.ID) != id || len(last.Entities) != 0 {
			t.Errorf("Send(%.40q) = id %s, read as %.40q with id %d and %v", text, id, last.Text, last.ID, last.Entities)
		}
	}
}

// Ensure a title is a bold line of its own, whatever is in it.
func TestSendTitle(t *testing.T) {
	_, a, u := wrote(t)
	for _, title := range []string{"Ana", "Ana *B* <i>", "👩🏽‍🚀 Ана"} {
		if _, err := a.Send(t.Context(), channels.Outbound{Address: annas, Title: title, Text: "Hello"}); err != nil {
			t.Fatalf("Send = %v", err)
		}
		seen := u.Seen()
		last := seen[len(seen)-1]
		if last.Text != title+"\nHello" || last.Bold() != title {
			t.Errorf("Send(%q) read as %q with %q in bold", title, last.Text, last.Bold())
		}
	}
}

// Ensure link previews are off: a preview would use up a link that works once.
func TestSendNoPreview(t *testing.T) {
	s, a, _ := wrote(t)
	if _, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "https://shop.example/reset/abc"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Calls("sendMessage")[0].Params["link_preview_options"]; got != `{"is_disabled":true}` {
		t.Errorf("link_preview_options = %q", got)
	}
}

// Ensure an answer quotes what it answers, and goes out all the same if that is gone.
func TestSendReply(t *testing.T) {
	_, a, u := wrote(t)
	first := u.Seen()[0].ID
	for _, test := range []struct {
		to   string
		want int
	}{{strconv.Itoa(first), first}, {"99999", 0}, {"not a number", 0}, {"", 0}} {
		if _, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "yes", ReplyTo: test.to}); err != nil {
			t.Fatalf("Send(reply to %q) = %v", test.to, err)
		}
		seen := u.Seen()
		if got := seen[len(seen)-1].ReplyTo; got != test.want {
			t.Errorf("Send(reply to %q) answers %d, want %d", test.to, got, test.want)
		}
	}
}

// Ensure what Telegram would refuse is refused without a call.
func TestSendRejected(t *testing.T) {
	s, a, _ := wrote(t)
	many := make([]models.Button, 101)
	for i := range many {
		many[i].Title = strconv.Itoa(i)
	}
	tests := []struct {
		name string
		m    channels.Outbound
	}{
		{"empty", channels.Outbound{Address: annas}},
		{"blank", channels.Outbound{Address: annas, Text: " \n\t"}},
		{"title only", channels.Outbound{Address: annas, Title: "Ana"}},
		{"too long", channels.Outbound{Address: annas, Text: strings.Repeat("a", 4097)}},
		{"too long in UTF-16", channels.Outbound{Address: annas, Text: strings.Repeat("😀", 2049)}},
		{"too long with title", channels.Outbound{Address: annas, Title: "Ana", Text: strings.Repeat("a", 4093)}},
		{"file", channels.Outbound{Address: annas, Text: "see", Attachments: []models.Attachment{{Kind: models.Image, URL: "https://shop.example/a.png"}}}},
		{"payload", channels.Outbound{Address: annas, Text: "?", Buttons: []models.Button{{Title: "yes", Payload: strings.Repeat("a", 65)}}}},
		{"button without title", channels.Outbound{Address: annas, Text: "?", Buttons: []models.Button{{Payload: "a"}}}},
		{"buttons without text", channels.Outbound{Address: annas, Buttons: []models.Button{{Title: "yes"}}}},
		{"too many buttons", channels.Outbound{Address: annas, Text: "?", Buttons: many}},
		{"no address", channels.Outbound{Text: "hello"}},
		{"odd address", channels.Outbound{Address: "anna", Text: "hello"}},
		{"odd topic", channels.Outbound{Address: annas + "/x", Text: "hello"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id, err := a.Send(t.Context(), test.m)
			if id != "" || channels.KindOf(err) != channels.Rejected || err == nil {
				t.Errorf("Send = %q, %v, want Rejected", id, err)
			}
		})
	}
	if calls := s.Calls("sendMessage"); len(calls) != 0 {
		t.Errorf("%d calls, want none", len(calls))
	}
}

// Ensure the customer gets buttons, and that a press brings back title and payload.
func TestButtons(t *testing.T) {
	s, a, u := wrote(t)
	long := "Where is the order that I placed on the eleventh of November, please?"
	buttons := []models.Button{
		{Title: "Yes", Payload: "yes:1"}, {Title: "Доставка"}, {Title: long}, {Title: "longest", Payload: strings.Repeat("p", 64)},
	}
	if _, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "Well?", Buttons: buttons}); err != nil {
		t.Fatal(err)
	}
	for _, b := range buttons {
		if err := u.Press(t.Context(), b.Title); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(short(t))
	defer cancel()
	var got []channels.Inbound
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := a.Poll(ctx, func(_ context.Context, u channels.Update) error {
			for _, in := range u.Inbound {
				if in.Kind == channels.Pressed {
					got = append(got, in)
				}
			}
			return nil
		}); err != nil {
			t.Errorf("Poll = %v", err)
		}
	})
	if err := s.Wait(ctx, func() bool { return u.Spinning() == 0 && s.Pending() == 0 }); err != nil {
		t.Errorf("buttons still wait: %v", err)
	}
	cancel()
	wg.Wait()
	if len(got) != len(buttons) {
		t.Fatalf("%d presses, want %d", len(got), len(buttons))
	}
	for i, b := range buttons {
		want := b.Payload
		if want == "" {
			want = b.Title
		}
		if c := got[i].Content; c.Text != b.Title || c.Payload != want {
			t.Errorf("press of %+v = %q, %q", b, c.Text, c.Payload)
		}
	}
}

// Ensure a message is written anew, and that one that reads so already is no error.
func TestEdit(t *testing.T) {
	_, a, u := wrote(t)
	id, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "tomorow", Buttons: []models.Button{{Title: "ok"}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Edit(t.Context(), id, channels.Outbound{Address: annas, Title: "Ana", Text: "tomorrow"}); err != nil {
			t.Fatalf("Edit = %v", err)
		}
	}
	seen := u.Seen()
	if m := seen[len(seen)-1]; m.Text != "Ana\ntomorrow" || m.Bold() != "Ana" || !m.Edited || len(m.Buttons) != 0 {
		t.Errorf("Edit: read as %+v", m)
	}
	if err := a.Edit(t.Context(), "777", channels.Outbound{Address: annas, Text: "x"}); channels.KindOf(err) != channels.Rejected {
		t.Errorf("Edit(unknown) = %v, want Rejected", err)
	}
}

// Ensure a message is taken back, and that one that is gone is no error.
func TestDelete(t *testing.T) {
	_, a, u := wrote(t)
	id, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: "oops"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Delete(t.Context(), annas, id); err != nil {
			t.Errorf("Delete = %v", err)
		}
	}
	if got := u.Read(); len(got) != 0 {
		t.Errorf("the customer still reads %q", got)
	}
}

// Ensure the customer sees that somebody writes, in the topic he wrote in.
func TestTyping(t *testing.T) {
	s, a, u := wrote(t)
	if err := a.Typing(t.Context(), annas+"/77", ""); err != nil || u.Typing() != 1 {
		t.Errorf("Typing = %v, seen %d times", err, u.Typing())
	}
	if got := s.Calls("sendChatAction")[0].Params["message_thread_id"]; got != "77" {
		t.Errorf("message_thread_id = %q, want 77", got)
	}
	if _, err := a.Send(t.Context(), channels.Outbound{Address: annas + "/77", Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	if got := s.Calls("sendMessage")[0].Params; got["message_thread_id"] != "77" || got["chat_id"] != annas {
		t.Errorf("sendMessage went to %s, topic %s", got["chat_id"], got["message_thread_id"])
	}
}

// Ensure a long text that the lanes split arrives whole and in order.
func TestSendSplit(t *testing.T) {
	_, a, u := wrote(t)
	var b strings.Builder
	for i := range 900 {
		b.WriteString("Line " + strconv.Itoa(i) + " 👩🏽‍🚀 של <&> *x*.\n")
	}
	long := strings.TrimSpace(b.String())
	limits := a.Limits()
	parts := channels.Split(long, limits.Text, limits.Unit)
	if len(parts) < 3 {
		t.Fatalf("Split gives %d parts, want several", len(parts))
	}
	for _, part := range parts {
		if _, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: part}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(u.Read(), "\n"); got != long {
		t.Errorf("%d characters arrived, want %d", len(got), len(long))
	}
}

// Ensure the limits are what the stand-in enforces.
func TestLimits(t *testing.T) {
	s := startFakeWith(t, telegramtest.Config{})
	u := s.User(1, "Ann", "")
	if _, err := u.Write(t.Context(), "/start"); err != nil {
		t.Fatal(err)
	}
	a := makeKit(t, s.URL(), "", nil)
	l := a.Limits()
	for i := range l.ChatBurst {
		if _, err := a.Send(t.Context(), channels.Outbound{Address: "1", Text: "hello"}); err != nil {
			t.Fatalf("Send %d of a burst of %d = %v", i+1, l.ChatBurst, err)
		}
	}
	var limited error
	for range 10 {
		if _, limited = a.Send(t.Context(), channels.Outbound{Address: "1", Text: "hello"}); limited != nil {
			break
		}
	}
	if channels.KindOf(limited) != channels.RateLimited || channels.RetryAfter(limited) < time.Second {
		t.Errorf("Send beyond the rate = %v, wait %v, want RateLimited", limited, channels.RetryAfter(limited))
	}
	if l.Sender || l.Window != 0 || l.Typing != 5*time.Second || l.Payload != 64 || l.Text != 4096 || l.Unit != channels.UTF16 {
		t.Errorf("Limits = %+v", l)
	}
}

// Ensure one adapter serves many goroutines.
func TestSendConcurrent(t *testing.T) {
	_, a, u := wrote(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if _, err := a.Send(t.Context(), channels.Outbound{Address: annas, Text: strconv.Itoa(i)}); err != nil {
				t.Errorf("Send = %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(u.Read()); n != 40 {
		t.Errorf("%d messages, want 40", n)
	}
}
