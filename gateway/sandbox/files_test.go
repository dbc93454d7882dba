package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
	"patchbay/models/store/storetest"
)

// The beginnings of files, by which they are known.
const (
	jpegHead = "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
	oggHead  = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead"
	pdfHead  = "%PDF-1.7\n"
)

// blob returns n bytes that begin with head.
func blob(head string, n int) []byte { return append([]byte(head), make([]byte, n-len(head))...) }

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// shares has a customer on Telegram send something that is no text.
func (r *rig) shares(u *telegramtest.User, fields map[string]any) {
	r.t.Helper()
	if _, err := u.Share(r.ctx, fields); err != nil {
		r.t.Fatalf("share: %v", err)
	}
}

// photo puts a photo on Telegram and returns the fields of a message with it.
func (r *rig) photo(id string, data []byte) map[string]any {
	r.Telegram.AddFile(id, data)
	return map[string]any{"photo": []any{
		map[string]any{"file_id": id + "-small", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 900},
		map[string]any{"file_id": id, "file_unique_id": "l", "width": 1280, "height": 960, "file_size": len(data)},
	}}
}

// filed waits until the thread shows n files, and returns them with the number of posts that they stand in.
func (r *rig) filed(thread string, n int) (files []slacktest.File, posts int) {
	r.t.Helper()
	err := r.Slack.Wait(r.ctx, func() bool {
		t, _ := r.Slack.Thread(thread)
		files, posts = t.Files()
		return len(files) >= n
	})
	if err != nil {
		r.t.Fatalf("the thread shows %d files, want %d: %v\nit reads %q", len(files), n, err, r.lines(thread))
	}
	return files, posts
}

// Ensure that what a customer sends on Telegram is in the thread as he sent it, with what he sent to the bot before.
func TestFiles_telegramToSlack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		r := run(t, sandbox.Options{Store: url, Unpaced: true, Bot: []botstest.Rule{botstest.Says("photo", "I see a photo.")}})
		anna := r.anna()
		before := blob(jpegHead, 82_000)
		r.shares(anna, r.photo("f-before", before))
		r.asked(1)
		thread := r.person()
		files, _ := r.filed(thread, 1)
		if f := files[0]; f.Sum != sumOf(before) || f.Name != "photo.jpg" || f.MIME != "image/jpeg" {
			t.Errorf("the photo of before is %q, %s, %d bytes", f.Name, f.MIME, f.Size)
		}
		r.posted(thread, "[photo, 82 kB]")

		voice, document := blob(oggHead, 15_003), blob(pdfHead, 700_000)
		r.Telegram.AddFile("v", voice)
		r.Telegram.AddFile("d", document)
		r.shares(anna, map[string]any{"voice": map[string]any{"file_id": "v", "file_unique_id": "v", "duration": 3, "mime_type": "audio/ogg", "file_size": len(voice)}})
		r.shares(anna, map[string]any{
			"document": map[string]any{"file_id": "d", "file_unique_id": "d", "file_name": "../my \u202eorder.pdf", "mime_type": "application/pdf", "file_size": len(document)},
			"caption":  "the order",
		})
		files, posts := r.filed(thread, 3)
		if files[1].Name != "voice message.ogg" || files[1].Sum != sumOf(voice) {
			t.Errorf("the voice message is %q", files[1].Name)
		}
		if files[2].Name != "my order.pdf" || files[2].Sum != sumOf(document) {
			t.Errorf("the document is %q", files[2].Name)
		}
		if posts != 3 {
			t.Errorf("%d posts have files, want 3", posts)
		}
		r.posted(thread, "the order")
		if secret := r.logs.with("/file/bot"); len(secret) > 0 {
			t.Errorf("the log names the address of a file: %s", secret[0])
		}
	})
}

