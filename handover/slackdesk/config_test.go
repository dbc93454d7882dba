package slackdesk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/pelletier/go-toml/v2"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

func TestConfigDecodes(t *testing.T) {
	const section = `
bot_token = "xoxb-1"
app_token = "xapp-1"
signing_secret = ["new", "old"]
channel = "C0123456789"
ops_channel = "C0123456780"
agent_name = "real"
api_url = "http://127.0.0.1:1/api/"
rate = 2
chat_rate = 0.5
`
	var c slackdesk.Config
	if err := toml.NewDecoder(strings.NewReader(section)).DisallowUnknownFields().Decode(&c); err != nil {
		t.Fatal(err)
	}
	if found := c.Validate(); len(found) != 0 {
		t.Errorf("Validate() = %v, want nothing", found)
	}
	if got := c.SigningSecret.Reveal(); !slices.Equal(got, []string{"new", "old"}) || c.Channel != "C0123456789" || c.ChatRate != 0.5 || !c.Socket() {
		t.Errorf("decoded %+v", c)
	}
	if printed := fmt.Sprintf("%+v %#v", c, c); strings.Contains(printed, "xoxb") || strings.Contains(printed, "new") {
		t.Errorf("a printed section shows secrets: %s", printed)
	}
}

func TestConfigValidate(t *testing.T) {
	valid := func(change func(*slackdesk.Config)) slackdesk.Config {
		c := slackdesk.Config{BotToken: models.NewSecret("xoxb-1"), AppToken: models.NewSecret("xapp-1"), Channel: "C0123456789"}
		change(&c)
		return c
	}
	tests := []struct {
		name string
		conf slackdesk.Config
		want []string // keys; a warning has a question mark
	}{
		{"socket", valid(func(*slackdesk.Config) {}), nil},
		{"http", valid(func(c *slackdesk.Config) {
			c.AppToken, c.SigningSecret = models.Secret{}, models.Secrets{models.NewSecret("s")}
		}), nil},
		{"nothing", slackdesk.Config{}, []string{"bot_token", "signing_secret", "channel"}},
		{"neither token nor secret", valid(func(c *slackdesk.Config) { c.AppToken = models.Secret{} }), []string{"signing_secret"}},
		{"empty list of secrets", valid(func(c *slackdesk.Config) {
			c.AppToken, c.SigningSecret = models.Secret{}, models.Secrets{models.Secret{}}
		}), []string{"signing_secret"}},
		{"user token", valid(func(c *slackdesk.Config) { c.BotToken = models.NewSecret("xoxp-1") }), []string{"bot_token?"}},
		{"tokens mixed up", valid(func(c *slackdesk.Config) { c.BotToken, c.AppToken = c.AppToken, c.BotToken }), []string{"bot_token?", "app_token?"}},
		{"channel's name", valid(func(c *slackdesk.Config) { c.Channel = "#support" }), []string{"channel?"}},
		{"ops channel's name", valid(func(c *slackdesk.Config) { c.OpsChannel = "ops" }), []string{"ops_channel?"}},
		{"private channel", valid(func(c *slackdesk.Config) { c.Channel = "G0123456789" }), nil},
		{"agent name", valid(func(c *slackdesk.Config) { c.AgentName = "last" }), []string{"agent_name"}},
		{"address", valid(func(c *slackdesk.Config) { c.APIURL = "slack.com/api" }), []string{"api_url"}},
		{"address of another kind", valid(func(c *slackdesk.Config) { c.APIURL = "ftp://slack.com" }), []string{"api_url"}},
		{"how chats go", valid(func(c *slackdesk.Config) {
			c.Lock, c.Rating, c.Categories = "owner", "stars", []string{"Order", "Refund"}
			c.Teams = map[string]string{"billing": "C0123456780", "it": "G0123456780"}
		}), nil},
		{"words that are none", valid(func(c *slackdesk.Config) { c.Lock, c.Rating = "all", "five" }), []string{"lock", "rating"}},
		{"categories", valid(func(c *slackdesk.Config) {
			c.Categories = []string{"Order", " ", "Order", strings.Repeat("x", 76)}
		}), []string{"categories[1]", "categories[2]", "categories[3]"}},
		{"too many categories", valid(func(c *slackdesk.Config) {
			for i := range 101 {
				c.Categories = append(c.Categories, fmt.Sprint("c", i))
			}
		}), []string{"categories"}},
		{"teams", valid(func(c *slackdesk.Config) {
			c.Teams = map[string]string{"Billing": "C0123456780", "it": "", "sales": "#sales"}
		}), []string{"teams", "teams.it", "teams.sales?"}},
		{"rates", valid(func(c *slackdesk.Config) { c.Rate, c.ChatRate = -1, -1 }), []string{"rate", "chat_rate"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			fault := false
			for _, p := range test.conf.Validate() {
				key := p.Key
				if p.Warning {
					key += "?"
				} else {
					fault = true
				}
				if p.Text == "" {
					t.Errorf("%s has no text", p.Key)
				}
				got = append(got, key)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("Validate() = %v, want %v", got, test.want)
			}
			if _, err := slackdesk.New(test.conf, slackdesk.Deps{}); (err != nil) != fault {
				t.Errorf("New() = %v, want an error: %v", err, fault)
			}
		})
	}
}

