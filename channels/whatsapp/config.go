package whatsapp

import (
	"net/url"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// DefaultAPIURL is the address of the Graph API with the version that this package was written for.
// https://developers.facebook.com/docs/graph-api/changelog
const DefaultAPIURL = "https://graph.facebook.com/v25.0"

// Config is the section [channels.whatsapp.<name>].
type Config struct {
	channels.Common
	PhoneNumberID string         `toml:"phone_number_id"` // of the number that sends; not the number itself
	AccessToken   models.Secret  `toml:"access_token"`    // of a system user, so that it does not expire
	AppSecret     models.Secrets `toml:"app_secret"`      // signs the platform's calls
	VerifyToken   models.Secrets `toml:"verify_token"`    // chosen by the operator, typed into the app's webhook settings too
	APIURL        string         `toml:"api_url"`         // with the version. Default: DefaultAPIURL
	Templates     []Template     `toml:"templates"`       // approved texts, for when the reply window is over
}

// Account returns the phone number's id, by which the platform names the account in its calls.
func (c *Config) Account(string) string { return c.PhoneNumberID }

// Called reports that Meta calls us: there is no other way.
func (c *Config) Called() bool { return true }

// Validate returns what is wrong with the section. What is missing is a fault; an id in an unknown form is a warning,
// because the platform may change its forms.
func (c *Config) Validate() []channels.Problem {
	var problems []channels.Problem
	for _, key := range []struct {
		name    string
		missing bool
	}{
		{"phone_number_id", c.PhoneNumberID == ""},
		{"access_token", c.AccessToken.IsZero()},
		{"app_secret", c.AppSecret.IsZero()},
		{"verify_token", c.VerifyToken.IsZero()},
	} {
		if key.missing {
			problems = append(problems, channels.Problem{Key: key.name, Text: "missing"})
		}
	}
	if c.PhoneNumberID != "" && !digits(c.PhoneNumberID) {
		problems = append(problems, channels.Problem{
			Key:     "phone_number_id",
			Text:    "does not look like a phone number id: it has digits only, and is not the phone number (WhatsApp > API Setup in the Meta app shows it)",
			Warning: true,
		})
	}
	if _, ok := apiURL(c.APIURL); !ok {
		problems = append(problems, channels.Problem{
			Key:  "api_url",
			Text: "is not a URL such as " + DefaultAPIURL,
		})
	}
	return append(problems, validateTemplates(c.Templates)...)
}

// apiURL returns the address to call, without a slash at its end.
func apiURL(s string) (string, bool) {
	if s == "" {
		return DefaultAPIURL, true
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", false
	}
	return strings.TrimRight(s, "/"), true
}

// digits reports whether s is nothing but ASCII digits, and at least one.
func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

var _ channels.Config = (*Config)(nil)
