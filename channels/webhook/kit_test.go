package webhook_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/channels/standardwebhooks"
	"patchbay/channels/webhook"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/models"
)

const (
	newSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	oldSecret = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

func secrets(list ...string) models.Secrets {
	var s models.Secrets
	for _, secret := range list {
		s = append(s, models.NewSecret(secret))
	}
	return s
}

// open returns the adapter for a section, on the clock of the conformance suite.
func open(t *testing.T, c *webhook.Config) channels.Adapter {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	a, err := webhook.New(c, channels.Deps{Name: "shop", HTTP: client, Log: slog.New(slog.DiscardHandler), Now: channeltest.Now})
	if err != nil {
		t.Fatalf("New error = %v", err)
	}
	return a
}

// receiver returns an adapter that takes calls signed with the new or the old secret.
func receiver(t *testing.T) channels.Receiver {
	t.Helper()
	r, ok := open(t, &webhook.Config{Secret: secrets(newSecret, oldSecret), SendURL: "http://127.0.0.1:1/"}).(channels.Receiver)
	if !ok {
		t.Fatal("the adapter is no Receiver")
	}
	return r
}

// system starts a customer's system, and returns it with an adapter that posts to it.
func system(t *testing.T, c webhooktest.Config) (*webhooktest.Server, channels.Adapter) {
	t.Helper()
	c.Secret, c.Now = newSecret, channeltest.Now
	s, err := webhooktest.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close error = %v", err)
		}
		if broken := s.Broken(); len(broken) > 0 {
			t.Errorf("posts break the protocol: %q", broken)
		}
	})
	return s, open(t, &webhook.Config{Secret: secrets(newSecret, oldSecret), SendURL: s.URL()})
}

// signed returns a call with the body, signed at a time.
func signed(secret, id string, at time.Time, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/channels/webhook/shop", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	keys, err := standardwebhooks.Parse(secrets(secret))
	if err != nil {
		panic(err) // a constant of ours
	}
	keys.Sign(r.Header, id, at, body)
	return r
}

// call returns an authentic call with the body.
func call(body string) *http.Request {
	return signed(newSecret, "evt-1", channeltest.Now(), []byte(body))
}

// out returns a message to the customer.
func out(text string) channels.Outbound {
	return channels.Outbound{ID: "o1", Address: "c9", Author: models.ByAgent, Name: "Ben", Text: text}
}