// manifest is what Slack reads of one.
type manifest struct {
	Display struct {
		Name string `yaml:"name"`
	} `yaml:"display_information"`
	Features struct {
		BotUser struct {
			DisplayName string `yaml:"display_name"`
		} `yaml:"bot_user"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			URL    string   `yaml:"request_url"`
			Events []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			On  bool   `yaml:"is_enabled"`
			URL string `yaml:"request_url"`
		} `yaml:"interactivity"`
		Socket bool `yaml:"socket_mode_enabled"`
	} `yaml:"settings"`
}

func TestManifest(t *testing.T) {
	tests := []struct {
		name            string
		opts            slackdesk.ManifestOptions
		app, bot        string
		events, actions string
	}{
		{"socket", slackdesk.ManifestOptions{Socket: true, PublicURL: "https://x.example"}, "Patchbay", "patchbay", "", ""},
		{"http", slackdesk.ManifestOptions{Name: "Acme: Desk #1 \"x\"", PublicURL: "https://chat.example/"}, "Acme: Desk #1 \"x\"", "acme--desk--1--x",
			"https://chat.example/slack/events", "https://chat.example/slack/actions"},
		{"further desk", slackdesk.ManifestOptions{Name: strings.Repeat("n", 50), PublicURL: "https://chat.example", Desk: "billing"},
			strings.Repeat("n", 34) + "…", strings.Repeat("n", 34), "https://chat.example/slack/billing/events", "https://chat.example/slack/billing/actions"},
		{"no public address", slackdesk.ManifestOptions{Desk: "slack"}, "Patchbay", "patchbay", "https://chat.example.com/slack/events", "https://chat.example.com/slack/actions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := slackdesk.Manifest(test.opts)
			var m manifest
			if err := yaml.Unmarshal([]byte(text), &m); err != nil {
				t.Fatalf("the manifest is no YAML: %v\n%s", err, text)
			}
			if m.Display.Name != test.app || m.Features.BotUser.DisplayName != test.bot {
				t.Errorf("names %q and %q, want %q and %q", m.Display.Name, m.Features.BotUser.DisplayName, test.app, test.bot)
			}
			if m.Settings.Events.URL != test.events || m.Settings.Interactivity.URL != test.actions {
				t.Errorf("addresses %q and %q, want %q and %q", m.Settings.Events.URL, m.Settings.Interactivity.URL, test.events, test.actions)
			}
			if m.Settings.Socket != test.opts.Socket || !m.Settings.Interactivity.On {
				t.Errorf("socket mode %v, interactivity %v", m.Settings.Socket, m.Settings.Interactivity.On)
			}
			if want := []string{"message.channels", "message.groups", "reaction_added", "reaction_removed", "app_home_opened"}; !slices.Equal(m.Settings.Events.Events, want) {
				t.Errorf("events %v, want %v", m.Settings.Events.Events, want)
			}
			for _, scope := range m.OAuth.Scopes.Bot {
				if !strings.Contains(text, "- "+scope+" # ") {
					t.Errorf("scope %s has no reason", scope)
				}
			}
		})
	}
}

// TestManifestIsEnough runs the desk with no more than the manifest's scopes.
func TestManifestIsEnough(t *testing.T) {
	var m manifest
	if err := yaml.Unmarshal([]byte(slackdesk.Manifest(slackdesk.ManifestOptions{})), &m); err != nil {
		t.Fatal(err)
	}
	w := start(t, slacktest.Options{Scopes: m.OAuth.Scopes.Bot}, nil)
	thread := w.open(t)
	if _, err := w.desk.Post(t.Context(), thread, said("a")); err != nil {
		t.Error(err)
	}
	if _, err := w.event(t, reply(nil)); err != nil {
		t.Error(err)
	}
	for _, f := range w.desk.Check(t.Context(), nil) {
		if !f.OK {
			t.Errorf("Check() says %q", f.Text)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		opts   slacktest.Options
		change func(*slacktest.Server)
		places []string
		want   []string // in order; ! is a fault, ? a warning
	}{
		{"all is well", slacktest.Options{Socket: true}, nil, []string{slacktest.Support, ""},
			[]string{"the app is @patchbay in https://acme.slack.com/", "scopes: all", "#support (C0SUPPORT1): the app is in it", "Socket Mode works"}},
		{"over HTTP", slacktest.Options{}, nil, nil,
			[]string{"the app is @patchbay", "scopes: all", "#support (C0SUPPORT1): the app is in it"}},
		{"dead token", slacktest.Options{}, func(s *slacktest.Server) { s.Break(slacktest.Fault{Error: "invalid_auth"}) }, nil,
			[]string{"!install the app again"}},
		{"missing scopes", slacktest.Options{Scopes: []string{"chat:write", "channels:read", "channels:history"}}, nil, nil,
			[]string{"the app is", "?groups:history is missing", "?groups:read is missing", "!install it again: https://api.slack.com/apps", "?reactions:write is missing", "?files:write is missing", "?files:read is missing", "?commands is missing", "?reactions:read is missing", "the app is in it"}},
		{"where to install it again", slacktest.Options{Scopes: []string{
			"chat:write", "channels:read", "channels:history", "groups:read", "groups:history", "users:read", "files:write", "files:read", "commands", "reactions:read",
		}}, nil, nil, []string{"the app is", "?install it again: https://api.slack.com/apps/" + slacktest.App + "/oauth (without it, replies get no marks", "the app is in it"}},
		{"unknown scopes", slacktest.Options{}, (*slacktest.Server).HideScopes, nil,
			[]string{"the app is", "?so they are unknown", "the app is in it"}},
		{"places", slacktest.Options{}, func(s *slacktest.Server) {
			s.AddChannel(slacktest.Channel{ID: "C0OUTSIDE1", Name: "outside", Outside: true})
			s.AddChannel(slacktest.Channel{ID: "C0ARCHIVE1", Name: "archive", Archived: true})
			s.AddChannel(slacktest.Channel{ID: "C0SHARED01", Name: "shared", Shared: true})
		}, []string{"C0OUTSIDE1", "C0ARCHIVE1", "C0SHARED01", "C0NOWHERE1", "C0SHARED01"},
			[]string{"the app is", "scopes: all", "#support", "!/invite @patchbay", "!archived", "?shared with another organization", "!C0NOWHERE1 does not exist"}},
		{"app token", slacktest.Options{Socket: true}, func(s *slacktest.Server) {
			s.Break(slacktest.Fault{Method: "apps.connections.open", Error: "missing_scope", Needed: "connections:write"})
		}, nil, []string{"the app is", "scopes: all", "#support", "!connections:write"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, test.opts, nil)
			if test.change != nil {
				test.change(w.slack)
			}
			found := w.desk.Check(soon(t), test.places)
			if len(found) != len(test.want) {
				t.Fatalf("Check() = %v, want %d findings", found, len(test.want))
			}
			for i, f := range found {
				if !says(f, test.want[i]) {
					t.Errorf("finding %d is %+v, want %q", i, f, test.want[i])
				}
			}
			if n := w.slack.Calls("chat.postMessage"); n != 0 {
				t.Errorf("Check() posted %d times", n)
			}
		})
	}
}

// says reports whether f is what want says, with its sign.
func says(f handover.Finding, want string) bool {
	ok, warning := true, false
	switch want[0] {
	case '!':
		ok, want = false, want[1:]
	case '?':
		ok, warning, want = false, true, want[1:]
	}
	return f.OK == ok && f.Warning == warning && strings.Contains(f.Text, want)
}

// Ensure that a desk whose replies wait for a check mark is told that it cannot see any.
func TestCheckConfirm(t *testing.T) {
	opts := slacktest.Options{Scopes: []string{
		"chat:write", "channels:read", "channels:history", "groups:read", "groups:history", "users:read", "reactions:write", "commands",
	}}
	for reply, want := range map[string]string{"direct": "?reactions:read is missing", "confirm": "!reactions:read is missing"} {
		w := start(t, opts, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.Reply = reply })
		found := w.desk.Check(soon(t), nil)
		if !slices.ContainsFunc(found, func(f handover.Finding) bool { return says(f, want) }) {
			t.Errorf("Check() of %s = %v, want %q", reply, found, want)
		}
	}
}

// Ensure that the keys that say when a reply goes out are read, and judged.
func TestConfigReplies(t *testing.T) {
	span := func(d time.Duration) *models.Duration { return &models.Duration{Duration: d} }
	tests := []struct {
		name    string
		reply   string
		undo    *models.Duration
		key     string // of the problem; "" is none
		confirm bool
		want    time.Duration
	}{
		{"nothing", "", nil, "", false, 0},
		{"direct", "direct", span(7 * time.Second), "", false, 7 * time.Second},
		{"confirm", "confirm", nil, "", true, 0},
		{"none", "", span(0), "", false, -1},
		{"another word", "later", nil, "reply", false, 0},
		{"negative", "", span(-time.Second), "undo", false, -time.Second},
		{"too long", "", span(time.Minute), "undo", false, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := slackdesk.Config{
				BotToken: models.NewSecret("xoxb-1"), AppToken: models.NewSecret("xapp-1"), Channel: "C0123456789", Reply: tt.reply, Undo: tt.undo,
			}
			key := ""
			for _, p := range c.Validate() {
				key = p.Key
			}
			if key != tt.key {
				t.Errorf("Validate() finds %q wrong, want %q", key, tt.key)
			}
			if p := c.Policy(); p.Confirm != tt.confirm || p.Undo != tt.want {
				t.Errorf("Policy() = %+v, want confirm %v and undo %v", p, tt.confirm, tt.want)
			}
		})
	}
}
