package lanes_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// fixed is an app that cannot change or take back what it has.
type fixed struct{ channels.Adapter }

// fix makes the rig's channel one that cannot change what it has, under a policy of its desk.
func (r *rig) fix(change func(*handover.DeskPolicy)) {
	ch := *r.roster.Channels[chats]
	ch.Adapter = fixed{r.phone}
	r.roster.Channels[chats], r.roster.Accounts[ch.Account] = &ch, &ch
	r.under(func(p *handover.DeskPolicy) {
		p.Undo = 0
		if change != nil {
			change(p)
		}
	})
}

// under puts the rig's desk under a policy.
func (r *rig) under(change func(*handover.DeskPolicy)) {
	dk := *r.roster.Desks[slack]
	change(&dk.Policy)
	r.roster.Desks[slack] = &dk
	r.engine.Use(r.roster)
}

// press has an agent press the button of a whisper to him.
func (r *rig) press(w whisper, title string) {
	r.t.Helper()
	for _, choice := range w.notice.Choices {
		if choice.Title == title {
			r.act(handover.Action{Kind: choice.Kind, Handover: w.notice.Handover, Post: w.notice.Post})
			return
		}
	}
	r.t.Fatalf("the whisper %q has no button %q", w.notice.Text, title)
}

// lastWhisper returns the last whisper, which has the words.
func (r *rig) lastWhisper(words string) whisper {
	r.t.Helper()
	all := r.desk.whispered()
	if len(all) == 0 || !strings.Contains(all[len(all)-1].notice.Text, words) {
		var texts []string
		for _, w := range all {
			texts = append(texts, w.notice.Text)
		}
		r.t.Fatalf("the whispers are %q, want %q last", texts, words)
	}
	return all[len(all)-1]
}

// reads fails the test unless the customer's texts after the first are want.
func (r *rig) reads(want ...string) {
	r.t.Helper()
	equal(r.t, "the customer reads", r.phone.read("c1")[1:], want)
}

// Ensure that each reply has its own full time in which it can be taken back, that their order holds, that an edit changes
// what goes out, and that what follows waits behind them.
func TestUndo(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.fix(nil)
		thread := r.person("c1")
		first := r.reply(thread, "one")
		r.pass(2 * time.Second)
		w := r.lastWhisper("in a few seconds")
		if w.notice.Post != first || w.agent != "U1" {
			t.Fatalf("the whisper is %+v", w)
		}
		second := r.reply(thread, "two")
		r.pass(time.Second)
		r.reply(thread, "three")
		r.pass(time.Second)
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: second, Text: "two, as I meant it"})
		r.pass(900 * time.Millisecond)
		r.reads()
		r.pass(200 * time.Millisecond)
		r.reads("Ana: one")
		if got := r.desk.marks(second); got != "" {
			t.Errorf("a reply that waits for its writer is marked %q", got)
		}
		r.restart()
		r.pass(1800 * time.Millisecond)
		r.reads("Ana: one")
		r.pass(200 * time.Millisecond)
		r.reads("Ana: one", "two, as I meant it")
		r.act(handover.Action{Kind: handover.Resolved, Thread: thread})
		r.pass(time.Second)
		r.reads("Ana: one", "two, as I meant it", "three", "Ana closed this chat. Just write if there is more.")
		r.pass(time.Minute)
		if n := len(r.phone.made("c1")); n != 5 {
			t.Errorf("the app was called %d times, want 5", n)
		}
		if got := r.desk.marks(first); got != "sent" {
			t.Errorf("the first reply is marked %q", got)
		}
	})
}

// Ensure that a reply is taken back in time, also after a restart, that the next one names its author, and that a second
// click does nothing.
func TestCancel(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.fix(nil)
		thread := r.person("c1")
		post := r.reply(thread, "wrong chat")
		r.pass(time.Second)
		w := r.lastWhisper("in a few seconds")
		r.restart()
		r.press(w, "Cancel")
		r.pass(10 * time.Millisecond)
		r.lastWhisper("the customer does not get this")
		said := len(r.desk.whispered())
		r.press(w, "Cancel")
		r.pass(10 * time.Second)
		r.reads()
		if n := len(r.desk.whispered()); n != said {
			t.Errorf("the second click whispers %q", r.desk.whispered()[said:])
		}
		if got := r.desk.marks(post); got != "" {
			t.Errorf("what was canceled is marked %q", got)
		}
		r.reply(thread, "hello")
		r.pass(6 * time.Second)
		r.reads("Ana: hello")
		if n := len(r.phone.made("c1")); n != 2 {
			t.Errorf("the app was called %d times, want 2", n)
		}
	})
}