// Ensure that an album stands in one post, also when its photos come one by one.
func TestFiles_album(t *testing.T) {
	for name, webhooks := range map[string]bool{"at once": false, "one by one": true} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Unpaced: true, Webhooks: webhooks})
			anna := r.anna()
			thread := r.person()
			for _, id := range []string{"a1", "a2", "a3"} {
				fields := r.photo(id, blob(jpegHead, 5000))
				fields["media_group_id"] = "g1"
				r.shares(anna, fields)
			}
			if files, posts := r.filed(thread, 3); posts != 1 || len(files) != 3 {
				t.Errorf("%d files stand in %d posts, want 3 in one", len(files), posts)
			}
		})
	}
}

// Ensure that a file that cannot be had, or that Slack does not take, is told in the thread, and holds up nothing.
func TestFiles_lost(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	anna := r.anna()
	thread := r.person()
	r.shares(anna, map[string]any{"document": map[string]any{
		"file_id": "big", "file_unique_id": "b", "file_name": "film.mov", "mime_type": "video/quicktime", "file_size": 48_000_000,
	}})
	r.Telegram.AddFile("big", make([]byte, 21<<20))
	r.posted(thread, "[file film.mov, 48 MB] is not here: Telegram hands out files up to 20 MB.")
	r.shares(anna, map[string]any{"document": map[string]any{"file_id": "nowhere", "file_unique_id": "n", "file_name": "a.txt"}})
	r.posted(thread, "[file a.txt] is not here: Telegram does not have the file any more.")

	r.Slack.Break(slacktest.Fault{Method: "files.getUploadURLExternal", Error: "file_type_not_allowed"})
	r.shares(anna, r.photo("p1", blob(jpegHead, 900)))
	r.posted(thread, "[photo, 900 B] is not here: Slack did not take it")

	r.Slack.SetScopes("channels:history", "chat:write", "channels:read", "users:read", "reactions:write", "commands")
	r.shares(anna, r.photo("p2", blob(jpegHead, 901)))
	r.posted(thread, "[photo, 901 B] is not here: Slack does not let Patchbay show files here; whoever runs it has been told.")
	r.write(anna, "still here?")
	r.posted(thread, "still here?")
}

// Ensure that a file that cannot be had yet holds up no words.
func TestFiles_slowFile(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	thread := r.person()
	r.Telegram.Fail("getFile", -1, telegramtest.HTML(502))
	r.shares(r.anna(), r.photo("p", blob(jpegHead, 900)))
	r.posted(thread, "[photo, 900 B]")
	r.write(r.anna(), "are you there?")
	r.posted(thread, "are you there?")
	r.write(r.anna(), "hello?")
	r.posted(thread, "hello?")
	r.Telegram.Heal()
	if files, posts := r.filed(thread, 1); len(files) != 1 || posts != 1 {
		t.Errorf("%d files in %d posts, want one", len(files), posts)
	}
}

// Ensure that files are shown once, whatever goes wrong on the way.
func TestFiles_once(t *testing.T) {
	for name, fault := range map[string]slacktest.Fault{
		"share's answer is lost":      {Method: "files.completeUploadExternal", After: true, Cut: true},
		"share failed":                {Method: "files.completeUploadExternal", Error: "internal_error"},
		"share failed after the fact": {Method: "files.completeUploadExternal", After: true, Status: 503},
		"share limited":               {Method: "files.completeUploadExternal", RetryAfter: 1},
		"upload cut":                  {Method: "upload", Cut: true},
		"no address":                  {Method: "files.getUploadURLExternal", Half: true},
		"address limited":             {Method: "files.getUploadURLExternal", RetryAfter: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Unpaced: true})
			thread := r.person()
			r.Slack.Break(fault)
			r.shares(r.anna(), r.photo("p", blob(jpegHead, 900)))
			r.filed(thread, 1)
			r.write(r.anna(), "and now?")
			r.posted(thread, "and now?")
			if files, posts := r.filed(thread, 1); len(files) != 1 || posts != 1 {
				t.Errorf("%d files in %d posts, want one", len(files), posts)
			}
			if lost := slices.IndexFunc(r.lines(thread), func(line string) bool { return strings.Contains(line, "is not here") }); lost >= 0 {
				t.Errorf("the thread reads %q", r.lines(thread)[lost])
			}
		})
	}
}

