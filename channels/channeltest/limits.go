package channeltest

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"patchbay/channels"
	"patchbay/models"
)

// limits: what the adapter declares makes sense and stays the same.
func limits(b *bench) {
	l := b.adapter.Limits()
	first, again := l, b.adapter.Limits()
	first.Length, again.Length = nil, nil // functions are never equal
	if !reflect.DeepEqual(again, first) {
		b.Errorf("Limits = %+v, then %+v, want the same", first, again)
	}
	for _, kind := range l.Spans {
		if !slices.Contains(models.SpanKinds(), kind) {
			b.Errorf("Limits.Spans has %q, which is no kind of span", kind)
		}
	}
	for name, n := range map[string]int{
		"Text": l.Text, "Caption": l.Caption, "ChatBurst": l.ChatBurst, "Buttons": l.Buttons, "ButtonText": l.ButtonText,
		"Title": l.Title, "Payload": l.Payload, "Rate": int(l.Rate), "ChatRate": int(l.ChatRate), "Window": int(l.Window), "Typing": int(l.Typing),
	} {
		if n < 0 {
			b.Errorf("Limits.%s = %d, want 0 or more", name, n)
		}
	}
	if l.Unit != channels.Runes && l.Unit != channels.UTF16 && l.Unit != channels.Bytes {
		b.Errorf("Limits.Unit = %d, want Runes, UTF16 or Bytes", l.Unit)
	}
	if l.Text > 0 && l.Text < 64 {
		b.Errorf("Limits.Text = %d, want room for a sentence", l.Text)
	}
	if l.Text > 0 && l.ButtonText > l.Text {
		b.Errorf("Limits.ButtonText = %d, want at most Text, %d", l.ButtonText, l.Text)
	}
	if l.Buttons == 0 && (l.Title > 0 || l.Payload > 0 || l.ButtonText > 0) {
		b.Errorf("Limits = %+v, want no limits of buttons where there are none", l)
	}
	if d, ok := b.adapter.(channels.Describer); ok {
		able := d.Abilities()
		for _, kind := range able.Spans {
			if !slices.Contains(models.SpanKinds(), kind) {
				b.Errorf("Abilities.Spans has %q, which is no kind of span", kind)
			}
		}
		for _, thing := range slices.Concat(able.Brings, able.Takes) {
			if !slices.Contains(channels.Things(), thing) {
				b.Errorf("Abilities have %q, which is none of Things", thing)
			}
		}
	}
	if _, ok := b.adapter.(channels.Typer); !ok && l.Typing > 0 {
		b.Errorf("Limits.Typing = %v, and the adapter is no Typer", l.Typing)
	}
}

// split: what the splitter makes of long texts by these limits is taken and arrives.
func split(b *bench) {
	l := b.adapter.Limits()
	if l.Text <= 0 {
		return
	}
	for _, piece := range []string{
		"The parcel is on its way. It comes on Friday.\n", "Das Paket kommt am Freitag – versprochen! ", "包裹星期五到。", "😀", "👩‍👩‍👧‍👦", "e\u0301", "مرحبا بك ", "x",
	} {
		text := strings.Repeat(piece, 2*l.Text/utf8.RuneCountInString(piece)+1)
		parts := channels.Split(text, l.Text, l.Unit)
		if len(parts) < 2 {
			b.Errorf("Split(%q…) = %d parts, want several", piece, len(parts))
		}
		squeezed := strings.NewReplacer(" ", "", "\n", "")
		if got, want := squeezed.Replace(strings.Join(parts, "")), squeezed.Replace(text); got != want {
			b.Errorf("Split(%q…) lost text: %d bytes, want %d", piece, len(got), len(want))
		}
		for i, part := range parts {
			if n := channels.Len(part, l.Unit); n > l.Text {
				b.Errorf("Split(%q…): part %d has %d units, want at most %d", piece, i, n, l.Text)
			}
			b.answers(nil)
			if _, err := b.adapter.Send(b.Context(), b.out(part)); err != nil {
				b.Errorf("Send(part %d of %q…) error = %v, want none", i, piece, err)
			}
			if seen := b.once("Send(part)"); seen.Text != part {
				b.Errorf("Send(part %d of %q…): the customer sees something else", i, piece)
			}
		}
	}
}
