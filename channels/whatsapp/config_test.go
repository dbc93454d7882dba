package whatsapp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"patchbay/channels"
	"patchbay/channels/whatsapp"
	"patchbay/models"
)

const section = `
phone_number_id = "440000000000002"
access_token = "EAAsecrettoken"
app_secret = "0123456789abcdef0123456789abcdef"
verify_token = ["new-verify", "s3cret-verify"]
rate = 40
language = "es"
`

func TestConfigDecodes(t *testing.T) {
	var c whatsapp.Config
	if err := toml.NewDecoder(strings.NewReader(section)).DisallowUnknownFields().Decode(&c); err != nil {
		t.Fatalf("Decode() = %v", err)
	}
	if problems := c.Validate(); problems != nil {
		t.Errorf("Validate() = %+v, want nothing", problems)
	}
	if got := c.Account("main"); got != number {
		t.Errorf("Account() = %q, want %q", got, number)
	}
	if c.Shared().Rate != 40 || c.Shared().Language != "es" || !c.Shared().On() {
		t.Errorf("Shared() = %+v, want the section's", c.Shared())
	}
	if got := len(c.VerifyToken.Reveal()); got != 2 {
		t.Errorf("verify_token has %d values, want 2", got)
	}
	for _, secret := range []string{accessToken, appSecret, verifyToken, "new-verify"} {
		if text := fmt.Sprintf("%v %+v %#v", c, c, &c); strings.Contains(text, secret) {
			t.Errorf("the section prints %q", secret)
		}
	}
}

func TestConfigValidates(t *testing.T) {
	tests := []struct {
		name   string
		change func(*whatsapp.Config)
		want   []string // keys; a ? behind is a warning
	}{
		{"nothing wrong", func(*whatsapp.Config) {}, nil},
		{"no number", func(c *whatsapp.Config) { c.PhoneNumberID = "" }, []string{"phone_number_id"}},
		{"the number itself", func(c *whatsapp.Config) { c.PhoneNumberID = "+1 555 0100200" }, []string{"phone_number_id?"}},
		{"no token", func(c *whatsapp.Config) { c.AccessToken = models.Secret{} }, []string{"access_token"}},
		{"no app secret", func(c *whatsapp.Config) { c.AppSecret = nil }, []string{"app_secret"}},
		{"empty app secrets", func(c *whatsapp.Config) { c.AppSecret = models.Secrets{{}, {}} }, []string{"app_secret"}},
		{"no verify token", func(c *whatsapp.Config) { c.VerifyToken = nil }, []string{"verify_token"}},
		{"nothing", func(c *whatsapp.Config) { *c = whatsapp.Config{} }, []string{"phone_number_id", "access_token", "app_secret", "verify_token"}},
		{"address without scheme", func(c *whatsapp.Config) { c.APIURL = "graph.facebook.com/v25.0" }, []string{"api_url"}},
		{"address of another kind", func(c *whatsapp.Config) { c.APIURL = "ftp://graph.facebook.com" }, []string{"api_url"}},
		{"address with a query", func(c *whatsapp.Config) { c.APIURL = "https://graph.facebook.com/v25.0?x=1" }, []string{"api_url"}},
		{"no address", func(c *whatsapp.Config) { c.APIURL = "https://" }, []string{"api_url"}},
		{"http and a slash", func(c *whatsapp.Config) { c.APIURL = "http://127.0.0.1:9/v25.0/" }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config("")
			tt.change(c)
			var got []string
			fault := false
			for _, p := range c.Validate() {
				key := p.Key
				if p.Warning {
					key += "?"
				}
				fault = fault || !p.Warning
				if p.Text == "" {
					t.Errorf("problem of %s says nothing", p.Key)
				}
				got = append(got, key)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Validate() = %q, want %q", got, tt.want)
			}
			if _, err := whatsapp.New(c, channels.Deps{Name: "main", Log: quiet()}); (err != nil) != fault {
				t.Errorf("New() = %v, want an error: %v", err, fault)
			}
		})
	}
}
