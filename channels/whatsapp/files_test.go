package whatsapp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

func fileOf(data []byte, name, mime string) func(context.Context) (models.Stream, error) {
	return func(context.Context) (models.Stream, error) {
		return models.Stream{ReadCloser: io.NopCloser(bytes.NewReader(data)), Size: int64(len(data)), Name: name, MIME: mime}, nil
	}
}

// Ensure that the token goes to the API and to Meta's own hosts for files, and nowhere else.
func TestOpen_hosts(t *testing.T) {
	stolen := ""
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stolen = r.Header.Get("Authorization")
		_, _ = io.WriteString(w, "bytes")
	}))
	defer thief.Close()
	for _, address := range []string{
		thief.URL + "/x", "https://fbsbx.com.evil.example/x", "https://evilfbsbx.com/x", "http://lookaside.fbsbx.com/x", "https://a@lookaside.fbsbx.com/x",
		"https://lookaside.fbsbx.com:8443/x", "file:///etc/passwd", "",
	} {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id":"1","mime_type":"image/png","url":"`+address+`"}`)
		}))
		a := open(t, config(api.URL+"/v25.0"), quiet())
		opener, ok := any(a).(channels.Opener)
		if !ok {
			t.Fatal("the adapter opens no files")
		}
		_, err := opener.Open(t.Context(), models.Attachment{Ref: "1"})
		if err == nil || channels.KindOf(err) != channels.Rejected || stolen != "" {
			t.Errorf("Open with the address %q = %v; the token went there: %t", address, err, stolen != "")
		}
		api.Close()
	}
}

// Ensure that each kind of file is uploaded, then sent by its id, with its words; and refused where it breaks the limits.
func TestFiles(t *testing.T) {
	a, s, u := chat(t, whatsapptest.Options{})
	jpeg := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), make([]byte, 3000)...)
	sum := sha256.Sum256(jpeg)
	for _, tt := range []struct {
		kind             models.AttachmentKind
		mime, want, sent string
		caption          bool
	}{
		{models.Image, "image/jpeg", "image", "image/jpeg", true},
		{models.Video, "video/mp4", "video", "video/mp4", true},
		{models.File, "application/pdf", "document", "application/pdf", true},
		{models.Voice, "audio/ogg", "audio", "audio/ogg; codecs=opus", false},
		{models.Audio, "audio/x-m4a", "audio", "audio/mp4", false},
	} {
		m := channels.Outbound{
			ID: "o1", Address: luisPhone, Attachments: []models.Attachment{{Kind: tt.kind, MIME: tt.mime, Name: "a.x", Size: int64(len(jpeg))}},
			Open: fileOf(jpeg, "a.x", tt.mime),
		}
		text := ""
		if tt.caption {
			m.Title, m.Text, text = "Ana", "look", "*Ana*\nlook"
		}
		id, err := a.Send(t.Context(), m)
		if err != nil {
			t.Fatalf("Send(%s) = %v", tt.kind, err)
		}
		seen := u.Seen()
		last := seen[len(seen)-1]
		if last.ID != id || last.Type != tt.want || last.Text != text || last.File.Sum != hex.EncodeToString(sum[:]) || last.File.MIME != tt.sent || last.Ours != "o1" {
			t.Errorf("Send(%s) = %s, seen as %+v", tt.kind, id, last)
		}
	}
	send := func(f models.Attachment, text string) error {
		_, err := a.Send(t.Context(), channels.Outbound{
			Address: luisPhone, Text: text, Attachments: []models.Attachment{f}, Open: fileOf(jpeg, "a.x", f.MIME),
		})
		return err
	}
	calls := len(s.Calls())
	for name, err := range map[string]error{
		"large photo":         send(models.Attachment{Kind: models.Image, MIME: "image/jpeg", Size: 5_000_001}, ""),
		"other type":          send(models.Attachment{Kind: models.Image, MIME: "image/webp", Size: 9}, ""),
		"words under sound":   send(models.Attachment{Kind: models.Voice, MIME: "audio/ogg", Size: 9}, "x"),
		"many words under it": send(models.Attachment{Kind: models.File, Size: 9}, strings.Repeat("x", 1025)),
	} {
		if err == nil || channels.KindOf(err) != channels.Rejected {
			t.Errorf("%s: Send = %v, want Rejected", name, err)
		}
	}
	if n := len(s.Calls()); n != calls {
		t.Errorf("%d calls were made for what is over the limits, want none", n-calls)
	}
}