// attaches has an agent reply with files, and returns the id of the post.
func (r *rig) attaches(a *slacktest.Agent, thread, text string, files ...slacktest.File) string {
	r.t.Helper()
	m := slacktest.Typed(text)
	m.Files = files
	post, err := a.Send(r.ctx, thread, m)
	if err != nil {
		r.t.Fatalf("reply with files: %v", err)
	}
	return post
}

// receives waits until a customer on Telegram has n files, and returns their messages.
func (r *rig) receives(u *telegramtest.User, n int) (found []telegramtest.Message) {
	r.t.Helper()
	if err := u.Wait(r.ctx, func(seen []telegramtest.Message) bool {
		found = found[:0]
		for _, m := range seen {
			if m.File.Kind != "" && !m.Deleted {
				found = append(found, m)
			}
		}
		return len(found) >= n
	}); err != nil {
		r.t.Fatalf("%d files arrived, want %d: %v\nthe customer reads %q", len(found), n, err, u.Read())
	}
	return found
}

// attachment is a file that an agent has.
func attachment(id, name, mime, head string, size int) slacktest.File {
	return slacktest.File{ID: id, Name: name, MIME: mime, Data: head, Size: int64(size)}
}

// Ensure that an agent's files reach the customer as what they are, with his words under the first.
func TestFiles_slackToTelegram(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		r := run(t, sandbox.Options{Store: url, Unpaced: true})
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		post := r.attaches(ana, thread, "Here it is 👀",
			attachment("F0A", "label.pdf", "application/pdf", pdfHead, 400_000), attachment("F0B", "box.jpg", "image/jpeg", jpegHead, 90_000))
		got := r.receives(anna, 2)
		if f := got[0].File; f.Kind != "document" || f.Name != "label.pdf" || f.Sum != sumOf(blob(pdfHead, 400_000)) || got[0].Text != "Ana\nHere it is 👀" {
			t.Errorf("the first file is a %s %q of %d bytes with %q", f.Kind, f.Name, f.Size, got[0].Text)
		}
		if f := got[1].File; f.Kind != "photo" || f.Sum != sumOf(blob(jpegHead, 90_000)) || got[1].Text != "" {
			t.Errorf("the second file is a %s %q of %d bytes with %q", f.Kind, f.Name, f.Size, got[1].Text)
		}
		r.ok(ana.Edit(r.ctx, post, "Here it is, Anna"))
		r.reads(anna, "Here it is, Anna")

		// What is not what it is called goes as what it is.
		r.attaches(ana, thread, "", attachment("F0C", "photo.jpg", "image/jpeg", "MZ\x90\x00\x03", 3000))
		got = r.receives(anna, 3)
		if f := got[2].File; f.Kind != "document" || f.Name != "photo.jpg.exe" {
			t.Errorf("a program called a photo arrives as a %s %q", f.Kind, f.Name)
		}
		// Telegram cannot draw it as a photo: it goes as a file.
		r.Telegram.Fail("sendPhoto", 1, telegramtest.Refuse(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))
		r.attaches(ana, thread, "", attachment("F0D", "long.jpg", "image/jpeg", jpegHead, 3000))
		if f := r.receives(anna, 4)[3].File; f.Kind != "document" || f.Name != "long.jpg" {
			t.Errorf("a photo that cannot be one arrives as a %s %q", f.Kind, f.Name)
		}
		if names := r.logs.with("label.pdf"); len(names) > 0 {
			t.Errorf("the log names a file: %s", names[0])
		}
	})
}

