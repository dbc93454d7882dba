package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// fetched returns what is at an address.
func (r *rig) fetched(address string) (int, http.Header, []byte) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, address, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// Ensure that files cross both ways on WhatsApp.
func TestFiles_whatsapp(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true, Webhooks: true})
	luis, ana := r.luis(), r.ana()
	thread := r.personOnWhatsApp()
	if _, err := luis.SendFile(r.ctx, "image", "look at this", whatsapptest.Media{MIME: "image/jpeg", Data: blob(jpegHead, 70_000)}); err != nil {
		t.Fatal(err)
	}
	if _, err := luis.SendFile(r.ctx, "audio", "", whatsapptest.Media{MIME: "audio/ogg; codecs=opus", Data: blob(oggHead, 9000)}); err != nil {
		t.Fatal(err)
	}
	files, _ := r.filed(thread, 2)
	if files[0].Sum != sumOf(blob(jpegHead, 70_000)) || files[0].Name != "photo.jpg" || files[1].Name != "voice message.ogg" {
		t.Errorf("the thread shows %q and %q", files[0].Name, files[1].Name)
	}
	r.attaches(ana, thread, "Your label", attachment("F0A", "label.pdf", "application/pdf", pdfHead, 40_000), attachment("F0B", "say.m4a", "audio/mp4", "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", 8000))
	var got []whatsapptest.Message
	if _, err := luis.Wait(r.ctx, func(seen []whatsapptest.Message) bool {
		got = slices.DeleteFunc(slices.Clone(seen), func(m whatsapptest.Message) bool { return m.File.ID == "" })
		return len(got) == 2
	}); err != nil {
		t.Fatalf("%d files arrived: %v; whispered %v", len(got), err, ana.Whispers())
	}
	if m := got[0]; m.Type != "document" || m.Text != "*Ana*\nYour label" || m.File.Sum != sumOf(blob(pdfHead, 40_000)) || !strings.Contains(string(m.Body), "label.pdf") {
		t.Errorf("the document arrives as %s with %q: %s", m.Type, m.Text, m.Body)
	}
	if m := got[1]; m.Type != "audio" || m.File.MIME != "audio/mp4" {
		t.Errorf("the recording arrives as %s of %s", m.Type, m.File.MIME)
	}
}

// Ensure that files cross both ways on a webhook channel: from where the customer's system has them, and by addresses of
// ours that end, and of which nothing can be guessed.
func TestFiles_webhook(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	photo := blob(jpegHead, 30_000)
	address := r.Shop.AddFile("/files/a.jpg", webhooktest.File{MIME: "image/jpeg", Data: string(photo)})
	mia := r.Shop.Customer(r.public+"/channels/"+sandbox.Shop, "c9", webhooktest.Person{ID: "u1", Name: "Mia"})
	if _, err := mia.Write(r.ctx, "I want to talk to a person"); err != nil {
		t.Fatal(err)
	}
	thread := r.thread(1)
	if _, err := mia.Attach(r.ctx, "look", webhooktest.Attachment{Type: "image", URL: address, Name: "a.jpg"}); err != nil {
		t.Fatal(err)
	}
	if files, _ := r.filed(thread, 1); files[0].Sum != sumOf(photo) || files[0].Name != "a.jpg" {
		t.Errorf("the photo is %q of %d bytes", files[0].Name, files[0].Size)
	}
	if _, err := mia.Attach(r.ctx, "", webhooktest.Attachment{Type: "file", URL: r.Bot.URL() + "/x", Name: "internal.txt"}); err != nil {
		t.Fatal(err)
	}
	r.posted(thread, "[file internal.txt] is not here")

	label := blob(pdfHead, 40_000)
	r.attaches(r.ana(), thread, "Your label", attachment("F0A", "lab\u202eel.pdf", "application/pdf", pdfHead, len(label)))
	var link string
	if err := r.Shop.Wait(r.ctx, func() bool {
		for _, m := range r.Shop.Chat("c9") {
			for _, a := range m.Attachments {
				link = a.URL
			}
		}
		return link != ""
	}); err != nil {
		t.Fatal(err)
	}
	status, header, body := r.fetched(link)
	if status != http.StatusOK || sumOf(body) != sumOf(label) || header.Get("Content-Type") != "application/pdf" ||
		header.Get("Content-Disposition") != "attachment; filename=label.pdf" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the link gives %d, %d bytes, %v", status, len(body), header)
	}
	if strings.Contains(link, "slack") || strings.Contains(link, slacktest.BotToken) {
		t.Errorf("the link %s says too much", link)
	}
	if status, _, _ := r.fetched(link[:len(link)-2] + "AA"); status != http.StatusNotFound {
		t.Errorf("a guessed link gives %d, want 404", status)
	}
}

