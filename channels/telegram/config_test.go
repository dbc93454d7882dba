package telegram_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"patchbay/channels"
	"patchbay/channels/telegram"
)

const goodToken = "7001112223:AAF-abcdefghijklmnopqrstuvwxyz012345"

// Ensure a section is decoded strictly and judged with the key of each fault.
func TestConfig(t *testing.T) {
	tests := []struct {
		name, toml, account string
		faults, warnings    []string
	}{
		{name: "polling", toml: `token = "` + goodToken + `"`, account: "7001112223"},
		{name: "polling by name", toml: `mode = "polling"` + "\n" + `token = "` + goodToken + `"`, account: "7001112223"},
		{name: "webhook", toml: "mode = 'webhook'\nsecret_token = 'abc'\ntoken = '" + goodToken + "'", account: "7001112223"},
		{name: "two secrets", toml: "mode = 'webhook'\nsecret_token = ['new-1', 'old_0']\ntoken = '" + goodToken + "'", account: "7001112223"},
		{name: "own server", toml: "api_url = 'http://127.0.0.1:8081/'\ntoken = '" + goodToken + "'", account: "7001112223"},
		{name: "common keys", toml: "enabled = false\nonly_from = ['1']\nrate = 10.0\ntoken = '" + goodToken + "'", account: "7001112223"},
		{name: "nothing", faults: []string{"token"}},
		{name: "odd token", toml: `token = "123:abc"`, account: "123", warnings: []string{"token"}},
		{name: "no token at all", toml: `token = "hello"`, warnings: []string{"token"}},
		{name: "username in token", toml: `token = "@acme:bot"`, warnings: []string{"token"}},
		{name: "mode", toml: "mode = 'push'\ntoken = '" + goodToken + "'", account: "7001112223", faults: []string{"mode"}},
		{name: "webhook without secret", toml: "mode = 'webhook'\ntoken = '" + goodToken + "'", account: "7001112223", faults: []string{"secret_token"}},
		{name: "secret with a blank", toml: "secret_token = 'a b'\ntoken = '" + goodToken + "'", account: "7001112223", faults: []string{"secret_token"}},
		{
			name: "secret too long", toml: "secret_token = '" + strings.Repeat("a", 257) + "'\ntoken = '" + goodToken + "'",
			account: "7001112223", faults: []string{"secret_token"},
		},
		{name: "api_url", toml: "api_url = 'api.telegram.org'\ntoken = '" + goodToken + "'", account: "7001112223", faults: []string{"api_url"}},
		{name: "api_url scheme", toml: "api_url = 'ftp://x'\ntoken = '" + goodToken + "'", account: "7001112223", faults: []string{"api_url"}},
		{name: "all at once", toml: "mode = 'webhook'\napi_url = ':'", faults: []string{"token", "secret_token", "api_url"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var conf telegram.Config
			if err := toml.NewDecoder(strings.NewReader(test.toml)).DisallowUnknownFields().Decode(&conf); err != nil {
				t.Fatalf("Decode = %v", err)
			}
			var faults, warnings []string
			for _, p := range conf.Validate() {
				if p.Text == "" {
					t.Errorf("problem with %s has no text", p.Key)
				}
				if p.Warning {
					warnings = append(warnings, p.Key)
				} else {
					faults = append(faults, p.Key)
				}
			}
			if !reflect.DeepEqual(faults, test.faults) || !reflect.DeepEqual(warnings, test.warnings) {
				t.Errorf("Validate = faults %q, warnings %q, want %q, %q", faults, warnings, test.faults, test.warnings)
			}
			if got := conf.Account("support"); got != test.account {
				t.Errorf("Account = %q, want %q", got, test.account)
			}
			if _, err := telegram.New(&conf, channels.Deps{}); (err != nil) != (len(faults) > 0) {
				t.Errorf("New = %v with faults %q", err, faults)
			}
		})
	}
}

// Ensure a typo in a key is refused.
func TestConfigUnknownKey(t *testing.T) {
	var conf telegram.Config
	err := toml.NewDecoder(strings.NewReader(`secret = "x"`)).DisallowUnknownFields().Decode(&conf)
	if err == nil {
		t.Error("Decode of an unknown key = nil, want an error")
	}
}
