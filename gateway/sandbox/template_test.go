package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// theTemplates are those of the WhatsApp channel, as its section has them.
const theTemplates = `
[[channels.whatsapp.main.templates]]
name = "news"
language = "en_US"
text = "Hello {{1}}, this is {{2}}. There is news about {{3}}: write to us to read it."
fill = ["customer.name", "agent", "What it is about"]

[[channels.whatsapp.main.templates]]
name = "answer_ready"
language = "en_US"
text = "Hello {{1}}, your answer is here. Write to us to read it."
fill = ["customer.name"]
for = "promise"
`

// withTemplates runs a test with Slack over HTTP and over its socket, and with templates that Meta approved.
func withTemplates(t *testing.T, slack string, test func(t *testing.T, r *rig)) {
	t.Helper()
	for _, webhooks := range []bool{true, false} {
		t.Run(fmt.Sprintf("webhooks=%v", webhooks), func(t *testing.T) {
			r := run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true, Sections: map[string]string{"slack": slack, "channels.whatsapp.main": theTemplates}})
			r.WhatsApp.SetTemplate(whatsapptest.Template{
				Name: "news", Language: "en_US", Text: "Hello {{1}}, this is {{2}}. There is news about {{3}}: write to us to read it.",
			})
			r.WhatsApp.SetTemplate(whatsapptest.Template{
				Name: "answer_ready", Language: "en_US", Text: "Hello {{1}}, your answer is here. Write to us to read it.",
			})
			test(t, r)
		})
	}
}

// late lets a day go by in Luis's chat, which Ana has, and has her reply: it waits.
func (r *rig) late(thread, text string) slacktest.Whisper {
	r.t.Helper()
	r.WhatsApp.Advance(25 * time.Hour)
	r.reply(r.ana(), thread, text)
	return r.whisper(r.ana(), "Not sent yet")
}

// shows waits until an agent's form has words.
func (r *rig) shows(a *slacktest.Agent, words string) {
	r.t.Helper()
	r.until("the form shows "+words, func() bool {
		f, _ := a.Form()
		return strings.Contains(f.Text, words)
	})
}

// Ensure that a template goes out beside a reply that waits, from its private line, once although it is clicked twice and the
// gateway starts anew meanwhile; that what waits goes out when the customer writes, behind it; and that receipts come for it.
func TestTemplate(t *testing.T) {
	withTemplates(t, "", func(t *testing.T, r *rig) {
		luis, ana := r.luis(), r.ana()
		thread := r.personOnWhatsApp()
		r.reply(ana, thread, "hello")
		r.sees(luis, "hello")
		w := r.late(thread, "#2 It is on its way.")
		if !strings.Contains(w.Text, "A template that the app's platform approved can go out now") {
			t.Fatalf("Ana is whispered %q", w.Text)
		}
		r.stop()
		r.start()
		r.press(ana, w, "Send template")
		f := r.form(ana, "Send template")
		compareForm(t, "template", f)
		if !strings.Contains(f.Text, "Hello Luis, this is Ana. There is news about [What it is about]") {
			t.Errorf("the form shows %q", f.Text)
		}
		r.ok(ana.Enter(r.ctx, "Which one?", "answer_ready"))
		r.shows(ana, "Hello Luis, your answer is here.")
		r.ok(ana.Enter(r.ctx, "Which one?", "news"))
		r.shows(ana, "[What it is about]")
		if err := ana.Submit(r.ctx); err == nil {
			t.Error("a template with an empty placeholder is taken")
		}
		r.ok(ana.Enter(r.ctx, "What it is about", "#1 your order"))
		r.shows(ana, "news about #1 your order:")
		r.ok(ana.Submit(r.ctx))
		r.sees(luis, "Hello Luis, this is Ana. There is news about #1 your order: write to us to read it.")
		shown := r.posted(thread, "Hello Luis, this is Ana.")
		if !strings.Contains(shown.Plain(), "Ana (template)") {
			t.Errorf("the thread reads %q, want Ana's name", shown.Plain())
		}
		r.marked(thread, shown.ID, "white_check_mark", "eyes")

		r.press(ana, w, "Send template")
		r.form(ana, "Send template")
		r.shows(ana, "A template has gone out already")
		r.ok(ana.Enter(r.ctx, "Which one?", "answer_ready"))
		r.shows(ana, "your answer is here")
		r.ok(ana.Submit(r.ctx))
		again := r.whisper(ana, "a template has gone out already since the customer last wrote")
		r.ok(ana.ClickWhisper(r.ctx, again, "Leave it"))

		r.says(luis, "any news?")
		r.sees(luis, "#2 It is on its way.")
		seen := screen(luis)
		ordered(t, "the customer", marked(seen), []string{"#1", "#2"})
		if n := count(seen, "#1 your order"); n != 1 || count(seen, "your answer is here") != 0 {
			t.Errorf("the customer reads %q", seen)
		}
	})
}

