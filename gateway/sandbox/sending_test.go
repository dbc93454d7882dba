package sandbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// inBothModes runs a test with Slack calling the gateway, and with the gateway holding a connection to Slack.
func inBothModes(t *testing.T, slack string, test func(t *testing.T, r *rig)) {
	t.Helper()
	for _, webhooks := range []bool{true, false} {
		t.Run(fmt.Sprintf("webhooks=%v", webhooks), func(t *testing.T) {
			test(t, run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true, Sections: map[string]string{"slack": slack}}))
		})
	}
}

// press has an agent press a button of a whisper, again while the gateway is only starting.
func (r *rig) press(a *slacktest.Agent, w slacktest.Whisper, button string) {
	r.t.Helper()
	// A click on a gateway that is not up yet changes nothing on Slack, so there is nothing to wait for there.
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for a.ClickWhisper(r.ctx, w, button) != nil {
		select {
		case <-again.C:
		case <-r.ctx.Done():
			r.t.Fatalf("press %s: %v", button, r.ctx.Err())
		}
	}
}

// Ensure that a reply waits for its writer's check mark, which an edit does not lose, and that what he lets go is sent once.
func TestConfirm(t *testing.T) {
	inBothModes(t, `reply = "confirm"`, func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.reads(anna, "I'm getting a colleague")
		first := r.reply(ana, thread, "half a sent")
		w := r.whisper(ana, "put ✅ on your reply")
		second := r.reply(ana, thread, "one moment")
		r.ok(ana.Edit(r.ctx, first, "half a sentence more"))
		r.ok(r.ben().React(r.ctx, first, "white_check_mark")) // it is not his
		r.ok(ana.React(r.ctx, second, "white_check_mark"))
		r.reads(anna, "Ana\none moment")
		r.marked(thread, second, "white_check_mark")
		r.stop()
		r.start()
		r.press(ana, w, "Send now")
		r.reads(anna, "half a sentence more")
		r.ok(ana.Unreact(r.ctx, second, "white_check_mark"))
		r.ok(ana.React(r.ctx, second, "white_check_mark"))
		r.ok(r.Slack.Delivered(r.ctx))
		r.write(anna, "thank you")
		r.posted(thread, "thank you")
		if n := count(anna.Read(), "one moment"); n != 1 {
			t.Errorf("the customer reads it %d times: %q", n, anna.Read())
		}
		if n := count(anna.Read(), "half a sent"); n != 1 {
			t.Errorf("the customer reads %q", anna.Read())
		}
	})
}

// Ensure that a reply to an app that cannot delete can be taken back, that one which went out is followed by a correction, in
// the customer's language, and that each button works once.
func TestUndo(t *testing.T) {
	inBothModes(t, `undo = "10s"`, func(t *testing.T, r *rig) {
		luis, ana := r.luis(), r.ana()
		thread := r.personOnWhatsApp()
		wrong := r.reply(ana, thread, "wrong chat")
		w := r.whisper(ana, "Goes to the customer in a few seconds.")
		r.press(ana, w, "Cancel")
		r.whisper(ana, "Canceled: the customer does not get this.")
		r.marked(thread, wrong)
		post := r.reply(ana, thread, "It costs 50.")
		r.sees(luis, "It costs 50.")
		r.marked(thread, post, "white_check_mark", "eyes")
		r.ok(ana.Edit(r.ctx, post, "It costs 40."))
		correct := r.whisper(ana, "cannot change this message")
		r.press(ana, correct, "Send a correction")
		r.sees(luis, "Correction: It costs 40.")
		r.posted(thread, "Correction: It costs 40.")
		r.ok(ana.Delete(r.ctx, post))
		back := r.whisper(ana, "cannot take back this message")
		r.press(ana, back, "Send a correction")
		r.sees(luis, "Please ignore my earlier message")
		seen := screen(luis)
		if slices.ContainsFunc(seen, func(text string) bool { return text == "wrong chat" }) || count(seen, "Correction") != 1 || count(seen, "Please ignore") != 1 {
			t.Errorf("the customer reads %q", seen)
		}
	})
}

