package webhook_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"patchbay/channels"
	"patchbay/channels/webhook"
)

func TestConfig(t *testing.T) {
	const sendURL = "\nsend_url = 'https://shop.example.com/messages'"
	tests := []struct {
		name string
		toml string
		want []channels.Problem
	}{
		{"one secret", "secret = '" + newSecret + "'" + sendURL, nil},
		{"new and old", "secret = ['" + newSecret + "', '" + oldSecret + "']" + sendURL, nil},
		{"loopback and http", "secret = '" + newSecret + "'\nsend_url = 'http://127.0.0.1:9/x?token=1'", nil},
		{"nothing", "", []channels.Problem{
			{Key: "secret", Text: "missing: whsec_ and 24 to 64 random bytes in base64"},
			{Key: "send_url", Text: "missing: where answers are posted"},
		}},
		{"empty list", "secret = []" + sendURL, []channels.Problem{{Key: "secret", Text: "missing: whsec_ and 24 to 64 random bytes in base64"}}},
		{"no base64", "secret = 'whsec_hunter2'" + sendURL, []channels.Problem{{Key: "secret", Text: "is not whsec_ and a key in base64"}}},
		{"one of two is no base64", "secret = ['" + newSecret + "', 'hunter2']" + sendURL, []channels.Problem{{Key: "secret", Text: "is not whsec_ and a key in base64"}}},
		{"short key", "secret = 'whsec_AAAA'" + sendURL, []channels.Problem{
			{Key: "secret", Text: "holds a key of 3 bytes; the standard asks for 24 to 64", Warning: true},
		}},
		{"no scheme", "secret = '" + newSecret + "'\nsend_url = 'shop.example.com/x'", []channels.Problem{{Key: "send_url", Text: "is no http or https address"}}},
		{"no host", "secret = '" + newSecret + "'\nsend_url = 'https:///x'", []channels.Problem{{Key: "send_url", Text: "is no http or https address"}}},
		{"no web", "secret = '" + newSecret + "'\nsend_url = 'ftp://a.example/x'", []channels.Problem{{Key: "send_url", Text: "is no http or https address"}}},
		{"common keys", "secret = '" + newSecret + "'" + sendURL + "\nenabled = false\nrate = 2.5\nonly_from = ['u1']", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c webhook.Config
			if err := toml.NewDecoder(strings.NewReader(tt.toml)).DisallowUnknownFields().Decode(&c); err != nil {
				t.Fatalf("Decode error = %v", err)
			}
			got := c.Validate()
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Validate = %+v, want %+v", got, tt.want)
			}
			usable := true
			for _, p := range got {
				usable = usable && p.Warning
			}
			if _, err := webhook.New(&c, channels.Deps{HTTP: &http.Client{}}); (err == nil) != usable {
				t.Errorf("New error = %v, want one: %v", err, !usable)
			}
		})
	}
}

func TestConfigUnknownKey(t *testing.T) {
	var c webhook.Config
	err := toml.NewDecoder(strings.NewReader("send_uri = 'x'")).DisallowUnknownFields().Decode(&c)
	if err == nil {
		t.Error("Decode took a key that does not exist")
	}
}

func TestAccount(t *testing.T) {
	if got := (&webhook.Config{}).Account("shop"); got != "shop" {
		t.Errorf("Account = %q, want the section's name", got)
	}
}
