package bots_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"patchbay/gateway/bots"
	"patchbay/models"
)

// section stands for the Config of a connector.
type section struct {
	bots.Common
	URL     string                   `toml:"url"`
	Headers map[string]models.Secret `toml:"headers"`
}

func (s *section) Validate() []bots.Problem { return s.Problems() }

var _ bots.Config = (*section)(nil)

func decode(t *testing.T, text string) (*section, error) {
	t.Helper()
	var s section
	d := toml.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	return &s, err
}

func TestCommonDecodesStrictly(t *testing.T) {
	s, err := decode(t, `
kind = "http"
url = "https://bot.example.com/answer"
headers = { Authorization = "Bearer 1" }
timeout = "30s"
patience = "2s"
stale = "1d"
accepts = ["text", "image"]
`)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Shared()
	if c.Kind != "http" || c.Timeout.Duration != 30*time.Second || c.Patience.Duration != 2*time.Second || c.Stale.Duration != 24*time.Hour {
		t.Errorf("Common = %+v, want the values of the section", c)
	}
	if got := s.Headers["Authorization"].Reveal(); got != "Bearer 1" {
		t.Errorf("header = %q, want %q", got, "Bearer 1")
	}
	if !c.Takes(models.Image) || c.Takes(models.Voice) {
		t.Errorf("Takes(image), Takes(voice) = %t, %t; want true, false", c.Takes(models.Image), c.Takes(models.Voice))
	}
}

func TestCommonRefuses(t *testing.T) {
	for _, text := range []string{
		`timeout = "20"`,
		`timeout = 20`,
		`timeout = "soon"`,
		`timeout = { Duration = 20 }`,
		`timeuot = "20s"`,
		`accepts = "text"`,
	} {
		if s, err := decode(t, text); err == nil {
			t.Errorf("decode(%q) = %+v, want an error", text, s.Common)
		}
	}
	_, err := decode(t, "kind = \"http\"\ntimeuot = \"20s\"\n")
	strict, ok := errors.AsType[*toml.StrictMissingError](err)
	if !ok {
		t.Fatalf("decode of an unknown key = %v, want a *toml.StrictMissingError", err)
	}
	if row, _ := strict.Errors[0].Position(); row != 2 {
		t.Errorf("unknown key told at line %d, want 2", row)
	}
}

func TestCommonWithDefaults(t *testing.T) {
	var c bots.Common
	d := c.WithDefaults()
	if d.Timeout.Duration != 20*time.Second || d.Patience.Duration != 5*time.Second || d.Stale.Duration != 10*time.Minute {
		t.Errorf("WithDefaults() = %+v, want 20s, 5s, 10m", d)
	}
	if !slices.Equal(d.Accepts, []string{"text"}) {
		t.Errorf("Accepts = %q, want text", d.Accepts)
	}
	if c.Timeout.Duration != 0 || c.Accepts != nil {
		t.Errorf("WithDefaults changed its receiver: %+v", c)
	}
}

func TestCommonProblems(t *testing.T) {
	tests := []struct {
		name, text, key string
		warning         bool
	}{
		{name: "nothing set"},
		{name: "negative", text: `timeout = "-1s"`, key: "timeout"},
		{name: "patience too long", text: `patience = "30s"`, key: "patience", warning: true},
		{name: "stale too short", text: `stale = "10s"`, key: "stale", warning: true},
		{name: "unknown content", text: `accepts = ["text", "gif"]`, key: "accepts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := decode(t, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			problems := s.Validate()
			if tt.key == "" {
				if len(problems) != 0 {
					t.Errorf("Validate() = %v, want none", problems)
				}
				return
			}
			found := slices.IndexFunc(problems, func(p bots.Problem) bool { return p.Key == tt.key && p.Warning == tt.warning })
			if found < 0 {
				t.Errorf("Validate() = %v, want one about %s, warning %t", problems, tt.key, tt.warning)
			}
		})
	}
}

func TestDepsClientFollowsNoRedirect(t *testing.T) {
	srv := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	defer srv.Close()
	resp, err := bots.Deps{HTTP: srv.Client()}.Client(time.Minute).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		t.Errorf("status = %d, want the redirect itself", resp.StatusCode)
	}
}

func TestDepsLeftOut(t *testing.T) {
	var d bots.Deps
	if d.Logger() == nil || d.Clock()().IsZero() || d.Client(time.Second) == nil {
		t.Error("a zero Deps has no logger, clock or client")
	}
}
