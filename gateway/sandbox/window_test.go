package sandbox_test

import (
	"testing"
	"time"
)

// Ensure that replies which WhatsApp refuses after its 24 hours wait, over a restart, until the customer writes, and that
// one of them can be taken back by its button, once.
func TestReplyWindow(t *testing.T) {
	inBothModes(t, `undo = "0s"`, func(t *testing.T, r *rig) {
		luis, ana := r.luis(), r.ana()
		thread := r.personOnWhatsApp()
		r.reply(ana, thread, "hello")
		r.sees(luis, "hello")
		r.WhatsApp.Advance(25 * time.Hour)
		first := r.reply(ana, thread, "#1 It is on its way.")
		r.whisper(ana, "Not sent yet")
		r.reply(ana, thread, "wrong chat")
		w := r.whisper(ana, "2. wrong chat")
		r.reply(ana, thread, "#2 Anything else?")
		r.whisper(ana, "3. #2 Anything else?")
		r.stop()
		r.start()
		r.press(ana, w, "Take it back")
		r.whisper(ana, "Canceled: the customer does not get this.")
		r.press(ana, w, "Take it back")
		r.marked(thread, first)
		r.says(luis, "any news?")
		r.sees(luis, "Anything else?")
		r.posted(thread, "your 2 replies that were held back go out now")
		if seen := screen(luis); count(seen, "wrong chat") != 0 {
			t.Errorf("the customer reads %q", seen)
		}
		ordered(t, "the customer", marked(screen(luis)), []string{"#1", "#2"})
		r.marked(thread, first, "white_check_mark", "eyes")
	})
}