// Ensure that a customer who answers while the form is open is not sent a template unasked: its words go as they are, or the
// template if the agent still says so, once each.
func TestTemplateOvertaken(t *testing.T) {
	withTemplates(t, "", func(t *testing.T, r *rig) {
		luis, ana := r.luis(), r.ana()
		thread := r.personOnWhatsApp()
		r.reply(ana, thread, "hello")
		r.sees(luis, "hello")
		fill := func(about string) {
			r.form(ana, "Send template")
			r.ok(ana.Enter(r.ctx, "What it is about", about))
			r.shows(ana, about)
		}
		r.press(ana, r.late(thread, "#1 waits"), "Send template")
		fill("#2 order")
		r.says(luis, "I am back")
		r.sees(luis, "#1 waits")
		r.ok(ana.Submit(r.ctx))
		w := r.whisper(ana, "the customer can be written to freely just now")
		r.stop()
		r.start()
		r.press(ana, w, "Send as a message")
		r.sees(luis, "news about #2 order")
		r.press(ana, w, "Send as a message")
		r.press(ana, w, "Send template")
		last := luis.Seen()[len(luis.Seen())-1]
		if last.Type != "text" {
			t.Errorf("the words went as a %s", last.Type)
		}

		r.ok(ana.Shortcut(r.ctx, thread, "patchbay_send_template"))
		fill("#3 bill")
		r.shows(ana, "needs no template")
		r.ok(ana.Submit(r.ctx))
		r.until("Ana is asked again", func() bool {
			return len(ana.Whispers()) > 0 && strings.Contains(lastWhisper(ana).Text, "freely just now") && lastWhisper(ana).ID != w.ID
		})
		r.press(ana, lastWhisper(ana), "Send template")
		r.sees(luis, "news about #3 bill")
		if last := luis.Seen()[len(luis.Seen())-1]; last.Type != "template" {
			t.Errorf("the template went as a %s", last.Type)
		}
		ordered(t, "the customer", marked(screen(luis)), []string{"#1", "#2", "#3"})
	})
}

func lastWhisper(a *slacktest.Agent) slacktest.Whisper {
	all := a.Whispers()
	return all[len(all)-1]
}

// Ensure that two agents who send a template at once send one, that the second is asked, and that a template which Meta refuses is
// told in plain words and can be tried again.
func TestTemplateByTwo(t *testing.T) {
	withTemplates(t, "", func(t *testing.T, r *rig) {
		luis, ana, ben := r.luis(), r.ana(), r.ben()
		thread := r.personOnWhatsApp()
		r.reply(ana, thread, "hello")
		r.sees(luis, "hello")
		r.press(ana, r.late(thread, "#9 waits"), "Send template")
		r.ok(ben.Shortcut(r.ctx, thread, "patchbay_send_template"))
		for _, a := range []*slacktest.Agent{ana, ben} {
			r.form(a, "Send template")
			r.ok(a.Enter(r.ctx, "Which one?", "answer_ready"))
			r.shows(a, "your answer is here")
		}
		r.WhatsApp.SetTemplate(whatsapptest.Template{Name: "answer_ready", Language: "en_US", Text: "Hello {{1}}, your answer is here.", Status: "PAUSED"})
		r.ok(ana.Submit(r.ctx))
		w := r.whisper(ana, "the template is paused, because customers did not like it (132015)")
		r.WhatsApp.SetTemplate(whatsapptest.Template{Name: "answer_ready", Language: "en_US", Text: "Hello {{1}}, your answer is here. Write to us to read it."})
		shown := r.posted(thread, "Hello Luis, your answer is here.")
		r.marked(thread, shown.ID, "x")
		r.press(ana, w, "Retry")
		r.sees(luis, "Hello Luis, your answer is here.")
		r.marked(thread, shown.ID, "white_check_mark", "eyes")
		r.press(ana, w, "Retry")

		r.press(ana, r.whisper(ana, "Not sent yet"), "Send template")
		r.form(ana, "Send template")
		r.ok(ana.Enter(r.ctx, "What it is about", "#1 your order"))
		r.shows(ana, "#1 your order")
		r.ok(ana.Submit(r.ctx))
		r.sees(luis, "#1 your order")
		r.ok(ben.Submit(r.ctx))
		r.press(ben, r.whisper(ben, "a template has gone out already"), "Send template")
		r.ok(r.WhatsApp.Wait(r.ctx, func() bool { return count(screen(luis), "your answer is here") == 2 }))
	})
}

