package slackdesk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"patchbay/handover/slackdesk"
)

func TestRoutesAreChecked(t *testing.T) {
	const head = "bot_token = \"xoxb-1\"\napp_token = \"xapp-1\"\nchannel = \"C0123456789\"\nteams = { billing = \"C0123456781\" }\n"
	tests := []struct {
		name, routes string
		want         []string
	}{
		{"fine", `[[routes]]
channel = "telegram/support"
language = "pt"
words = ["refund"]
team = "Billing"
tag = "vip"
hours = "18:00-09:00"
to = "billing"
[[routes]]
channel = "whatsapp"
to = "C0123456782"`, nil},
		{"nowhere", "[[routes]]\ntag = \"a\"", []string{"routes[0].to"}},
		{"no such team", "[[routes]]\ntag = \"a\"\nto = \"sales\"", []string{"routes[0].to"}},
		{"no such channel", "[[routes]]\nchannel = \"Telegram\"\nto = \"billing\"", []string{"routes[0].channel"}},
		{"a language's name", "[[routes]]\nlanguage = \"Portuguese\"\nto = \"billing\"", []string{"routes[0].language"}},
		{"an empty word", "[[routes]]\nwords = [\" \"]\nto = \"billing\"", []string{"routes[0].words"}},
		{"no times", "[[routes]]\nhours = \"night\"\nto = \"billing\"", []string{"routes[0].hours"}},
		{"times that are none", "[[routes]]\nhours = \"18:00-25:00\"\nto = \"billing\"", []string{"routes[0].hours"}},
		{"no hours", "[[routes]]\nhours = \"outside\"\nto = \"billing\"", []string{"routes[0].hours"}},
		{"with hours", "[[routes]]\nhours = \"outside\"\nto = \"billing\"\n[hours]\ntimezone = \"UTC\"\nmon = \"09:00-17:00\"", nil},
		{"never reached", "[[routes]]\nto = \"billing\"\n[[routes]]\ntag = \"a\"\nto = \"billing\"", []string{"routes[1]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c slackdesk.Config
			if err := toml.NewDecoder(strings.NewReader(head + test.routes)).DisallowUnknownFields().Decode(&c); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range c.Validate() {
				got = append(got, p.Key)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("Validate() = %q, want %q", got, test.want)
			}
		})
	}
}

// Ensure that a rule's times go over midnight, in the desk's time zone.
func TestRoutesAtNight(t *testing.T) {
	c := slackdesk.Config{Routes: []slackdesk.Route{{Hours: "18:00-09:00", To: "C0123456781"}}}
	c.Hours.Timezone, c.Hours.Mon = "Europe/Berlin", "09:00-18:00"
	night := c.Policy().Routes[0].Hours
	for at, want := range map[string]bool{
		"2026-11-23T16:59:00Z": false, "2026-11-23T17:00:00Z": true, "2026-11-23T23:30:00Z": true, "2026-11-24T07:59:00Z": true, "2026-11-24T08:00:00Z": false,
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := night.Open(instant); got != want {
			t.Errorf("at %s: %v, want %v", at, got, want)
		}
	}
}
