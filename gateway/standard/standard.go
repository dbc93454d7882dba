// Package standard is the one place that names every adapter, desk and bot that Patchbay comes with.
package standard

import (
	"patchbay/channels"
	"patchbay/channels/telegram"
	"patchbay/channels/webhook"
	"patchbay/channels/whatsapp"
	"patchbay/gateway/app"
	"patchbay/gateway/bench"
	"patchbay/gateway/bots/faq"
	"patchbay/gateway/bots/httpbot"
	"patchbay/gateway/bots/none"
	"patchbay/gateway/bots/rasa"
	"patchbay/gateway/sandbox"
	"patchbay/handover"
	"patchbay/handover/slackdesk"
)

// Kit returns a Kit with all of them. Append to it to add your own.
func Kit() app.Kit {
	wa := app.Channel("whatsapp", whatsapp.New)
	wa.Title = "WhatsApp"
	hook := app.Channel("webhook", webhook.New)
	hook.Trial = sandbox.Trial
	return app.Kit{
		Channels: []app.ChannelKind{app.Channel("telegram", telegram.New), wa, hook},
		Desks:    []app.DeskKind{slack()},
		Bots:     []app.BotKind{app.Bot("faq", faq.New), app.Bot("http", httpbot.New), app.Bot("rasa", rasa.New), app.Bot("none", none.New)},
		Demo:     sandbox.Demo,
		Bench:    bench.Run,
	}
}

// slack fits the Slack desk to the program.
func slack() app.DeskKind {
	return app.Desk("slack", app.DeskSpec[slackdesk.Config]{
		New: func(c slackdesk.Config, d app.DeskDeps) (handover.Desk, error) {
			return slackdesk.New(c, slackdesk.Deps{Name: d.Name, HTTP: d.HTTP, Log: d.Log, Now: d.Now, Install: d.Install, Places: d.Places})
		},
		Validate: func(c slackdesk.Config) []channels.Problem {
			var problems []channels.Problem
			for _, p := range c.Validate() {
				problems = append(problems, channels.Problem(p))
			}
			return problems
		},
		Places: func(c slackdesk.Config) (threads, operator string) { return c.Channel, c.OpsChannel },
		Called: func(c slackdesk.Config) bool { return !c.Socket() },
		// Slack tells one address, or one of an app's sockets, what agents do, so two desks cannot share a bot token.
		Account:  func(c slackdesk.Config) string { return c.BotToken.Reveal() },
		Policy:   slackdesk.Config.Policy,
		Replies:  func(c slackdesk.Config) string { return c.Replies },
		Manifest: manifest,
	})
}

// manifest describes the Slack app of a desk. A further desk is an app of its own, and says so in its name.
func manifest(c slackdesk.Config, o app.ManifestOptions) string {
	m := slackdesk.ManifestOptions{PublicURL: o.PublicURL, Desk: o.Name, Socket: c.Socket()}
	if !o.Default {
		m.Name = "Patchbay " + o.Name
	}
	return slackdesk.Manifest(m)
}