// Ensure that what a bot does not take is answered or handed over, as configured.
func TestFiles_notAccepted(t *testing.T) {
	voice := func(r *rig, caption string) {
		r.Telegram.AddFile("v", blob(oggHead, 9000))
		fields := map[string]any{"voice": map[string]any{"file_id": "v", "file_unique_id": "v", "duration": 3, "mime_type": "audio/ogg", "file_size": 9000}}
		if caption != "" {
			fields["caption"] = caption
		}
		r.shares(r.anna(), fields)
	}
	t.Run("cannot_send", func(t *testing.T) {
		r := run(t, sandbox.Options{Unpaced: true, Sections: map[string]string{"bot": "accepts = [\"text\", \"image\"]\nnot_accepted = \"cannot_send\""}})
		voice(r, "")
		r.reads(r.anna(), "Sorry, we can't open voice messages here.")
		voice(r, "in words")
		r.reads(r.anna(), "You wrote: in words")
		r.shares(r.anna(), r.photo("p", blob(jpegHead, 900)))
		if asked := r.asked(2); strings.Contains(string(asked[0].Body), "You wrote") || len(asked) != 2 {
			t.Errorf("the bot was asked %d questions, want 2", len(asked))
		}
	})
	t.Run("handover", func(t *testing.T) {
		r := run(t, sandbox.Options{Unpaced: true, Sections: map[string]string{"bot": "not_accepted = \"handover\""}})
		voice(r, "")
		thread := r.thread(1)
		r.card(thread, "sent a file that the bot does not take")
		if files, _ := r.filed(thread, 1); files[0].Name != "voice message.ogg" {
			t.Errorf("the thread shows %q", files[0].Name)
		}
		r.reads(r.anna(), "I'm getting a colleague for you.")
	})
}

// Ensure that a bot's files reach the customer, and the customer's the bot.
func TestFiles_bot(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	anna := r.anna()
	label := blob(pdfHead, 30_000)
	address := r.Bot.AddFile("/files/label.pdf", label)
	film := r.Bot.AddFile("/files/film.mp4", blob("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", 51_000_000))
	r.Bot.Script(botstest.Rule{Text: "label", Answer: models.Answer{Messages: []models.Content{{
		Text: "Here you are.", Attachments: []models.Attachment{{Kind: models.File, URL: address, Name: "label.pdf"}},
	}}}}, botstest.Rule{Text: "secret", Answer: models.Answer{Messages: []models.Content{{
		Text: "Look:", Attachments: []models.Attachment{{Kind: models.File, URL: "http://127.0.0.1:1/internal", Name: "internal.pdf"}},
	}}}}, botstest.Rule{Text: "film", Answer: models.Answer{Messages: []models.Content{{
		Text: "Here:", Attachments: []models.Attachment{{Kind: models.Video, URL: film, Name: "anna-lee.mp4"}},
	}}}})
	r.write(anna, "my label please")
	if m := r.receives(anna, 1)[0]; m.File.Name != "label.pdf" || m.File.Sum != sumOf(label) || m.Text != "Here you are." {
		t.Errorf("the bot's file arrives as %q with %q", m.File.Name, m.Text)
	}
	r.write(anna, "a secret")
	r.reads(anna, "Look:\n[file internal.pdf]")
	r.write(anna, "a film") // how long it is was not told before
	r.reads(anna, "Here:\n[video anna-lee.mp4]")
	if names := r.logs.with("anna-lee"); len(names) > 0 {
		t.Errorf("the log names a file: %s", names[0])
	}
	r.shares(anna, r.photo("p1", blob(jpegHead, 20_000)))
	asked := r.asked(4)
	var q struct {
		Message struct {
			Attachments []struct{ Type, URL string }
		}
	}
	if err := json.Unmarshal(asked[3].Body, &q); err != nil || len(q.Message.Attachments) != 1 || !strings.HasPrefix(q.Message.Attachments[0].URL, r.public+"/media/") {
		t.Fatalf("the bot is asked with %s", asked[3].Body)
	}
	if status, header, body := r.fetched(q.Message.Attachments[0].URL); status != http.StatusOK || sumOf(body) != sumOf(blob(jpegHead, 20_000)) || header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the bot gets %d, %d bytes", status, len(body))
	}
}

