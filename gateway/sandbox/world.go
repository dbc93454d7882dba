// Package sandbox is a small world around a gateway: stand-ins for every platform, for Slack and for a bot, on the
// loopback, with the customers and agents who use them. The demo plays on it, and tests do.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/bots/botstest"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest/loopback"
)

// Options say what world it is. The zero value has the platforms' own rates, polls Telegram and uses Slack's Socket Mode.
type Options struct {
	Webhooks bool              // Telegram and Slack call the gateway, instead of being asked
	Unpaced  bool              // no rate limits anywhere
	Bot      []botstest.Rule   // what the bot says
	BotLines string            // lines of TOML for [bot], instead of those for the stand-in
	Extra    string            // more lines of TOML, at the end
	Sections map[string]string // more lines of TOML in a section, by its name: "bot", "handover", "slack", …
	Store    string            // the database's URL
	Admin    string            // of [server]
	Change   func(*Platforms)  // changes the stand-ins before they start; nil leaves them
}

// Platforms are the stand-ins' own options.
type Platforms struct {
	Telegram telegramtest.Config
	WhatsApp whatsapptest.Options
	Shop     webhooktest.Config
	Slack    slacktest.Options
	Bot      botstest.Options
}

// World is the stand-ins. The caller closes it.
type World struct {
	Telegram *telegramtest.Server
	WhatsApp *whatsapptest.Server
	Shop     *webhooktest.Server
	Slack    *slacktest.Server
	Bot      *botstest.Server
	o        Options
	port     *loopback.Port // the bot's
}

// The names of the world's channels.
const (
	Telegram = "telegram/support"
	WhatsApp = "whatsapp/main"
	Shop     = "webhook/shop"
)

const telegramSecret = "sandbox-secret-token"

// Start starts the stand-ins.
func Start(o Options) (w *World, err error) {
	w = &World{o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	p := Platforms{
		Telegram: telegramtest.Config{Redeliver: 200 * time.Millisecond},
		Slack:    slacktest.Options{Socket: !o.Webhooks, Unpaced: o.Unpaced, Retries: []time.Duration{0, 200 * time.Millisecond, time.Second}},
	}
	if o.Unpaced {
		p.Telegram.Rate, p.Telegram.ChatRate = -1, -1
		p.WhatsApp.Throughput, p.WhatsApp.PairBurst = unpaced, unpaced
	}
	if o.Change != nil {
		o.Change(&p)
	}
	if w.Telegram, err = telegramtest.Start(p.Telegram); err != nil {
		return w, err
	}
	if w.WhatsApp, err = whatsapptest.Start(p.WhatsApp); err != nil {
		return w, err
	}
	if w.Shop, err = webhooktest.Start(p.Shop); err != nil {
		return w, err
	}
	if w.Slack, err = slacktest.New(p.Slack); err != nil {
		return w, err
	}
	// The bot is stopped and goes on in some of what is played here. Its port stays its own meanwhile.
	if w.port, err = loopback.Hold(); err != nil {
		return w, err
	}
	p.Bot.Addr = w.port.Address()
	if w.Bot, err = botstest.Start(p.Bot); err != nil {
		return w, err
	}
	w.Bot.Script(o.Bot...)
	return w, nil
}

// unpaced is a rate that nothing reaches.
const unpaced = 1_000_000

// Close ends the stand-ins.
func (w *World) Close() error {
	var errs []error
	if w.Telegram != nil {
		errs = append(errs, w.Telegram.Close())
	}
	if w.WhatsApp != nil {
		errs = append(errs, w.WhatsApp.Close())
	}
	if w.Shop != nil {
		errs = append(errs, w.Shop.Close())
	}
	if w.Slack != nil {
		errs = append(errs, w.Slack.Close())
	}
	if w.Bot != nil {
		w.Bot.Close()
	}
	if w.port != nil {
		w.port.Close()
	}
	return errors.Join(errs...)
}

// Config returns the config of a gateway that lives in this world and is called at public, such as
// "http://127.0.0.1:8080".
func (w *World) Config(public string) string {
	var b strings.Builder
	section := func(name string, lines ...string) {
		fmt.Fprintf(&b, "[%s]\n%s\n%s\n\n", name, strings.Join(lines, "\n"), w.o.Sections[name])
	}
	set := func(key string, value any) string { return fmt.Sprintf("%s = %q", key, fmt.Sprint(value)) }
	rate := ""
	if w.o.Unpaced {
		rate = fmt.Sprintf("rate = %d\nchat_rate = %d", unpaced, unpaced)
	}
	section("server", set("listen", strings.TrimPrefix(public, "http://")), set("admin", w.o.Admin), set("public_url", public))
	section("store", set("url", w.o.Store))
	if w.o.BotLines != "" {
		section("bot", w.o.BotLines)
	} else {
		section("bot", `kind = "http"`, set("url", w.Bot.URL()))
	}
	section("handover")
	slack := []string{set("bot_token", slacktest.BotToken), set("channel", slacktest.Support), set("api_url", w.Slack.APIURL()), rate}
	if w.o.Unpaced && !strings.Contains(w.o.Sections["slack"], "undo") {
		slack = append(slack, `undo = "0s"`) // a world without limits has no patience either
	}
	mode := `mode = "polling"`
	if w.o.Webhooks {
		slack = append(slack, set("signing_secret", slacktest.SigningSecret))
		mode = "mode = \"webhook\"\n" + set("secret_token", telegramSecret)
	} else {
		slack = append(slack, set("app_token", slacktest.AppToken))
	}
	section("slack", slack...)
	section("channels.telegram.support", mode, set("token", w.Telegram.Token()), set("api_url", w.Telegram.URL()), rate)
	wa := w.WhatsApp.Options()
	section("channels.whatsapp.main", set("phone_number_id", wa.PhoneNumberID), set("access_token", wa.AccessToken),
		set("app_secret", wa.AppSecret), set("verify_token", wa.VerifyToken), set("api_url", w.WhatsApp.URL()), rate)
	section("channels.webhook.shop", set("secret", w.Shop.Secret()), set("send_url", w.Shop.URL()), rate)
	b.WriteString(w.o.Extra)
	return b.String()
}

// Connect points the platforms that call us at a gateway that is called at public.
func (w *World) Connect(ctx context.Context, public string) error {
	if w.o.Webhooks {
		w.Slack.Deliver(public+"/slack/events", public+"/slack/actions", public+"/slack/commands")
	}
	return w.WhatsApp.Subscribe(ctx, public+"/channels/"+WhatsApp)
}
