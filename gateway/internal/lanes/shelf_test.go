package lanes_test

import (
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// window gives the rig's channel a reply window.
func (r *rig) window(d time.Duration) {
	ch := *r.roster.Channels[chats]
	ch.Limits.Window, ch.Policy.Window = d, d
	r.roster.Channels[chats], r.roster.Accounts[ch.Account] = &ch, &ch
	r.engine.Use(r.roster)
}

// Ensure that replies after the end of the reply window call nobody, wait over a restart, can be edited, deleted and taken
// back, and go out once, in their order, when the customer writes.
func TestRepliesWaitForTheWindow(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.window(24 * time.Hour)
		thread := r.person("c1")
		r.reply(thread, "In time.")
		r.pass(24*time.Hour - time.Second)
		has(t, "the thread", r.desk.read(thread), "60 minutes are left to reply")
		r.pass(2 * time.Second)
		first := r.reply(thread, "One.")
		r.settle()
		w := r.lastWhisper("Not sent yet")
		if w.notice.Post != first || w.agent != "U1" {
			t.Fatalf("the whisper is %+v", w)
		}
		gone := r.reply(thread, "Two.")
		r.settle()
		taken := r.lastWhisper("2 of your replies wait, in this order:\n1. One.\n2. Two.")
		r.reply(thread, "Three.")
		deleted := r.reply(thread, "Four.")
		r.restart()
		r.press(taken, "Take it back")
		r.press(taken, "Take it back")
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: first, Text: "One, as I meant it."})
		r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: deleted})
		r.pass(time.Hour)
		r.reads("Ana: In time.")
		if got := r.desk.marks(first) + r.desk.marks(gone); got != "" {
			t.Errorf("replies that wait are marked %q", got)
		}
		calls := len(r.phone.made("c1"))
		r.write("c1", "I am back")
		r.settle()
		r.reads("Ana: In time.", "One, as I meant it.", "Three.")
		has(t, "the thread", r.desk.read(thread), "your 2 replies that were held back go out now")
		r.write("c1", "Thanks")
		r.reply(thread, "You are welcome.")
		r.pass(time.Minute)
		r.reads("Ana: In time.", "One, as I meant it.", "Three.", "You are welcome.")
		if n := len(r.phone.made("c1")) - calls; n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
		if got := r.desk.marks(first); got != "sent" {
			t.Errorf("a reply that went out is marked %q", got)
		}
		r.press(taken, "Take it back") // too late, and not for this one
		r.settle()
		r.reads("Ana: In time.", "One, as I meant it.", "Three.", "You are welcome.")
	})
}

// Ensure that a reply which the platform refuses as too late waits as well, told at once or by a report, and so do those
// behind it, without another call.
func TestWindowClosedByThePlatform(t *testing.T) {
	for _, late := range []bool{false, true} {
		name := "at once"
		if late {
			name = "by a report"
		}
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) { closedByThePlatform(t, r, late) })
		})
	}
}

func closedByThePlatform(t *testing.T, r *rig, late bool) {
	thread := r.person("c1")
	r.reply(thread, "In time.")
	r.settle()
	if !late {
		r.phone.on(times(1, always(channels.WindowClosed, "it is too late")))
	}
	post := r.reply(thread, "One.")
	r.settle()
	if late {
		r.take(chats, channels.Inbound{
			Key: "failed", Kind: channels.Receipt, ID: r.phone.idOf(len(r.phone.read("c1")) - 1), Delivery: models.Failed,
			Error: channels.Errorf(channels.WindowClosed, "it is too late"),
		})
		r.settle()
	}
	calls := len(r.phone.made("c1"))
	r.reply(thread, "Two.")
	r.pass(time.Hour)
	r.lastWhisper("2 of your replies wait, in this order:\n1. One.\n2. Two.")
	if n := len(r.phone.made("c1")) - calls; n != 0 {
		t.Errorf("%d calls after the end of the window", n)
	}
	if got := r.desk.marks(post); got != "" {
		t.Errorf("a reply that waits is marked %q", got)
	}
	for _, line := range r.desk.read(thread) {
		if strings.Contains(line, "Not delivered") {
			t.Errorf("the thread reads %q", line)
		}
	}
	r.write("c1", "I am back")
	r.settle()
	if n := len(r.phone.made("c1")) - calls; n != 2 {
		t.Errorf("%d calls, want one a reply", n)
	}
	if got := r.desk.marks(post); got != "sent" {
		t.Errorf("a reply that went out is marked %q", got)
	}
}
