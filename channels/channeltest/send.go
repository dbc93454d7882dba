package channeltest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// send: what is written arrives unchanged, with one call, and the platform's id comes back.
func send(b *bench) {
	texts := []struct{ name, text string }{
		{"plain", "Your parcel left today."},
		{"emoji and right-to-left", "Hello 👩‍👩‍👧 🇩🇪 👍🏽 مرحبا بك שלום"},
		{"HTML mark-up", "a < b && c > d <b>bold</b> &amp; &lt;"},
		{"Markdown mark-up", "*a* _b_ ~c~ `d` [e](http://f) \\ # - . ! {g} |h| ```i``` **j** __k__"},
		{"other mark-up", "<!channel> <@U1> <http://x|y> :smile: %s %[1]d {{x}} \"q\" 'q'"},
		{"lines", "one\ntwo\n\nfour\n\n\nseven"},
		{"combining marks", "e\u0301 n\u0303 क्षत्रिय"},
		{"one character", "k"},
	}
	for i, tt := range texts {
		id := 4000 + i
		b.ends(Outcome{ID: id})
		got, err := b.adapter.Send(b.Context(), b.out(tt.text))
		if err != nil {
			b.Errorf("Send(%s) error = %v, want none", tt.name, err)
			continue
		}
		if !strings.Contains(got, strconv.Itoa(id)) {
			b.Errorf("Send(%s) = %q, want the platform's id, %d", tt.name, got, id)
		}
		seen := b.once("Send(" + tt.name + ")")
		if seen.Text != tt.text {
			b.Errorf("Send(%s): the customer sees %q, want %q", tt.name, seen.Text, tt.text)
		}
		if seen.Address != b.h.Address(7) {
			b.Errorf("Send(%s) goes to %q, want %q", tt.name, seen.Address, b.h.Address(7))
		}
		if seen.Edited != "" || seen.Deleted != "" {
			b.Errorf("Send(%s) = %+v, want a new message", tt.name, seen)
		}
	}
}

// sendTitle: where the platform shows no sender, the title is a line above the text.
func sendTitle(b *bench) {
	if b.adapter.Limits().Sender {
		return
	}
	m := b.out("We <can> *fix* that.\nToday.")
	m.Title = "Ann_B. *Lee* <x>"
	if _, err := b.adapter.Send(b.Context(), m); err != nil {
		b.Fatalf("Send error = %v, want none", err)
	}
	seen := b.once("Send")
	if !strings.HasPrefix(seen.Text, m.Title+"\n") || !strings.HasSuffix(seen.Text, "\n"+m.Text) {
		b.Errorf("Send with a title: the customer sees %q, want %q above %q", seen.Text, m.Title, m.Text)
	}
}

// sendLength: what is exactly at the limit, in its unit, goes; what is over it is Rejected without a call.
func sendLength(b *bench) {
	l := b.adapter.Limits()
	if l.Text <= 0 {
		return
	}
	for _, tt := range []struct {
		name, text string
		ok         bool
	}{
		{"at the limit", filled("x", l.Text, l.Unit), true},
		{"at the limit, in emoji", filled("😀", l.Text, l.Unit), true},
		{"over the limit", filled("x", l.Text, l.Unit) + "x", false},
		{"over the limit, in emoji", filled("😀", l.Text, l.Unit) + "😀", false},
	} {
		what := fmt.Sprintf("Send(text %s of %d)", tt.name, l.Text)
		b.answers(nil)
		_, err := b.adapter.Send(b.Context(), b.out(tt.text))
		if !tt.ok {
			b.fails(what, err, channels.Rejected)
			b.none(what)
			continue
		}
		if err != nil {
			b.Errorf("%s error = %v, want none", what, err)
		}
		if seen := b.once(what); seen.Text != tt.text {
			b.Errorf("%s: the customer sees %d runes, want %d", what, channels.Len(seen.Text, channels.Runes), channels.Len(tt.text, channels.Runes))
		}
	}
}

// filled returns piece as often as it fits, and x behind it up to the limit.
func filled(piece string, limit int, unit channels.Unit) string {
	n := channels.Len(piece, unit)
	return strings.Repeat(piece, limit/n) + strings.Repeat("x", limit%n)
}

// sendEmpty: a message that says nothing is Rejected without a call.
func sendEmpty(b *bench) {
	_, err := b.adapter.Send(b.Context(), b.out(""))
	b.fails("Send(empty)", err, channels.Rejected)
	b.none("Send(empty)")
}