// Ensure that an agent is told what of his files does not reach the customer, and why.
func TestFiles_agentIsTold(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.attaches(ana, thread, "look", attachment("F01", "big.png", "image/png", "\x89PNG\r\n\x1a\n", 12_000_000))
	r.whisper(ana, "big.png: Telegram takes photos up to 10 MB, and this has 12 MB, so it goes as a file.")
	if f := r.receives(anna, 1)[0].File; f.Kind != "document" {
		t.Errorf("the large photo arrives as a %s", f.Kind)
	}
	r.attaches(ana, thread, "and this", attachment("F02", "film.mp4", "video/mp4", "", 61_000_000))
	r.whisper(ana, "film.mp4: Telegram takes files up to 50 MB, and this has 61 MB. The customer reads a line in its place.")
	r.reads(anna, "and this\n[video film.mp4, 61 MB]")

	r.attaches(ana, thread, "", slacktest.File{ID: "F03", Name: "drive.doc", MIME: "text/plain", Size: 9, External: true})
	r.whisper(ana, "Not delivered. download file: the file is kept outside of Slack: send its link instead")
	r.Slack.SetScopes("channels:history", "chat:write", "channels:read", "users:read", "reactions:write", "commands", "files:write")
	r.attaches(ana, thread, "", attachment("F04", "a.pdf", "application/pdf", pdfHead, 900))
	r.whisper(ana, "missing_scope (needed: files:read)")
	r.reply(ana, thread, "still here")
	r.reads(anna, "still here")
}

// Ensure that a file that breaks off on its way goes again, and arrives once.
func TestFiles_slackBreaksOff(t *testing.T) {
	for name, fault := range map[string]slacktest.Fault{
		"download cut": {Method: "download", Cut: true}, "slack is away": {Method: "files.info", Status: 503}, "limited": {Method: "files.info", RetryAfter: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, sandbox.Options{Unpaced: true})
			thread := r.person()
			r.Slack.Break(fault)
			r.attaches(r.ana(), thread, "", attachment("F01", "a.pdf", "application/pdf", pdfHead, 900))
			r.receives(r.anna(), 1)
			r.reply(r.ana(), thread, "got it?")
			r.reads(r.anna(), "got it?")
			if got := r.receives(r.anna(), 1); len(got) != 1 {
				t.Errorf("%d files arrived, want 1", len(got))
			}
		})
	}
}

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
	r.Bot.Script(botstest.Rule{Text: "label", Answer: models.Answer{Messages: []models.Content{{
		Text: "Here you are.", Attachments: []models.Attachment{{Kind: models.File, URL: address, Name: "label.pdf"}},
	}}}}, botstest.Rule{Text: "secret", Answer: models.Answer{Messages: []models.Content{{
		Text: "Look:", Attachments: []models.Attachment{{Kind: models.File, URL: "http://127.0.0.1:1/internal", Name: "internal.pdf"}},
	}}}})
	r.write(anna, "my label please")
	if m := r.receives(anna, 1)[0]; m.File.Name != "label.pdf" || m.File.Sum != sumOf(label) || m.Text != "Here you are." {
		t.Errorf("the bot's file arrives as %q with %q", m.File.Name, m.Text)
	}
	r.write(anna, "a secret")
	r.reads(anna, "Look:\n[file internal.pdf]")
	r.shares(anna, r.photo("p1", blob(jpegHead, 20_000)))
	asked := r.asked(3)
	var q struct {
		Message struct {
			Attachments []struct{ Type, URL string }
		}
	}
	if err := json.Unmarshal(asked[2].Body, &q); err != nil || len(q.Message.Attachments) != 1 || !strings.HasPrefix(q.Message.Attachments[0].URL, r.public+"/media/") {
		t.Fatalf("the bot is asked with %s", asked[2].Body)
	}
	if status, header, body := r.fetched(q.Message.Attachments[0].URL); status != http.StatusOK || sumOf(body) != sumOf(blob(jpegHead, 20_000)) || header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the bot gets %d, %d bytes", status, len(body))
	}
}

