package app_test

import (
	"fmt"

	"patchbay/channels"
	"patchbay/gateway/app"
	"patchbay/gateway/standard"
)

// All that is wrong with a config is told at once, each fault with its line and key.
func ExampleParse() {
	_, err := app.Parse("config.toml", []byte(`
[bot]
kind = "none"

[channels.telegram.support]
tokn = "env:TELEGRAM_TOKEN"
mode = "webhook"
`), standard.Kit())
	for _, fault := range app.Faults(err) {
		fmt.Println(fault)
	}
	// Output:
	// config.toml:5: channels.telegram.support.token: missing: @BotFather gives it
	// config.toml:5: channels.telegram.support.secret_token: missing: mode = "webhook" needs it, to know Telegram's calls from others
	// config.toml:5: channels.telegram.support.desk: there is no [slack] to hand over to
	// config.toml:6: channels.telegram.support.tokn: unknown key; did you mean token?
}

// pager is the section of a channel that Patchbay does not come with.
type pager struct {
	channels.Common
	Number string `toml:"number"`
}

func (p *pager) Account(string) string { return p.Number }

func (p *pager) Validate() []channels.Problem {
	if p.Number == "" {
		return []channels.Problem{{Key: "number", Text: "missing"}}
	}
	return nil
}

// newPager would make the adapter.
func newPager(*pager, channels.Deps) (channels.Adapter, error) { return nil, nil }

// A channel of one's own is appended to a Kit, and its section is decoded as strictly as the others.
func ExampleChannel() {
	kit := standard.Kit()
	kit.Channels = append(kit.Channels, app.Channel("pager", newPager))
	_, err := app.Parse("config.toml", []byte(`
[bot]
kind = "none"

[slack]
bot_token = "xoxb-1"
app_token = "xapp-1"
channel = "C0123456789"

[channels.pager.door]
nmuber = "117"
`), kit)
	fmt.Println(err)
	// Output:
	// config.toml:10: channels.pager.door.number: missing
	// config.toml:11: channels.pager.door.nmuber: unknown key; did you mean number?
}