// sendAttachment: a file arrives, or the message is Rejected without a call. It is not dropped.
func sendAttachment(b *bench) {
	list := append([]models.Attachment{{Kind: models.File, Ref: "elsewhere:1", Name: "order.pdf", MIME: "application/pdf", Size: 10}},
		b.h.Attachments...)
	for _, file := range list {
		for _, text := range []string{"", "Here it is."} {
			what := fmt.Sprintf("Send(%q with %s)", text, file.Line())
			b.answers(nil)
			m := b.out(text)
			m.Attachments = []models.Attachment{file}
			_, err := b.adapter.Send(b.Context(), m)
			if err != nil {
				b.fails(what, err, channels.Rejected)
				b.none(what)
				continue
			}
			if seen := b.once(what); seen.Attachments != 1 || !strings.Contains(seen.Text, text) {
				b.Errorf("%s: the customer sees %+v, want the file and the text", what, seen)
			}
		}
	}
}

// sendButtons: what Limits allows arrives; one more is Rejected without a call.
func sendButtons(b *bench) {
	l := b.adapter.Limits()
	m := b.out("Which one?")
	var titles []string
	for i := range min(l.Buttons, 20) {
		title := fmt.Sprintf("N° %d <*>", i+1)
		if l.Title > 0 {
			title = strings.Join(channels.Split(title, l.Title, channels.Runes)[:1], "")
		}
		titles = append(titles, title)
		m.Buttons = append(m.Buttons, models.Button{Title: title, Payload: "pay:" + strconv.Itoa(i)})
	}
	if len(titles) > 0 {
		if _, err := b.adapter.Send(b.Context(), m); err != nil {
			b.Errorf("Send(%d buttons) error = %v, want none", len(titles), err)
		}
		if seen := b.once("Send(buttons)"); seen.Text != m.Text || !slices.Equal(seen.Buttons, titles) {
			b.Errorf("Send(buttons): the customer sees %+v, want %q with %q", seen, m.Text, titles)
		}
	}
	if l.Buttons > len(titles) {
		return
	}
	b.answers(nil)
	m.Buttons = append(m.Buttons, models.Button{Title: "more", Payload: "more"})
	_, err := b.adapter.Send(b.Context(), m)
	what := fmt.Sprintf("Send(%d buttons, one over the limit)", len(m.Buttons))
	b.fails(what, err, channels.Rejected)
	b.none(what)
}

// edit: Edit makes one call that changes the message Send returned, and fails as Send does.
func edit(b *bench) {
	editor, ok := b.adapter.(channels.Editor)
	if !ok {
		b.Fatal("the adapter is no Editor any more")
	}
	id, err := b.adapter.Send(b.Context(), b.out("first"))
	if err != nil {
		b.Fatalf("Send error = %v, want none", err)
	}
	b.answers(nil)
	if err := editor.Edit(b.Context(), id, b.out("then <b>*this*</b>")); err != nil {
		b.Errorf("Edit error = %v, want none", err)
	}
	if seen := b.once("Edit"); seen.Edited != id || seen.Text != "then <b>*this*</b>" {
		b.Errorf("Edit(%q): the customer sees %+v, want the new text in it", id, seen)
	}
	b.answers(nil)
	b.fails("Edit(empty)", editor.Edit(b.Context(), id, b.out("")), channels.Rejected)
	b.none("Edit(empty)")
	b.fallible("Edit", func(n int) error { return editor.Edit(b.Context(), id, b.out("again "+strconv.Itoa(n))) })
}

// remove: Delete makes one call that takes back the message Send returned, and fails as Send does.
func remove(b *bench) {
	deleter, ok := b.adapter.(channels.Deleter)
	if !ok {
		b.Fatal("the adapter is no Deleter any more")
	}
	id, err := b.adapter.Send(b.Context(), b.out("first"))
	if err != nil {
		b.Fatalf("Send error = %v, want none", err)
	}
	b.answers(nil)
	if err := deleter.Delete(b.Context(), b.h.Address(7), id); err != nil {
		b.Errorf("Delete error = %v, want none", err)
	}
	if seen := b.once("Delete"); seen.Deleted != id {
		b.Errorf("Delete(%q) = %+v, want it deleted", id, seen)
	}
	b.fallible("Delete", func(int) error { return deleter.Delete(b.Context(), b.h.Address(7), id) })
}
