package telegram_test

import (
	"bytes"
	"io"
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
