package whatsapp_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

const (
	number      = "440000000000002"
	accessToken = "EAAsecrettoken"
	appSecret   = "0123456789abcdef0123456789abcdef"
	verifyToken = "s3cret-verify"
)

// whole is all that a whatsapp adapter can do.
type whole interface {
	channels.Adapter
	channels.Receiver
	channels.Typer
	channels.Reader
	channels.Checker
	channels.Templater
}

// config is a section with two secrets each, old and new.
func config(api string) *whatsapp.Config {
	return &whatsapp.Config{
		PhoneNumberID: number,
		AccessToken:   models.NewSecret(accessToken),
		AppSecret:     models.Secrets{models.NewSecret("fedcba9876543210fedcba9876543210"), models.NewSecret(appSecret)},
		VerifyToken:   models.Secrets{models.NewSecret("new-verify"), models.NewSecret(verifyToken)},
		APIURL:        api,
	}
}

// open returns an adapter that calls api.
func open(t testing.TB, c *whatsapp.Config, log *slog.Logger) whole {
	t.Helper()
	client := &http.Client{
		Timeout:       20 * time.Second, // nothing here takes as long, on a busy machine either
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	a, err := whatsapp.New(c, channels.Deps{Name: "main", HTTP: client, Log: log, Now: time.Now})
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	all, ok := a.(whole)
	if !ok {
		t.Fatalf("New() = %T, want all of the interfaces", a)
	}
	return all
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// fake starts the platform.
func fake(t testing.TB, o whatsapptest.Options) *whatsapptest.Server {
	t.Helper()
	o.PhoneNumberID, o.AccessToken, o.AppSecret, o.VerifyToken = number, accessToken, appSecret, verifyToken
	s, err := whatsapptest.Start(o)
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// sample returns a file of testdata.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// signed is a call of the platform with body.
func signed(body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/channels/whatsapp/main", bytes.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", sign(appSecret, body))
	return r
}

// soon is a context for what must happen within a test.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// multipartForm returns a form with fields and a file.
func multipartForm(t testing.TB, fields map[string]string, name, data string) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for key, value := range fields {
		if err := w.WriteField(key, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// receiver serves a's Receive as the gateway does, and gives what it brings to handle. It returns its address.
func receiver(t testing.TB, a channels.Receiver, handle func(channels.Inbound)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := a.Receive(r)
		status := u.Response.Status
		switch {
		case status != 0:
		case err == nil:
			status = http.StatusOK
		case channels.KindOf(err) == channels.Forbidden:
			status = http.StatusUnauthorized
		default:
			status = http.StatusBadRequest
		}
		for _, in := range u.Inbound {
			handle(in)
		}
		w.WriteHeader(status)
		_, _ = w.Write(u.Response.Body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
