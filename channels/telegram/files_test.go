package telegram_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/channels/telegram/telegramtest"
	"patchbay/models"
)

// Ensure that a customer's file is streamed as it is, and that what Telegram does not hand out is told.
func TestOpen(t *testing.T) {
	s, a, _ := wrote(t)
	opener, ok := any(a.whole).(channels.Opener)
	if !ok {
		t.Fatal("the adapter opens no files")
	}
	data := bytes.Repeat([]byte("photo"), 100_000)
	s.AddFile("f1", data)
	s.AddFile("big", make([]byte, 21<<20))
	f, err := opener.Open(t.Context(), models.Attachment{Kind: models.Image, Ref: "f1"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, data) || f.Size != int64(len(data)) {
		t.Errorf("Open = %d bytes, %v, Size %d; want %d", len(got), err, f.Size, len(data))
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	for ref, want := range map[string]string{"big": "up to 20 MB", "other": "does not have the file any more"} {
		_, err := opener.Open(t.Context(), models.Attachment{Ref: ref})
		if channels.KindOf(err) != channels.Rejected || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s) = %v, want Rejected with %q", ref, err, want)
		}
	}
	s.Fail("getFile", 1, telegramtest.HTML(502))
	if _, err := opener.Open(t.Context(), models.Attachment{Ref: "f1"}); channels.KindOf(err) != channels.Temporary {
		t.Errorf("Open while the server is away = %v, want Temporary", err)
	}
	s.Fail("download", 1, telegramtest.HTML(503))
	if _, err := opener.Open(t.Context(), models.Attachment{Ref: "f1"}); channels.KindOf(err) != channels.Temporary || strings.Contains(err.Error(), telegramtest.DefaultToken) {
		t.Errorf("Open while the files are away = %v, want Temporary without the token", err)
	}
}

// opens returns what Outbound.Open is given.
func opens(data []byte, name, mime string) func(context.Context) (models.Stream, error) {
	return func(context.Context) (models.Stream, error) {
		return models.Stream{ReadCloser: io.NopCloser(bytes.NewReader(data)), Size: int64(len(data)), Name: name, MIME: mime}, nil
	}
}

// Ensure that each kind of file goes by its own method, with its name, its words and its buttons.
func TestSendFile(t *testing.T) {
	_, a, u := wrote(t)
	jpeg := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), make([]byte, 3000)...)
	for _, tt := range []struct {
		kind       models.AttachmentKind
		mime, want string
	}{
		{models.Image, "image/jpeg", "photo"},
		{models.Video, "video/mp4", "video"},
		{models.Audio, "audio/mpeg", "audio"},
		{models.Voice, "audio/ogg", "voice"},
		{models.File, "application/pdf", "document"},
	} {
		id, err := a.Send(t.Context(), channels.Outbound{
			Address: annas, Title: "Ana", Text: "look *here*", Spans: []models.TextSpan{{Kind: models.Italic, From: 0, To: 4}},
			Attachments: []models.Attachment{{Kind: tt.kind, MIME: tt.mime, Name: `a "b".x`, Size: int64(len(jpeg))}},
			Buttons:     []models.Button{{Title: "Yes", Payload: "y"}}, Open: opens(jpeg, `a "b".x`, tt.mime),
		})
		if err != nil {
			t.Fatalf("Send(%s) = %v", tt.kind, err)
		}
		seen := u.Seen()
		last := seen[len(seen)-1]
		sum := sha256.Sum256(jpeg)
		if last.File.Kind != tt.want || last.File.Sum != hex.EncodeToString(sum[:]) || last.Text != "Ana\nlook *here*" || last.Bold() != "Ana" ||
			len(last.Buttons) != 1 || strconv.Itoa(last.ID) != id || last.File.MIME != tt.mime {
			t.Errorf("Send(%s) = %s, seen as %+v", tt.kind, id, last)
		}
		if err := a.Edit(t.Context(), id, channels.Outbound{Address: annas, Text: "or here", Attachments: []models.Attachment{{Kind: tt.kind}}}); err != nil {
			t.Errorf("Edit(%s) = %v", tt.kind, err)
		}
		if seen := u.Seen(); seen[len(seen)-1].Text != "or here" {
			t.Errorf("after Edit(%s) it reads %q", tt.kind, seen[len(seen)-1].Text)
		}
	}
}

// Ensure that what Telegram does not take is refused, by us before a byte is read or by it.
func TestSendFile_refused(t *testing.T) {
	s, a, _ := wrote(t)
	send := func(f models.Attachment, data []byte, text string) error {
		opened := false
		_, err := a.Send(t.Context(), channels.Outbound{
			Address: annas, Text: text, Attachments: []models.Attachment{f},
			Open: func(ctx context.Context) (models.Stream, error) {
				opened = true
				return opens(data, "a", f.MIME)(ctx)
			},
		})
		if opened != (data != nil) {
			t.Errorf("Send(%+v) opened the file: %t", f, opened)
		}
		return err
	}
	for name, err := range map[string]error{
		"large photo":  send(models.Attachment{Kind: models.Image, MIME: "image/jpeg", Size: 10_000_001}, nil, ""),
		"large file":   send(models.Attachment{Kind: models.File, Size: 50_000_001}, nil, ""),
		"other type":   send(models.Attachment{Kind: models.Image, MIME: "image/heic", Size: 9}, nil, ""),
		"long caption": send(models.Attachment{Kind: models.File, Size: 9}, nil, strings.Repeat("x", 1025)),
		"no photo":     send(models.Attachment{Kind: models.Image, MIME: "image/jpeg", Size: 9}, []byte("not one!!"), ""),
	} {
		if channels.KindOf(err) != channels.Rejected || err == nil {
			t.Errorf("%s: Send = %v, want Rejected", name, err)
		}
	}
	for name, tt := range map[string]struct {
		f    telegramtest.Fault
		want channels.ErrorKind
	}{
		"away": {telegramtest.HTML(502), channels.Temporary}, "too fast": {telegramtest.RateLimit(3), channels.RateLimited},
		"blocked":   {telegramtest.Refuse(403, "Forbidden: bot was blocked by the user"), channels.Unreachable},
		"too large": {telegramtest.Refuse(413, "Request Entity Too Large"), channels.Rejected},
	} {
		s.Fail("sendDocument", 1, tt.f)
		if err := send(models.Attachment{Kind: models.File, Size: 4}, []byte("data"), ""); channels.KindOf(err) != tt.want {
			t.Errorf("%s: Send = %v, want %v", name, err, tt.want)
		}
	}
	breaks := func(context.Context) (models.Stream, error) {
		return models.Stream{ReadCloser: io.NopCloser(strings.NewReader("short")), Size: 4000}, nil
	}
	_, err := a.Send(t.Context(), channels.Outbound{Address: annas, Attachments: []models.Attachment{{Kind: models.File, Size: 4000}}, Open: breaks})
	if channels.KindOf(err) != channels.Temporary || strings.Contains(err.Error(), telegramtest.DefaultToken) {
		t.Errorf("Send of a file that breaks off = %v, want Temporary", err)
	}
}
