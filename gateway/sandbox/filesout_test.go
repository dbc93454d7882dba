package sandbox_test

import (
	"slices"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

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

// Ensure that a file that an agent takes out of his reply does not stay with the customer in place of the one that he keeps, and
// that he is told where the app cannot take it back.
func TestFiles_oneTakenOut(t *testing.T) {
	r := run(t, sandbox.Options{Unpaced: true, Webhooks: true, Sections: map[string]string{"slack": `undo = "0s"`}})
	anna, ana := r.anna(), r.ana()
	wrong, right := attachment("F0A", "wrong.pdf", "application/pdf", pdfHead, 800), attachment("F0B", "right.pdf", "application/pdf", pdfHead, 900)
	thread := r.person()
	post := r.attaches(ana, thread, "Here it is", wrong, right)
	r.receives(anna, 2)
	r.reply(ana, thread, "Look")
	r.reads(anna, "Look") // by now both are recorded
	r.ok(ana.EditAs(r.ctx, post, slacktest.Typed("Here it is, Anna")))
	r.reads(anna, "Here it is, Anna")
	r.ok(ana.DropFile(r.ctx, post, "F0A"))
	r.reply(ana, thread, "Sorry")
	r.reads(anna, "Sorry")
	if got := r.receives(anna, 1); len(got) != 1 || got[0].File.Name != "right.pdf" || got[0].Text != "Ana\nHere it is, Anna" {
		t.Errorf("the customer has %d files, the first %q with %q", len(got), got[0].File.Name, got[0].Text)
	}

	other := r.personOnWhatsApp()
	wrong.ID, right.ID = "F0C", "F0D"
	post = r.attaches(ana, other, "Here it is, Luis", wrong, right)
	r.reply(ana, other, "Look, Luis")
	r.sees(r.luis(), "Look, Luis")
	r.ok(ana.DropFile(r.ctx, post, "F0C"))
	r.whisper(ana, "cannot change this message")
}
