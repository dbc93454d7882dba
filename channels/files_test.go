package channels_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/models"
)

// Ensure that a file goes as what it is, as a plain file where only that is taken, and else not at all.
func TestLimits_Fit(t *testing.T) {
	l := channels.Limits{Files: map[models.AttachmentKind]channels.FileLimit{
		models.Image: {Size: 100, Types: []string{"image/jpeg", "image/png"}},
		models.Audio: {Types: []string{"audio/*"}},
		models.File:  {Size: 500},
	}}
	links := channels.Limits{Files: map[models.AttachmentKind]channels.FileLimit{models.File: {}}, Links: true}
	hosted := links
	hosted.Hosted = true
	for _, tt := range []struct {
		name string
		l    channels.Limits
		a    models.Attachment
		kind models.AttachmentKind
		why  channels.Misfit
		ok   bool
	}{
		{"as it is", l, models.Attachment{Kind: models.Image, MIME: "image/png", Size: 100}, models.Image, channels.Fits, true},
		{"nothing known", l, models.Attachment{Kind: models.Image}, models.Image, channels.Fits, true},
		{"with parameters", l, models.Attachment{Kind: models.Audio, MIME: "Audio/OGG; codecs=opus"}, models.Audio, channels.Fits, true},
		{"too large a photo", l, models.Attachment{Kind: models.Image, MIME: "image/png", Size: 101}, models.File, channels.TooBig, true},
		{"another type", l, models.Attachment{Kind: models.Image, MIME: "image/heic", Size: 9}, models.File, channels.WrongType, true},
		{"another kind", l, models.Attachment{Kind: models.Sticker, Size: 9}, models.File, channels.WrongKind, true},
		{"too large for all", l, models.Attachment{Kind: models.Image, MIME: "image/png", Size: 501}, "", channels.TooBig, false},
		{"too large a file", l, models.Attachment{Kind: models.File, Size: 501}, "", channels.TooBig, false},
		{"no files", channels.Limits{}, models.Attachment{Kind: models.File}, "", channels.WrongKind, false},
		{"no address", links, models.Attachment{Kind: models.File}, "", channels.NoAddress, false},
		{"an address", links, models.Attachment{Kind: models.File, URL: "https://a.example/b"}, models.File, channels.Fits, true},
		{"an address of ours", hosted, models.Attachment{Kind: models.File}, models.File, channels.Fits, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, why, ok := tt.l.Fit(tt.a)
			if kind != tt.kind || why != tt.why || ok != tt.ok {
				t.Errorf("Fit(%+v) = %q, %d, %t, want %q, %d, %t", tt.a, kind, why, ok, tt.kind, tt.why, tt.ok)
			}
		})
	}
}

// Ensure that a form has the length that it says, and reads back as what was put in.
func TestNewForm(t *testing.T) {
	body := strings.Repeat("x", 1000)
	form, err := channels.NewForm(map[string]string{"chat_id": "7", "caption": "a \"b\"\r\nc"}, channels.FormFile{
		Field: "photo", Name: "a\"b\r\n.jpg", MIME: "image/jpeg", Size: int64(len(body)), Body: strings.NewReader(body),
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(form)
	if err != nil || int64(len(all)) != form.Length {
		t.Fatalf("read %d bytes, %v; Length = %d", len(all), err, form.Length)
	}
	_, params, err := mime.ParseMediaType(form.Type)
	if err != nil {
		t.Fatal(err)
	}
	read, err := multipart.NewReader(strings.NewReader(string(all)), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Value["caption"]; len(got) != 1 || got[0] != "a \"b\"\r\nc" {
		t.Errorf("caption = %q", got)
	}
	files := read.File["photo"]
	if len(files) != 1 || files[0].Size != 1000 || files[0].Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("file = %+v", files)
	}
}

// Ensure that a download says what there is, and of a failure whether it may pass, without the address.
func TestDownload(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "bytes")
	}))
	defer server.Close()
	for code, want := range map[int]channels.ErrorKind{
		200: 0, 206: channels.Temporary, 302: channels.Rejected, 401: channels.Rejected, 403: channels.Rejected, 404: channels.Rejected,
		410: channels.Rejected, 429: channels.RateLimited, 500: channels.Temporary, 503: channels.Temporary,
	} {
		status = code
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		s, err := channels.Download(client, req)
		if want == 0 {
			if err != nil || s.Size != 5 || s.MIME != "image/png" {
				t.Fatalf("Download = %+v, %v", s, err)
			}
			_ = s.Close()
			continue
		}
		if err == nil || channels.KindOf(err) != want || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("Download with %d = %v, want %v and no address", code, err, want)
		}
	}
}
