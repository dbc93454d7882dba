package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderOf writes files into a folder and returns the section's line that names it.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("replies = %q", dir)
}

func standardReplies(t *testing.T) string {
	return folderOf(t, map[string]string{
		"hello.md":         "---\ntitle: Hello\nname: hello\n---\nHello {{customer.name}}, this is {{agent.name}} on {{channel}}.\n",
		"hallo.md":         "---\ntitle: Hallo\nname: hello\nlanguage: de\n---\nHallo {{customer.name}}!\n",
		"orders/refund.md": "---\ntitle: Refund\nname: refund\n---\nYour refund for {{fields.order}} is on its way.\n",
	})
}

// Ensure that a canned reply is chosen, looked at, changed and sent once, in the agent's name, from the card and from the menu
// of a message, also after a restart; and that a placeholder without a value does not reach the customer.
func TestCannedForm(t *testing.T) {
	inBothModes(t, standardReplies(t), func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.stop()
		r.start()
		r.until("the button works", func() bool { return ana.Click(r.ctx, thread, "Canned reply") == nil })
		r.form(ana, "Canned reply")
		r.ok(ana.Enter(r.ctx, "Which one?", "Refund"))
		r.until("the preview shows", func() bool {
			f, _ := ana.Form()
			return strings.Contains(fmt.Sprint(f), "Your refund for {{fields.order}}")
		})
		if err := ana.Submit(r.ctx); err == nil || !strings.Contains(err.Error(), "{{fields.order}}") {
			t.Fatalf("sending with an empty placeholder: %v", err)
		}
		r.ok(ana.Enter(r.ctx, "What the customer reads", "Your refund for 77 is on its way."))
		r.ok(ana.Submit(r.ctx))
		r.lastReads(anna, "Ana\nYour refund for 77 is on its way.")
		r.posted(thread, "Your refund for 77 is on its way.")
		r.card(thread, "Taken by Ana")

		r.ok(r.ben().Shortcut(r.ctx, thread, "patchbay_canned_reply"))
		r.form(r.ben(), "Canned reply")
		r.ok(r.ben().Enter(r.ctx, "Which one?", "Hello"))
		r.until("the preview shows", func() bool {
			f, _ := r.ben().Form()
			return strings.Contains(fmt.Sprint(f), "Hello Anna, this is Ben on Telegram.")
		})
		r.ok(r.ben().Submit(r.ctx))
		r.lastReads(anna, "Ben\nHello Anna, this is Ben on Telegram.")
		if n := strings.Count(strings.Join(anna.Read(), "\n"), "refund for 77"); n != 1 {
			t.Errorf("the customer reads %q", anna.Read())
		}

		r.click(ana, thread, "Resolve")
		r.card(thread, "Resolved by Ana")
		r.form(ana, "Resolved")
		r.ok(ana.CloseForm(r.ctx))
		r.ok(ana.Shortcut(r.ctx, thread, "patchbay_canned_reply"))
		r.whisper(ana, "This chat is closed, so nothing was sent.")
	})
}

// Ensure that a canned reply is sent by its name, in the customer's language, that a name that there is not stays in the
// thread, and that !! sends a literal !.
func TestCannedName(t *testing.T) {
	inBothModes(t, standardReplies(t), func(t *testing.T, r *rig) {
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		post := r.reply(ana, thread, "!Hello How can I help?")
		r.lastReads(anna, "Ana\nHello Anna, this is Ana on Telegram.\n\nHow can I help?")
		r.posted(thread, "The canned reply reads:")
		r.reply(ana, thread, "!hallo")
		w := r.whisper(ana, "There is no canned reply of that name")
		if !strings.Contains(w.Text, "!hello") {
			t.Errorf("Ana is whispered %q, want the nearest name", w.Text)
		}
		r.reply(ana, thread, "!refund")
		r.whisper(ana, "names what is not known of this customer")
		r.ok(ana.Edit(r.ctx, post, "!nothing"))
		r.whisper(ana, "The customer's copy was not changed")
		r.reply(ana, thread, "!!refund is a command")
		r.lastReads(anna, "!refund is a command")
		r.ok(ana.Edit(r.ctx, post, "Hello again."))
		r.reads(anna, "Ana\nHello again.")
		if all := strings.Join(anna.Read(), "\n"); strings.Contains(all, "!hallo") || strings.Contains(all, "{{") || strings.Contains(all, "!nothing") {
			t.Errorf("the customer reads %q", all)
		}
	})
}

// Ensure that a locked chat takes a canned reply from who has it alone.
func TestCannedInLockedChat(t *testing.T) {
	inBothModes(t, "lock = \"owner\"\n"+standardReplies(t), func(t *testing.T, r *rig) {
		anna, ana, ben := r.anna(), r.ana(), r.ben()
		thread := r.person()
		r.reply(ana, thread, "Mine.")
		r.lastReads(anna, "Ana\nMine.")
		r.click(ben, thread, "Canned reply")
		r.form(ben, "Canned reply")
		r.ok(ben.Enter(r.ctx, "Which one?", "Hello"))
		r.until("the preview shows", func() bool {
			f, _ := ben.Form()
			return strings.Contains(fmt.Sprint(f), "Hello Anna")
		})
		r.ok(ben.Submit(r.ctx))
		r.whisper(ben, "A colleague has this chat, so nothing was sent.")
		if all := strings.Join(anna.Read(), "\n"); strings.Contains(all, "Hello Anna") {
			t.Errorf("the customer reads %q", all)
		}
	})
}
