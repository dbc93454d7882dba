package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
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