// Ensure that Telegram's messages are edited and deleted with the agent's, and that a delete which Telegram refuses because the
// message is too old is told in words that help.
func TestEditAndUnsend(t *testing.T) {
	inBothModes(t, "", func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.reads(anna, "I'm getting a colleague")
		post := r.reply(ana, thread, "It costs 50.")
		r.reads(anna, "Ana\nIt costs 50.")
		r.ok(ana.Unfurl(r.ctx, post))
		r.ok(ana.Edit(r.ctx, post, "It costs 40."))
		r.reads(anna, "Ana\nIt costs 40.")
		r.ok(ana.Delete(r.ctx, post))
		r.ok(r.Telegram.Wait(r.ctx, func() bool { return count(anna.Read(), "It costs") == 0 }))
		old := r.reply(ana, thread, "too old")
		r.reads(anna, "too old")
		r.Telegram.Fail("deleteMessage", 1, telegramtest.Refuse(400, "Bad Request: message can't be deleted for everyone"))
		r.ok(ana.Delete(r.ctx, old))
		w := r.whisper(ana, "cannot take back this message")
		r.press(ana, w, "Send a correction")
		r.press(ana, w, "Send a correction")
		r.reads(anna, "Please ignore my earlier message")
		r.write(anna, "ok")
		r.posted(thread, "ok")
		if n := count(anna.Read(), "Please ignore"); n != 1 {
			t.Errorf("the customer reads %q", anna.Read())
		}
		if n := count(r.lines(thread), "Not delivered"); n != 0 {
			t.Errorf("the thread reads %q", r.lines(thread))
		}
	})
}

// Ensure that a reply that failed is told where it was written, privately with the reason, and is sent again by a click also
// after a restart.
func TestRetryAfterFailure(t *testing.T) {
	inBothModes(t, "", func(t *testing.T, r *rig) {
		luis, ana := r.luis(), r.ana()
		thread := r.personOnWhatsApp()
		r.sees(luis, "I'm getting a colleague")
		luis.Block()
		post := r.reply(ana, thread, "Are you there?")
		w := r.whisper(ana, "Not delivered.")
		r.marked(thread, post, "x")
		r.posted(thread, "Not delivered.")
		luis.Unblock()
		r.stop()
		r.start()
		r.press(ana, w, "Retry")
		if _, err := luis.Wait(r.ctx, func(seen []whatsapptest.Message) bool { return slices.ContainsFunc(seen, contains("Are you there?")) }); err != nil {
			t.Fatalf("%v: the customer reads %q", err, screen(luis))
		}
		r.marked(thread, post, "white_check_mark", "eyes")
		r.whisper(ana, "On its way to the customer.")
	})
}

// Ensure that a note by a mention is said privately, and goes to the customer when its writer wants that.
func TestMentionSentAnyway(t *testing.T) {
	inBothModes(t, "", func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.reads(anna, "I'm getting a colleague")
		post := r.reply(ana, thread, "<@"+slacktest.Ben+"> will call you")
		w := r.whisper(ana, "Kept as a note")
		r.ok(ana.Edit(r.ctx, post, "Ben will call you"))
		r.whisper(ana, "This was a note")
		r.press(ana, w, "Send anyway")
		r.reads(anna, "Ana\nBen will call you")
		r.marked(thread, post, "white_check_mark")
	})
}

// Ensure that a check mark that was put on a reply while Patchbay was away lets it go.
func TestConfirmedWhileAway(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true, Sections: map[string]string{"slack": `reply = "confirm"`}})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.reads(anna, "I'm getting a colleague")
	r.stop()
	yes, no := r.reply(ana, thread, "this one"), r.reply(ana, thread, "not this one")
	r.ok(ana.React(r.ctx, yes, "white_check_mark"))
	r.ok(r.ben().React(r.ctx, no, "white_check_mark"))
	r.start()
	r.reads(anna, "Ana\nthis one")
	r.write(anna, "thank you")
	r.posted(thread, "thank you")
	if n := count(anna.Read(), "this one"); n != 1 {
		t.Errorf("the customer reads %q", anna.Read())
	}
}
