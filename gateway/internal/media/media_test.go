package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"patchbay/gateway/internal/media"
	"patchbay/models"
)

// The beginnings of files.
const (
	png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	jpeg = "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
	pdf  = "%PDF-1.7\n"
	mp4  = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42"
	ogg  = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead"
	exe  = "MZ\x90\x00\x03\x00"
	svg  = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`
	webm = "\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
)

// Ensure that the bytes decide what a file is, and its sender only where they leave it open.
func TestKind(t *testing.T) {
	for _, tt := range []struct {
		name      string
		kind      models.AttachmentKind
		declared  string
		first     string
		want      models.AttachmentKind
		wantMedia string
	}{
		{"photo", models.Image, "image/jpeg", jpeg, models.Image, "image/jpeg"},
		{"photo of another type", models.Image, "image/jpeg", png, models.Image, "image/png"},
		{"program as photo", models.Image, "image/png", exe, models.File, "application/vnd.microsoft.portable-executable"},
		{"drawing that can run programs", models.Image, "image/svg+xml", svg, models.File, "image/svg+xml"},
		{"unknown bytes as photo", models.Image, "image/jpeg", "\x01\x02\x03", models.File, "application/octet-stream"},
		{"page as text", models.File, "text/plain", "<!DOCTYPE html><html>", models.File, "text/html"},
		{"table", models.File, "text/csv", "name;street", models.File, "text/csv"},
		{"text", models.File, "", "hello", models.File, "text/plain"},
		{"voice", models.Voice, "audio/ogg; codecs=opus", ogg, models.Voice, "audio/ogg"},
		{"voice in a film's container", models.Voice, "audio/mp4", mp4, models.Voice, "audio/mp4"},
		{"voice in another container", models.Voice, "audio/webm", webm, models.Voice, "audio/webm"},
		{"film as voice", models.Voice, "video/mp4", mp4, models.File, "video/mp4"},
		{"film", models.Video, "video/mp4", mp4, models.Video, "video/mp4"},
		{"document", models.File, "application/pdf", pdf, models.File, "application/pdf"},
		{"photo sent as a file", models.File, "image/png", png, models.File, "image/png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, mime := media.Kind(tt.kind, tt.declared, []byte(tt.first))
			if kind != tt.want || mime != tt.wantMedia {
				t.Errorf("Kind(%q, %q) = %q, %q, want %q, %q", tt.kind, tt.declared, kind, mime, tt.want, tt.wantMedia)
			}
		})
	}
}

// Ensure that a name says what the file is, in one line, and leads nowhere.
func TestName(t *testing.T) {
	for _, tt := range []struct {
		name  string
		kind  models.AttachmentKind
		media string
		want  string
	}{
		{"order.pdf", models.File, "application/pdf", "order.pdf"},
		{"Order.PDF", models.File, "application/pdf", "Order.PDF"},
		{"../../etc/passwd", models.File, "text/plain", "passwd.txt"},
		{`C:\Users\ann\a.txt`, models.File, "text/plain", "a.txt"},
		{"photo.jpg", models.File, "application/vnd.microsoft.portable-executable", "photo.jpg.exe"},
		{"invoice\u202efdp.exe", models.File, "application/pdf", "invoicefdp.exe.pdf"},
		{"a\nb\x00c.png", models.Image, "image/png", "a bc.png"},
		{"", models.Image, "image/jpeg", "photo.jpg"},
		{"", models.Voice, "audio/ogg", "voice message.ogg"},
		{"", models.Voice, "audio/mp4", "voice message.m4a"},
		{"note.m4a", models.Voice, "audio/mp4", "note.m4a"},
		{".htaccess", models.File, "text/plain", "htaccess.txt"},
		{"main.go", models.File, "text/plain", "main.go"},
		{"photo.png", models.File, "text/plain", "photo.png.txt"},
		{"backup.zip", models.File, "application/zip", "backup.zip"},
		{"data.bin", models.File, "application/octet-stream", "data.bin"},
		{"😀", models.Sticker, "image/webp", "😀.webp"},
		{"  ..  ", models.File, "application/pdf", "file.pdf"},
		{strings.Repeat("ä", 200) + ".pdf", models.File, "application/pdf", strings.Repeat("ä", 98) + ".pdf"},
	} {
		if got := media.Name(tt.name, tt.kind, tt.media); got != tt.want {
			t.Errorf("Name(%q, %q, %q) = %q, want %q", tt.name, tt.kind, tt.media, got, tt.want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("a/b.pdf", "application/pdf")
	f.Add("\u202e\x00..", "text/plain")
	f.Fuzz(func(t *testing.T, name, mime string) {
		got := media.Name(name, models.File, mime)
		if got == "" || len(got) > 255 || !utf8.ValidString(got) || strings.ContainsAny(got, `/\`) || got == "." || got == ".." {
			t.Errorf("Name(%q, %q) = %q", name, mime, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("Name(%q, %q) = %q, which hides something", name, mime, got)
		}
	})
}

// source opens a file whose length it tells or not, and counts how often.
type source struct {
	data  []byte
	tells bool
	opens int
}

func (s *source) open(context.Context) (models.Stream, error) {
	s.opens++
	stream := models.Stream{ReadCloser: io.NopCloser(bytes.NewReader(s.data)), MIME: "image/png", Name: "a.png"}
	if s.tells {
		stream.Size = int64(len(s.data))
	}
	return stream, nil
}

// Ensure that a file is read whole, with its length, whether its source tells that or not.
func TestPrepare(t *testing.T) {
	for _, tt := range []struct {
		name  string
		size  int
		tells bool
		opens int
	}{
		{"told", 5000, true, 1},
		{"short and not told", 5000, false, 1},
		{"long and not told", 1_000_000, false, 2},
		{"a few bytes", len(png), false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &source{data: append([]byte(png), make([]byte, tt.size-len(png))...), tells: tt.tells}
			f, err := media.Prepare(t.Context(), models.Attachment{Kind: models.Image, Ref: "r", Size: 7}, s.open)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(f.Body)
			if err != nil || !bytes.Equal(data, s.data) {
				t.Errorf("read %d bytes, %v, want %d", len(data), err, len(s.data))
			}
			want := models.Attachment{Kind: models.Image, Ref: "r", Size: int64(tt.size), MIME: "image/png", Name: "a.png"}
			if f.Attachment != want || s.opens != tt.opens {
				t.Errorf("Prepare = %+v after %d opens, want %+v after %d", f.Attachment, s.opens, want, tt.opens)
			}
			if err := f.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Ensure that what cannot cross is told: nothing at all, too much, and what became shorter since it was counted.
func TestPrepare_refuses(t *testing.T) {
	if _, err := media.Prepare(t.Context(), models.Attachment{}, (&source{}).open); !errors.Is(err, media.ErrEmpty) {
		t.Errorf("Prepare(nothing) = %v, want %v", err, media.ErrEmpty)
	}
	huge := func(context.Context) (models.Stream, error) {
		return models.Stream{ReadCloser: io.NopCloser(strings.NewReader("x")), Size: media.Most + 1}, nil
	}
	if _, err := media.Prepare(t.Context(), models.Attachment{}, huge); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("Prepare(too much) = %v, want %v", err, media.ErrTooLarge)
	}
	s := &source{data: make([]byte, 1_000_000)}
	shrinks := func(ctx context.Context) (models.Stream, error) {
		if s.opens == 1 {
			s.data = s.data[:500_000]
		}
		return s.open(ctx)
	}
	f, err := media.Prepare(t.Context(), models.Attachment{}, shrinks)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, f.Body); err == nil {
		t.Errorf("read %d bytes of a file that shrank, without an error", n)
	}
}