// Ensure that a cancel that comes too late deletes what went out where the app can do that, and is said where it cannot,
// with a correction that goes out once.
func TestCancelTooLate(t *testing.T) {
	t.Run("deletes", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.under(func(p *handover.DeskPolicy) { p.Undo = 3 * time.Second })
			thread := r.person("c1")
			r.reply(thread, "oops")
			r.pass(time.Second)
			w := r.lastWhisper("in a few seconds")
			r.pass(3 * time.Second)
			r.reads("Ana: oops")
			r.press(w, "Cancel")
			r.pass(time.Second)
			r.reads("(deleted)")
			r.lastWhisper("This had gone out already.")
		})
	})
	t.Run("corrects", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.fix(nil)
			thread := r.person("c1")
			r.reply(thread, "oops")
			r.pass(time.Second)
			w := r.lastWhisper("in a few seconds")
			r.pass(6 * time.Second)
			r.press(w, "Cancel")
			r.pass(time.Second)
			late := r.lastWhisper("cannot take back this message")
			r.press(late, "Send a correction")
			r.press(late, "Send a correction")
			r.pass(time.Second)
			r.reads("Ana: oops", "Ana: Please ignore my earlier message, it was sent by mistake.")
			has(t, "the thread", r.desk.read(thread), "Please ignore my earlier message")
		})
	})
	t.Run("on its way", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			r.fix(nil)
			thread := r.person("c1")
			r.phone.on(func(ctx context.Context, _ channels.Outbound) error {
				select {
				case <-time.After(4 * time.Second):
				case <-ctx.Done():
				}
				return nil
			})
			r.reply(thread, "oops")
			r.pass(time.Second)
			w := r.lastWhisper("in a few seconds")
			r.pass(5 * time.Second) // the app is being called
			r.press(w, "Cancel")
			r.pass(100 * time.Millisecond)
			r.lastWhisper("in a few seconds")
			r.pass(5 * time.Second)
			r.reads("Ana: oops")
			r.lastWhisper("cannot take back this message")
		})
	})
}

// Ensure that an edit which the app cannot make is told once, and corrected once for each wording.
func TestCorrection(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.fix(func(p *handover.DeskPolicy) { p.Undo = -1 })
		thread := r.person("c1")
		post := r.reply(thread, "It costs 50 €.")
		r.pass(time.Second)
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "It costs 40 €."})
		r.pass(time.Second)
		w := r.lastWhisper("cannot change this message")
		r.press(w, "Send a correction")
		r.settle()
		r.lastWhisper("On its way")
		r.restart()
		r.press(w, "Send a correction")
		r.pass(time.Second)
		r.reads("Ana: It costs 50 €.", "Correction: It costs 40 €.")
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "It costs 30 €."})
		r.pass(time.Second)
		r.press(r.lastWhisper("cannot change this message"), "Send a correction")
		r.pass(time.Second)
		r.reads("Ana: It costs 50 €.", "Correction: It costs 40 €.", "Correction: It costs 30 €.")
	})
}

// Ensure that an app which can change messages, but not this one any more, leads to the same as one that cannot.
func TestTooOldToChange(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		post := r.reply(thread, strings.Repeat("long ", 300)) // two messages
		r.pass(time.Second)
		before := len(r.phone.read("c1"))
		r.phone.on(func(context.Context, channels.Outbound) error {
			return channels.Errorf(channels.Rejected, "app: message can't be deleted for everyone")
		})
		r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: post})
		r.pass(time.Second)
		r.lastWhisper("cannot take back this message")
		if n := len(r.desk.whispered()); n != 1 {
			t.Errorf("%d whispers, want one: %+v", n, r.desk.whispered())
		}
		for _, line := range r.desk.read(thread) {
			if strings.Contains(line, "Not delivered") {
				t.Errorf("the thread reads %q", line)
			}
		}
		if got := len(r.phone.read("c1")); got != before {
			t.Errorf("the customer has %d messages, want %d", got, before)
		}
	})
}

// Ensure that what failed is told privately with the reason, is sent again by a click, once, with the parts that arrived
// left alone, and that a click when it is on its way does nothing.
func TestRetry(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		calls := 0
		r.phone.on(func(_ context.Context, m channels.Outbound) error {
			if calls++; calls == 2 {
				return channels.Errorf(channels.Unreachable, "app: the customer has blocked the bot")
			}
			return nil
		})
		post := r.reply(thread, strings.Repeat("long ", 300))
		r.pass(time.Second)
		w := r.lastWhisper("Not delivered. the customer has blocked the bot")
		if len(w.notice.Choices) != 1 {
			t.Errorf("the choices are %+v, want Retry alone", w.notice.Choices)
		}
		if got := r.desk.marks(post); got != "failed" {
			t.Errorf("the reply is marked %q", got)
		}
		has(t, "the thread", r.desk.read(thread), "Not delivered.")
		r.restart()
		r.press(w, "Retry")
		r.press(w, "Retry")
		r.pass(5 * time.Second)
		if got := r.phone.read("c1"); len(got) != 3 || !strings.HasPrefix(got[1], "Ana: long") || !strings.HasPrefix(got[2], "long") {
			t.Errorf("the customer reads %q", got)
		}
		if got := r.desk.marks(post); got != "sent" {
			t.Errorf("the reply is marked %q", got)
		}
		r.press(w, "Retry")
		r.pass(5 * time.Second)
		if n := len(r.phone.read("c1")); n != 3 {
			t.Errorf("the customer has %d messages, want 3", n)
		}
	})
}

