package httpbot_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/httpbot"
	"patchbay/gateway/bots/internal/reply"
)

// Ensure a bot that says that it marks nothing is taken at its word.
func TestPlainMarkup(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"messages":[{"text":"type **star** twice"}]}`))
	}))
	t.Cleanup(server.Close)
	for markup, want := range map[string]string{"plain": "type **star** twice", "markdown": "type star twice", "": "type star twice"} {
		c := &httpbot.Config{URL: server.URL}
		c.Markup = reply.Markup(markup)
		b, err := httpbot.New(c, bots.Deps{HTTP: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		a, err := b.Answer(t.Context(), bots.Question{ID: "q"})
		if err != nil || len(a.Messages) != 1 || a.Messages[0].Text != want {
			t.Errorf("markup = %q: Answer = %+v, %v, want %q", markup, a.Messages, err, want)
		}
	}
}
