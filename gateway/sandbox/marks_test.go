package sandbox_test

import (
	"fmt"
	"slices"
	"testing"

	"patchbay/gateway/sandbox"
)

// marked waits until an agent's post has the reactions of the app, by their names in order.
func (r *rig) marked(thread, post string, names ...string) {
	r.t.Helper()
	slices.Sort(names)
	var got []string
	if err := r.Slack.Wait(r.ctx, func() bool {
		all, _ := r.Slack.Thread(thread)
		for _, p := range all.Posts() {
			if p.ID == post {
				got = p.Reactions
			}
		}
		return slices.Equal(got, names)
	}); err != nil {
		r.t.Fatalf("the post has the reactions %q, want %q: %v", got, names, err)
	}
}

// Ensure that an agent sees on his own message that it was sent, and that the customer has read it where the app tells.
func TestMarksOnReplies(t *testing.T) {
	for _, webhooks := range []bool{true, false} {
		t.Run(fmt.Sprintf("webhooks=%v", webhooks), func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true})
			telegram, whatsapp := r.person(), r.personOnWhatsApp()
			sent := r.reply(r.ana(), telegram, "Hi, this is Ana.")
			read := r.reply(r.ben(), whatsapp, "Hi, this is Ben.")
			r.marked(whatsapp, read, "white_check_mark", "eyes")
			r.marked(telegram, sent, "white_check_mark")
			r.ok(r.Slack.Delivered(r.ctx))
			if n := count(r.lines(telegram), "this is Ana"); n != 0 {
				t.Errorf("the thread reads %q", r.lines(telegram))
			}
		})
	}
}

// Ensure that the desk works without the scope for reactions.
func TestReceiptsWithoutScope(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	r.Slack.SetScopes("channels:history", "channels:read", "chat:write", "users:read")
	thread := r.person()
	for i := range 3 {
		r.reply(r.ana(), thread, fmt.Sprintf("line %d", i))
		r.reads(r.anna(), fmt.Sprintf("line %d", i))
	}
	r.until("the first mark is tried", func() bool { return r.Slack.Calls("reactions.add") > 0 })
	post := r.reply(r.ana(), thread, "the last")
	r.reads(r.anna(), "the last")
	r.marked(thread, post)
	if n := r.Slack.Calls("reactions.add"); n != 1 {
		t.Errorf("a desk that may not react tried it %d times, want once", n)
	}
	if lines := r.logs.with("replies get no marks"); len(lines) != 1 {
		t.Errorf("the log tells of it %d times, want once", len(lines))
	}
}
