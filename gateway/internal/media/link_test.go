package media_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
)

var when = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func links(t *testing.T, key byte) *media.Links {
	t.Helper()
	l, err := media.NewLinks("https://chat.example.com/", strings.Repeat(string([]byte{'a', key}), 32))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Ensure that a link stands for one file of one message until it is over, and that nothing of it can be changed.
func TestLinks(t *testing.T) {
	l := links(t, '1')
	address := l.URL("cr0msg", 2, when.Add(time.Hour))
	token, ok := strings.CutPrefix(address, "https://chat.example.com/media/")
	if !ok {
		t.Fatalf("URL = %q", address)
	}
	if m, n, err := l.Read(token, when); m != "cr0msg" || n != 2 || err != nil {
		t.Errorf("Read = %q, %d, %v", m, n, err)
	}
	if _, _, err := l.Read(token, when.Add(time.Hour)); !errors.Is(err, media.ErrLink) {
		t.Errorf("Read after its time = %v, want %v", err, media.ErrLink)
	}
	if _, _, err := links(t, '2').Read(token, when); !errors.Is(err, media.ErrLink) {
		t.Errorf("Read with another key = %v, want %v", err, media.ErrLink)
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		if m, n, err := l.Read(base64.RawURLEncoding.EncodeToString(changed), when); !errors.Is(err, media.ErrLink) {
			t.Errorf("Read with byte %d changed = %q, %d, %v, want %v", i, m, n, err, media.ErrLink)
		}
	}
	if _, err := media.NewLinks("https://a.example", "short"); err == nil {
		t.Error("NewLinks takes a short key")
	}
}

func FuzzLinks(f *testing.F) {
	f.Add("")
	f.Add("AAAA")
	l, err := media.NewLinks("https://a.example", strings.Repeat("ab", 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if m, n, err := l.Read(token, when); err == nil {
			t.Errorf("Read(%q) = %q, %d: a signature was guessed", token, m, n)
		}
	})
}

// Ensure that a bot's address leads to no private host, unless the config names it, and to no other scheme.
func TestFetcher(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("bytes")) }))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	trusted := false
	f := media.NewFetcher(http.DefaultClient, func(h string) bool { return trusted && h == host })
	defer f.Close()
	if _, err := f.Fetch(t.Context(), server.URL+"/a"); !errors.Is(err, channels.ErrPrivate) {
		t.Errorf("Fetch of a private address = %v, want %v", err, channels.ErrPrivate)
	}
	trusted = true
	s, err := f.Fetch(t.Context(), server.URL+"/a")
	if err != nil || s.Size != 5 {
		t.Fatalf("Fetch of a trusted address = %+v, %v", s, err)
	}
	_ = s.Close()
	for _, address := range []string{"file:///etc/passwd", "ftp://a.example/b", "a", "http://"} {
		if _, err := f.Fetch(t.Context(), address); channels.KindOf(err) != channels.Rejected || err == nil {
			t.Errorf("Fetch(%q) = %v, want Rejected", address, err)
		}
	}
}
