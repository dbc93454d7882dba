package channeltest

import "patchbay/channels"

// react: React makes one call that puts an emoji on the customer's message, or takes it off, and fails as Send does. What is no
// emoji is Rejected.
func react(b *bench) {
	reacter, ok := b.adapter.(channels.Reacter)
	if !ok {
		b.Fatal("the adapter is no Reacter any more")
	}
	const on = "501"
	for _, emoji := range []string{"👍", ""} {
		b.answers(nil)
		if err := reacter.React(b.Context(), b.h.Address(7), on, emoji); err != nil {
			b.Errorf("React(%q) error = %v, want none", emoji, err)
		}
		if seen := b.once("React"); seen.Reacts != on || seen.Emoji != emoji || seen.Address != b.h.Address(7) {
			b.Errorf("React(%q): the customer sees %+v, want it on %s", emoji, seen, on)
		}
	}
	b.answers(nil)
	b.fails("React(:acme:)", reacter.React(b.Context(), b.h.Address(7), on, ":acme:"), channels.Rejected)
	b.none("React(:acme:)")
	b.fallible("React", func(int) error { return reacter.React(b.Context(), b.h.Address(7), on, "👍") })
}

// sendReply: a message that answers one of the customer's says which.
func sendReply(b *bench) {
	m := b.out("Yes to that one.")
	m.ReplyTo = "501"
	if _, err := b.adapter.Send(b.Context(), m); err != nil {
		b.Errorf("Send(reply) error = %v, want none", err)
	}
	if seen := b.once("Send(reply)"); seen.Answers != "501" || seen.Text != m.Text {
		b.Errorf("Send(reply): the customer sees %+v, want it to answer 501", seen)
	}
}
