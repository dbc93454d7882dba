package sandbox_test

import (
	"slices"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/sandbox"
)

// reacted waits until a post of a thread has just these reactions.
func (r *rig) reacted(thread, post string, want ...string) {
	r.t.Helper()
	var got []string
	err := r.Slack.Wait(r.ctx, func() bool {
		t, _ := r.Slack.Thread(thread)
		for _, p := range t.Posts() {
			if p.ID == post {
				got = p.Reactions
				return slices.Equal(got, want)
			}
		}
		return false
	})
	if err != nil {
		r.t.Fatalf("the post has the reactions %q, want %q: %v", got, want, err)
	}
}

// Ensure that a customer's reactions stand on the line that they are on, go when he takes them off, are said in words where
// that is not possible, and ask nothing of anybody.
func TestReactions(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, luis, ana := r.anna(), r.luis(), r.ana()
	r.says(luis, "hello")
	r.sees(luis, "You wrote: hello")
	r.ok(luis.React(r.ctx, luis.Seen()[0].ID, "👍"))
	thread := r.personOnWhatsApp()
	r.posted(thread, "reacted with 👍") // the talk so far says it
	post := r.reply(ana, thread, "Done.")
	seen, err := luis.Wait(r.ctx, func(seen []whatsapptest.Message) bool { return slices.ContainsFunc(seen, contains("Done.")) })
	r.ok(err)
	id := seen[len(seen)-1].ID
	r.reply(ana, thread, "Bye.")
	r.sees(luis, "Bye.") // by now the first is recorded
	r.ok(luis.React(r.ctx, id, "❤️"))
	r.reacted(thread, post, "eyes", "heart", "white_check_mark")
	r.stop()
	r.start()
	r.ok(luis.React(r.ctx, id, "🎉"))
	r.reacted(thread, post, "eyes", "tada", "white_check_mark")
	r.ok(luis.React(r.ctx, id, ""))
	r.reacted(thread, post, "eyes", "white_check_mark")
	r.ok(luis.React(r.ctx, id, "✅")) // would say that it was sent
	r.posted(thread, "reacted with ✅")
	r.ok(luis.React(r.ctx, id, "🦖"))
	r.posted(thread, "reacted with 🦖")
	r.ok(luis.React(r.ctx, id, ""))
	r.posted(thread, "took a reaction back")
	if n := len(r.Bot.Asked()); n != 1 {
		t.Errorf("the bot was asked %d questions, want one", n)
	}

	// Telegram tells of all that somebody has on a message.
	other := r.person()
	first := r.reply(ana, other, "First.")
	r.reads(anna, "First.")
	r.reply(ana, other, "Second.")
	r.reads(anna, "Second.")
	on := anna.Seen()[slices.IndexFunc(anna.Seen(), func(m telegramtest.Message) bool { return m.Text == "Ana\nFirst." })].ID
	r.ok(anna.React(r.ctx, on, "👍", "🔥"))
	r.reacted(other, first, "+1", "fire", "white_check_mark")
	r.ok(anna.React(r.ctx, on, "🔥"))
	r.reacted(other, first, "fire", "white_check_mark")
}

// Ensure that a reaction is said in words where the app may not react, and on a post that shows several lines.
func TestReactionsInWords(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	luis := r.luis()
	thread := r.personOnWhatsApp()
	var ids []string
	r.aside(2, func() { ids = []string{r.says(luis, "one"), r.says(luis, "two")} })
	r.posted(thread, "two")
	r.ok(luis.React(r.ctx, ids[0], "👍"))
	r.posted(thread, "about “one”")
}

// Ensure that an agent's reaction on a customer's line is on his message in each app, the last one, until it is taken off;
// that marks of ours never cross, nor what closed chats get, and that what an app does not take is told once.
func TestAgentsReactions(t *testing.T) {
	both(t, sandbox.Options{}, func(r *rig) {
		anna, luis, ana, ben := r.anna(), r.luis(), r.ana(), r.ben()
		mia := r.mia("c9", nil)
		emoji := map[string]func() string{}
		lines := map[string]string{}

		thread := r.person()
		id := r.write(anna, "a line on Telegram")
		emoji[thread] = func() string {
			for _, m := range anna.Seen() {
				if m.ID == id {
					return m.Reaction
				}
			}
			return "gone"
		}
		lines[thread] = r.posted(thread, "a line on Telegram").ID
		r.write(anna, "and more") // behind it the post is recorded
		r.posted(thread, "and more")
		other := r.personOnWhatsApp()
		wamid := r.says(luis, "a line on WhatsApp")
		emoji[other] = func() string { return luis.Reaction(wamid) }
		lines[other] = r.posted(other, "a line on WhatsApp").ID
		r.says(luis, "and more")
		r.posted(other, "and more")
		for chat, show := range emoji {
			post := lines[chat]
			wait := func(want string) {
				r.t.Helper()
				until := r.Telegram.Wait
				if chat == other {
					until = r.WhatsApp.Wait
				}
				if err := until(r.ctx, func() bool { return show() == want }); err != nil {
					r.t.Fatalf("the customer sees the reaction %q, want %q: %v", show(), want, err)
				}
			}
			r.ok(ana.React(r.ctx, post, "eyes"))
			r.ok(ana.React(r.ctx, post, "+1"))
			wait("👍")
			r.ok(ben.React(r.ctx, post, "tada"))
			wait("🎉")
			r.ok(ben.Unreact(r.ctx, post, "tada"))
			wait("👍")
			r.ok(ana.Unreact(r.ctx, post, "+1"))
			wait("")
		}
		r.ok(ana.React(r.ctx, lines[thread], "t-rex"))
		r.whisper(ana, "does not take this reaction")

		r.shopWrites(mia, "I want to talk to a person")
		shop := r.thread(3)
		r.shopWrites(mia, "a line in the shop")
		post := r.posted(shop, "a line in the shop").ID
		r.shopWrites(mia, "and more")
		r.posted(shop, "and more")
		r.shopWrites(mia, "one more")
		r.posted(shop, "one more") // so the line before it is recorded too: nobody reacts faster than that
		r.ok(ana.React(r.ctx, post, "heart"))
		r.ok(r.Shop.Wait(r.ctx, func() bool {
			for _, p := range r.Shop.Posts() {
				if p.Type == "reaction" && p.Emoji != nil && *p.Emoji == "❤️" && p.Chat.ID == "c9" {
					return true
				}
			}
			return false
		}))
		r.click(ana, shop, "patchbay_resolve")
		r.card(shop, "Resolved by Ana")
		r.ok(ana.React(r.ctx, post, "fire"))
		r.shopWrites(mia, "still here")
		r.ok(r.Shop.WaitFor(r.ctx, "c9", "You wrote: still here"))
		n := 0
		for _, p := range r.Shop.Posts() {
			if p.Type == "reaction" {
				n++
			}
		}
		if n != 1 {
			r.t.Errorf("the shop got %d reactions, want the one of the open chat", n)
		}
	})
}
