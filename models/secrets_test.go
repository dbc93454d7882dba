package models_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"patchbay/models"
)

func TestSecretsDecode(t *testing.T) {
	tests := []struct {
		name, toml string
		want       []string
	}{
		{"string", `keys = "new"`, []string{"new"}},
		{"list", `keys = ["new", "old"]`, []string{"new", "old"}},
		{"empty string", `keys = ""`, nil},
		{"empty element", `keys = ["", "old"]`, []string{"old"}},
		{"empty list", `keys = []`, nil},
		{"absent", ``, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var conf struct {
				Keys models.Secrets `toml:"keys"`
			}
			if err := toml.NewDecoder(strings.NewReader(test.toml)).DisallowUnknownFields().Decode(&conf); err != nil {
				t.Fatalf("Decode(%q) = %v, want no error", test.toml, err)
			}
			if got := conf.Keys.Reveal(); !slices.Equal(got, test.want) {
				t.Errorf("Reveal() = %q, want %q", got, test.want)
			}
			if got, want := conf.Keys.IsZero(), len(test.want) == 0; got != want {
				t.Errorf("IsZero() = %v, want %v", got, want)
			}
		})
	}
}

func TestSecretsPrintNothing(t *testing.T) {
	var log bytes.Buffer
	s := models.Secrets{models.NewSecret("hunter2"), models.NewSecret("hunter3")}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("config", "keys", s)
	slog.New(slog.NewTextHandler(&log, nil)).Info("config", "keys", s)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&log, verb, s)
		fmt.Fprintf(&log, verb, struct{ keys models.Secrets }{s})
	}
	if strings.Contains(log.String(), "hunter") {
		t.Errorf("printed %s, want no secret", log.String())
	}
}