// Ensure that who keeps a promise after the window is offered the template for it first.
func TestTemplateKeepsPromise(t *testing.T) {
	withTemplates(t, `ladder = [{ after = "1s", do = "promise" }]`, func(t *testing.T, r *rig) {
		luis, ana := r.luis(), r.ana()
		thread := r.personOnWhatsApp()
		r.card(thread, "An answer is owed")
		r.WhatsApp.Advance(25 * time.Hour)
		r.reply(ana, thread, "#2 Yes, we ship there.")
		w := r.whisper(ana, "They were promised this answer")
		if len(w.Buttons) == 0 || w.Buttons[0].Title != "Send template" {
			t.Fatalf("the whisper has %+v, want Send template first", w.Buttons)
		}
		r.press(ana, w, "Send template")
		f := r.form(ana, "Send template")
		if !strings.Contains(f.Text, "Hello Luis, your answer is here.") {
			t.Errorf("the form shows %q, want the template for promises", f.Text)
		}
		r.ok(ana.Submit(r.ctx))
		r.sees(luis, "Hello Luis, your answer is here. Write to us to read it.")
		r.says(luis, "and?")
		r.sees(luis, "#2 Yes, we ship there.")
	})
}

// Ensure that a channel without templates offers none, and says so where one is asked for.
func TestNoTemplates(t *testing.T) {
	inBothModes(t, "", func(t *testing.T, r *rig) {
		ana := r.ana()
		thread := r.personOnWhatsApp()
		r.reply(ana, thread, "hello")
		r.sees(r.luis(), "hello")
		if w := r.late(thread, "waits"); len(w.Buttons) != 1 || strings.Contains(w.Text, "emplate") {
			t.Errorf("Ana is whispered %q with %+v", w.Text, w.Buttons)
		}
		r.ok(ana.Shortcut(r.ctx, thread, "patchbay_send_template"))
		r.whisper(ana, "There are no templates for this customer's app.")
	})
}

// Ensure that the template in the customer's language is chosen at first, that an agent sends what he has read, although the
// config says something else by now, and that what the form was not told of is not sent as a hole.
func TestTemplateChanges(t *testing.T) {
	const both = `
[[channels.whatsapp.main.templates]]
name = "news"
language = "en_US"
text = "There is news about {{1}}: write to us."

[[channels.whatsapp.main.templates]]
name = "news"
language = "es_MX"
text = "Hay noticias sobre {{1}}%s: escríbenos."
`
	for _, webhooks := range []bool{true, false} {
		t.Run(fmt.Sprintf("webhooks=%v", webhooks), func(t *testing.T) {
			sections := map[string]string{"channels.whatsapp.main": fmt.Sprintf(both, "")}
			r := run(t, sandbox.Options{Webhooks: webhooks, Unpaced: true, Sections: sections})
			for lang, text := range map[string]string{"en_US": "There is news about {{1}}: write to us.", "es_MX": "Hay noticias sobre {{1}}: escríbenos."} {
				r.WhatsApp.SetTemplate(whatsapptest.Template{Name: "news", Language: lang, Text: text})
			}
			luis, ana := r.luis(), r.ana()
			r.says(luis, "Quiero hablar con una persona, por favor")
			thread := r.thread(1)
			r.reply(ana, thread, "hola")
			r.sees(luis, "hola")
			r.press(ana, r.late(thread, "#1 espera"), "Send template")
			if f := r.form(ana, "Send template"); !strings.Contains(f.Text, "Hay noticias sobre [1]: escríbenos.") {
				t.Errorf("the form shows %q, want Spanish first", f.Text)
			}
			r.ok(ana.Enter(r.ctx, "{{1}}", "su pedido"))
			r.shows(ana, "Hay noticias sobre su pedido")
			r.stop()
			sections["channels.whatsapp.main"] = fmt.Sprintf(both, " hoy")
			r.start()
			r.until("the form is sent", func() bool { return ana.Submit(r.ctx) == nil })
			r.whisper(ana, "This template is not in the config any more, or was changed there, so nothing was sent.")

			r.stop()
			sections["channels.whatsapp.main"] = fmt.Sprintf(both, "")
			r.start()
			r.until("the form opens", func() bool { return ana.Shortcut(r.ctx, thread, "patchbay_send_template") == nil })
			r.form(ana, "Send template")
			r.ok(ana.Enter(r.ctx, "Which one?", "news (en_US)"))
			r.shows(ana, "There is news about [1]")
			r.ok(ana.Enter(r.ctx, "{{1}}", "your order"))
			r.shows(ana, "There is news about your order")
			r.ok(ana.Submit(r.ctx))
			r.sees(luis, "There is news about your order: write to us.")
			if seen := screen(luis); count(seen, "Hay noticias") != 0 {
				t.Errorf("the customer reads %q", seen)
			}
		})
	}
}
