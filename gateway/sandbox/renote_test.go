package sandbox_test

import (
	"testing"

	"patchbay/gateway/sandbox"
)

// Ensure that the shortcuts make a note of a reply that waits, and send a note, also after a restart and with a double click, and
// that the edit of a note which was sent changes what the customer reads.
func TestNoteShortcuts(t *testing.T) {
	inBothModes(t, `undo = "10s"`, func(t *testing.T, r *rig) {
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		r.reads(anna, "I'm getting a colleague")
		wrong := r.reply(ana, thread, "#wrong")
		r.whisper(ana, "Goes to the customer in a few seconds.")
		r.ok(ana.Shortcut(r.ctx, wrong, "patchbay_withdraw"))
		r.whisper(ana, "Kept as a note.")
		r.stop()
		r.start()
		note := r.reply(ana, thread, "// #note it costs 50")
		r.ok(r.Slack.Delivered(r.ctx))
		r.until("a colleague's shortcut", func() bool { return ben.Shortcut(r.ctx, note, "patchbay_send_note_now") == nil })
		r.whisper(ben, "Only who wrote a message can send it")
		r.ok(ana.Shortcut(r.ctx, note, "patchbay_send_note_now"))
		r.ok(ana.Shortcut(r.ctx, note, "patchbay_send_note_now"))
		r.whisper(ana, "This goes to the customer already.")
		r.reads(anna, "Ana\n#note it costs 50")
		r.marked(thread, note, "white_check_mark")
		r.ok(ana.Edit(r.ctx, note, "// #note it costs 40"))
		r.reads(anna, "Ana\n#note it costs 40")
		r.ok(ana.Shortcut(r.ctx, note, "patchbay_withdraw"))
		w := r.whisper(ana, "Too late to make this a note")
		r.press(ana, w, "Delete at the customer's")
		r.ok(r.Telegram.Wait(r.ctx, func() bool { return count(anna.Read(), "it costs") == 0 }))
		r.whisper(ana, "deleted for the customer too")
		if n := count(anna.Read(), "#wrong"); n != 0 {
			t.Errorf("the customer reads %q", anna.Read())
		}
	})
}

// Ensure that a reply with files that was made a note before it went out loses none of them when it is sent after all.
func TestNoteShortcuts_files(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true, Webhooks: true, Sections: map[string]string{"slack": `undo = "10s"`}})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.reads(anna, "I'm getting a colleague")
	post := r.attaches(ana, thread, "Both of them",
		attachment("F0N", "one.pdf", "application/pdf", pdfHead, 800), attachment("F0O", "two.pdf", "application/pdf", pdfHead, 900))
	r.whisper(ana, "Goes to the customer in a few seconds.")
	r.ok(ana.Shortcut(r.ctx, post, "patchbay_withdraw"))
	r.whisper(ana, "Kept as a note.")
	r.reply(ana, thread, "One moment.")
	r.reads(anna, "One moment.") // what stood in the lane before it is done
	r.ok(ana.Shortcut(r.ctx, post, "patchbay_send_note_now"))
	got := r.receives(anna, 2)
	if len(got) != 2 || got[0].File.Name != "one.pdf" || got[1].File.Name != "two.pdf" || got[0].Text != "Both of them" {
		t.Errorf("the customer has %d files, the first %q with %q", len(got), got[0].File.Name, got[0].Text)
	}
}
