package channels_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
)

// failing is a body that breaks off.
type failing struct{ io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestReadBody(t *testing.T) {
	full := strings.Repeat("x", channels.MaxBody)
	tests := []struct {
		name     string
		body     io.Reader
		length   int64
		want     int
		kind     channels.ErrorKind
		tooLarge bool
	}{
		{"small", strings.NewReader("hello"), 5, 5, 0, false},
		{"empty", http.NoBody, 0, 0, 0, false},
		{"at the limit", strings.NewReader(full), -1, channels.MaxBody, 0, false},
		{"over the limit", strings.NewReader(full + "x"), -1, 0, channels.Rejected, true},
		{"says that it is over the limit", strings.NewReader(""), channels.MaxBody + 1, 0, channels.Rejected, true},
		{"over a server's own limit", http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(strings.NewReader("hello")), 2), -1, 0, channels.Rejected, true},
		{"breaks off", failing{strings.NewReader("hel")}, 5, 0, channels.Rejected, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", tt.body)
			r.ContentLength = tt.length
			body, err := channels.ReadBody(r)
			if len(body) != tt.want {
				t.Errorf("ReadBody = %d bytes, want %d", len(body), tt.want)
			}
			if (err != nil) != (tt.kind != 0) || err != nil && channels.KindOf(err) != tt.kind {
				t.Errorf("ReadBody error = %v, want kind %v", err, tt.kind)
			}
			if errors.Is(err, channels.ErrTooLarge) != tt.tooLarge {
				t.Errorf("ReadBody error = %v, want ErrTooLarge %v", err, tt.tooLarge)
			}
		})
	}
	t.Run("no body", func(t *testing.T) {
		if body, err := channels.ReadBody(&http.Request{}); body != nil || err != nil {
			t.Errorf("ReadBody = %q, %v, want nothing", body, err)
		}
	})
}

func TestDo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/half":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		case "/huge":
			for range channels.MaxBody/1024 + 1 {
				_, _ = w.Write(make([]byte, 1024))
			}
		default:
			w.Header().Set("X-Seen", r.Method)
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "short and stout")
		}
	}))
	defer server.Close()

	do := func(t *testing.T, target string) (channels.Reply, error) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		return channels.Do(server.Client(), req)
	}
	t.Run("any status is an answer", func(t *testing.T) {
		reply, err := do(t, server.URL+"/")
		if err != nil || reply.Status != http.StatusTeapot || string(reply.Body) != "short and stout" || reply.Header.Get("X-Seen") != "POST" {
			t.Errorf("Do = %+v, %v, want the answer", reply, err)
		}
	})
	for _, path := range []string{"/half", "/huge"} {
		t.Run(path, func(t *testing.T) {
			reply, err := do(t, server.URL+path)
			if channels.KindOf(err) != channels.Temporary || err == nil || reply.Status != http.StatusOK {
				t.Errorf("Do = status %d, %v, want 200 and a Temporary error", reply.Status, err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		reply, err := do(t, gone.URL+"/bot123:TOKEN/send")
		if _, ok := errors.AsType[*channels.Error](err); !ok || channels.KindOf(err) != channels.Temporary || reply.Status != 0 {
			t.Errorf("Do = %+v, %v, want a Temporary *Error", reply, err)
		}
		if strings.Contains(fmt.Sprint(err), "TOKEN") {
			t.Errorf("Do error = %v, want no URL", err)
		}
	})
}

func TestKindOfStatus(t *testing.T) {
	want := map[int]channels.ErrorKind{
		0: channels.Temporary, 101: channels.Temporary,
		301: channels.Forbidden, 302: channels.Forbidden, 304: channels.Forbidden, 307: channels.Forbidden, 308: channels.Forbidden,
		400: channels.Rejected, 401: channels.Forbidden, 402: channels.Forbidden, 403: channels.Forbidden, 404: channels.Rejected,
		405: channels.Rejected, 407: channels.Forbidden, 408: channels.Temporary, 409: channels.Rejected, 410: channels.Rejected,
		413: channels.Rejected, 415: channels.Rejected, 422: channels.Rejected, 425: channels.Temporary, 429: channels.RateLimited,
		499: channels.Rejected,
		500: channels.Temporary, 501: channels.Temporary, 502: channels.Temporary, 503: channels.Temporary, 504: channels.Temporary,
		599: channels.Temporary, 700: channels.Temporary,
	}
	for status, kind := range want {
		if got := channels.KindOfStatus(status); got != kind {
			t.Errorf("KindOfStatus(%d) = %v, want %v", status, got, kind)
		}
	}
}

func TestRetryAfterOf(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"", 0},
		{"0", 0},
		{"7", 7 * time.Second},
		{" 7 ", 7 * time.Second},
		{"-7", 0},
		{"1.5", 0},
		{"soon", 0},
		{"86400", 24 * time.Hour},
		{"86401", 24 * time.Hour},
		{"99999999999999999999999", 24 * time.Hour},
		{"Sun, 22 Nov 2026 12:00:30 GMT", 30 * time.Second},
		{"Sunday, 22-Nov-26 12:00:30 GMT", 30 * time.Second},
		{"Sun, 22 Nov 2026 11:59:30 GMT", 0},
		{"Sun, 22 Nov 2099 11:59:30 GMT", 24 * time.Hour},
	}
	for _, tt := range tests {
		if got := channels.RetryAfterOf(http.Header{"Retry-After": {tt.value}}, now); got != tt.want {
			t.Errorf("RetryAfterOf(%q) = %v, want %v", tt.value, got, tt.want)
		}
	}
	if got := channels.RetryAfterOf(nil, now); got != 0 {
		t.Errorf("RetryAfterOf(nil) = %v, want 0", got)
	}
}

func TestRedact(t *testing.T) {
	const token = "123:TOKEN"
	unparsable := func(address string) error { _, err := url.Parse(address); return err }
	inner := &url.Error{Op: "Get", URL: "https://host/" + token, Err: context.Canceled}
	tests := []struct {
		name string
		err  error
		is   error
	}{
		{"transport", inner, context.Canceled},
		{"wrapped", fmt.Errorf("send: %w", inner), context.Canceled},
		{"twice", &url.Error{Op: "Post", URL: token, Err: inner}, context.Canceled},
		{"joined", errors.Join(io.EOF, inner), context.Canceled},
		{"bad port", unparsable("http://host:" + token + "/x"), nil},
		{"bad escape", unparsable("http://host/%zz" + token), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.err.Error(), "TOKEN") && tt.is != nil {
				t.Fatalf("%v has no token to hide", tt.err)
			}
			got := channels.Redact(tt.err)
			if got == nil || strings.Contains(got.Error(), "TOKEN") {
				t.Errorf("Redact(%v) = %v, want no token", tt.err, got)
			}
			if tt.is != nil && !errors.Is(got, tt.is) {
				t.Errorf("Redact(%v) = %v, want it to wrap %v", tt.err, got, tt.is)
			}
		})
	}
	if got := channels.Redact(nil); got != nil {
		t.Errorf("Redact(nil) = %v, want nil", got)
	}
	if got := channels.Redact(io.EOF); got != io.EOF { //nolint:errorlint // the very value, not wrapped
		t.Errorf("Redact(EOF) = %v, want it as it is", got)
	}
}