// Ensure that what the app did not take with a name in bold can go as nothing but text.
func TestSendAsText(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(func(_ context.Context, m channels.Outbound) error {
			if m.Title != "" {
				return channels.Errorf(channels.Rejected, "app: can't parse entities")
			}
			return nil
		})
		post := r.reply(thread, "hello")
		r.pass(time.Second)
		w := r.lastWhisper("can't parse entities")
		r.press(w, "Retry")
		r.pass(time.Second)
		if got := r.desk.marks(post); got != "failed" {
			t.Errorf("after another try the reply is marked %q", got)
		}
		r.press(r.lastWhisper("can't parse entities"), "Send as text")
		r.pass(5 * time.Second)
		r.reads("hello")
		if got := r.desk.marks(post); got != "sent" {
			t.Errorf("as text the reply is marked %q", got)
		}
	})
}

// Ensure that a reply waits for its writer's check mark, and nobody else's, that he is told how once, and that what goes out
// is what it reads by then, once.
func TestConfirm(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.under(func(p *handover.DeskPolicy) { p.Confirm = true })
		thread := r.person("c1")
		first := r.reply(thread, "one")
		r.pass(time.Minute)
		r.reads()
		w := r.lastWhisper("put ✅ on your reply")
		second := r.reply(thread, "two")
		r.pass(time.Second)
		if n := len(r.desk.whispered()); n != 1 {
			t.Errorf("%d whispers, want one", n)
		}
		if r.desk.card(thread).State != models.HandoverWaiting {
			t.Error("a reply that is held back took the chat")
		}
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: second, Text: "two, better"})
		r.restart()
		r.act(handover.Action{Kind: handover.Confirmed, Post: second})
		r.act(handover.Action{Kind: handover.Confirmed, Post: second})
		r.pass(time.Second)
		r.reads("Ana: two, better")
		if got := r.desk.marks(second); got != "sent" {
			t.Errorf("the reply is marked %q", got)
		}
		if r.desk.card(thread).State != models.HandoverClaimed {
			t.Error("the reply did not take the chat")
		}
		r.press(w, "Send now")
		r.press(w, "Send now")
		r.act(handover.Action{Kind: handover.Confirmed, Post: first})
		r.pass(time.Second)
		r.reads("Ana: two, better", "one")
		r.act(handover.Action{Kind: handover.Confirmed, Post: thread + "/nobody's"})
		third := r.reply(thread, "three")
		r.act(handover.Action{Kind: handover.Resolved, Thread: thread})
		r.settle()
		r.act(handover.Action{Kind: handover.Confirmed, Post: third})
		r.pass(time.Second)
		r.lastWhisper("This chat is closed")
		if slices.Contains(r.phone.read("c1"), "three") {
			t.Error("a reply was sent in a closed chat")
		}
	})
}

// Ensure that a reply which is a note only because of a mention is said to be one, and can be sent; and that other notes,
// and edits of notes, cannot.
func TestMention(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Post: thread + "/n1", Text: "@Ben is off today", Note: true, Mention: true})
		r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Post: thread + "/n2", Text: "between us", Note: true})
		r.pass(time.Second)
		r.reads()
		w := r.lastWhisper("begins with a mention")
		if n := len(r.desk.whispered()); n != 1 || w.notice.Post != thread+"/n1" {
			t.Fatalf("the whispers are %+v", r.desk.whispered())
		}
		r.restart()
		r.press(w, "Send anyway")
		r.press(w, "Send anyway")
		r.pass(time.Second)
		r.reads("Ana: @Ben is off today")
		if got := r.desk.marks(thread + "/n1"); got != "sent" {
			t.Errorf("the note that was sent is marked %q", got)
		}
		r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Post: thread + "/n3", Text: "@Ben says hi", Note: true, Mention: true})
		r.act(handover.Action{Kind: handover.Resolved, Thread: thread})
		r.pass(time.Second)
		r.press(r.lastWhisper("begins with a mention"), "Send anyway")
		r.pass(time.Second)
		r.press(r.lastWhisper("This chat is closed"), "Take over and send")
		r.pass(time.Second)
		if got := r.phone.read("c1"); got[len(got)-1] != "Ana: @Ben says hi" {
			t.Errorf("the customer reads %q", got)
		}
	})
}