// linked waits until a customer of the shop has a message with a file, and returns the file's address.
func (r *rig) linked(chat string) (address string) {
	r.t.Helper()
	r.ok(r.Shop.Wait(r.ctx, func() bool {
		for _, m := range r.Shop.Chat(chat) {
			for _, a := range m.Attachments {
				address = a.URL
			}
		}
		return address != ""
	}))
	return address
}

// Ensure that the file of what an agent takes back, or makes a note of, is not to be had any more.
func TestFiles_takenBack(t *testing.T) {
	gone := func(r *rig) {
		r.ok(r.Shop.Wait(r.ctx, func() bool {
			return slices.ContainsFunc(r.Shop.Chat("c9"), func(m webhooktest.Message) bool { return m.Deleted })
		}))
	}
	for _, tt := range []struct {
		name   string
		faults []webhooktest.Fault
		back   func(r *rig, thread, post string)
	}{
		{"deleted", nil, func(r *rig, _, post string) {
			r.ok(r.ana().Delete(r.ctx, post))
			gone(r)
		}},
		{"deleted by a button", nil, func(r *rig, thread, post string) {
			r.marked(thread, post, "white_check_mark") // so it is recorded: before, it could still be stopped
			r.ok(r.ana().Shortcut(r.ctx, post, "patchbay_withdraw"))
			r.press(r.ana(), r.whisper(r.ana(), "Too late to make this a note"), "Delete at the customer's")
			gone(r)
		}},
		{"refused, then a note", []webhooktest.Fault{webhooktest.Regret(http.StatusUnprocessableEntity)}, func(r *rig, _, post string) {
			r.whisper(r.ana(), "Not delivered.")
			r.ok(r.ana().Shortcut(r.ctx, post, "patchbay_withdraw"))
			r.whisper(r.ana(), "Kept as a note.")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, sandbox.Options{Unpaced: true, Sections: map[string]string{"slack": `undo = "0s"`}})
			mia := r.mia("c9", nil)
			_, err := mia.Write(r.ctx, "I want to talk to a person")
			r.ok(err)
			thread := r.thread(1)
			r.gets(mia, "I'm getting a colleague")
			for _, f := range tt.faults {
				r.Shop.Fail("c9", 1, f)
			}
			post := r.attaches(r.ana(), thread, "", attachment("F0A", "label.pdf", "application/pdf", pdfHead, 4000))
			link := r.linked("c9")
			if status, _, _ := r.fetched(link); status != http.StatusOK {
				t.Fatalf("the link gives %d before, want 200", status)
			}
			tt.back(r, thread, post)
			if status, _, _ := r.fetched(link); status != http.StatusNotFound {
				t.Errorf("the link gives %d after, want 404", status)
			}
		})
	}
}