// Ensure that a reply with files can be tried again, sent as text, taken back, and waits as any other.
func TestFiles_whatBecomesOfThem(t *testing.T) {
	t.Run("retry", func(t *testing.T) {
		r := run(t, sandbox.Options{Unpaced: true})
		thread := r.person()
		r.Telegram.Fail("sendDocument", 1, telegramtest.Refuse(400, "Bad Request: file reference expired"))
		post := r.attaches(r.ana(), thread, "the label", attachment("F01", "a.pdf", "application/pdf", pdfHead, 900))
		w := r.whisper(r.ana(), "Not delivered.")
		r.ok(r.ana().ClickWhisper(r.ctx, w, "Retry"))
		if m := r.receives(r.anna(), 1)[0]; m.File.Name != "a.pdf" || m.Text != "Ana\nthe label" {
			t.Errorf("the retry brings %q with %q", m.File.Name, m.Text)
		}
		r.ok(r.ana().Delete(r.ctx, post))
		r.ok(r.anna().Wait(r.ctx, func(seen []telegramtest.Message) bool {
			return slices.ContainsFunc(seen, func(m telegramtest.Message) bool { return m.File.Kind != "" && m.Deleted })
		}))
	})
	t.Run("send as text", func(t *testing.T) {
		r := run(t, sandbox.Options{Unpaced: true})
		thread := r.person()
		r.Telegram.Fail("sendDocument", 1, telegramtest.Refuse(400, "Bad Request: wrong file"))
		r.attaches(r.ana(), thread, "the label", attachment("F01", "a.pdf", "application/pdf", pdfHead, 900))
		w := r.whisper(r.ana(), "Not delivered.")
		r.ok(r.ana().ClickWhisper(r.ctx, w, "Send as text"))
		r.reads(r.anna(), "the label\n[file a.pdf, 900 B]")
	})
	t.Run("cancel", func(t *testing.T) {
		r := run(t, sandbox.Options{Unpaced: true, Webhooks: true, Sections: map[string]string{"slack": `undo = "30s"`}})
		thread := r.personOnWhatsApp()
		r.attaches(r.ana(), thread, "", attachment("F01", "a.pdf", "application/pdf", pdfHead, 900))
		w := r.whisper(r.ana(), "Goes to the customer in a few seconds.")
		r.ok(r.ana().ClickWhisper(r.ctx, w, "Cancel"))
		r.whisper(r.ana(), "Canceled: the customer does not get this.")
		if n := r.Slack.Calls("download"); n != 0 {
			t.Errorf("the file was fetched %d times, want never", n)
		}
	})
}

// Ensure that a thread that agents deleted is opened anew with the files of its talk.
func TestFiles_threadLost(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	thread := r.person()
	r.shares(r.anna(), r.photo("p1", blob(jpegHead, 5000)))
	r.filed(thread, 1)
	r.ok(r.ana().Delete(r.ctx, thread))
	r.shares(r.anna(), r.photo("p2", blob(jpegHead, 6000)))
	again := r.thread(2)
	files, posts := r.filed(again, 2)
	if posts != 2 || files[0].Size+files[1].Size != 11_000 {
		t.Errorf("the new thread shows %d files in %d posts", len(files), posts)
	}
}

// Ensure that a photo is not shown twice when the customer changes the words under it.
func TestFiles_reworded(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true})
	anna := r.anna()
	thread := r.person()
	id, err := anna.Share(r.ctx, r.photo("p1", blob(jpegHead, 5000)))
	r.ok(err)
	r.filed(thread, 1)
	r.ok(anna.Edit(r.ctx, id, "with words now"))
	r.posted(thread, "with words now")
	if files, _ := r.filed(thread, 1); len(files) != 1 {
		t.Errorf("the thread shows %d files after the caption changed, want 1", len(files))
	}
}
