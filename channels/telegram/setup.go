package telegram

import (
	"context"
	"net/url"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Setup learns the bot's name, sets the webhook in webhook mode if endpoint is known, and registers the commands. It
// can be repeated: what is set already stays as it is.
func (a *adapter) Setup(ctx context.Context, endpoint string) error {
	var self tgbotapi.User
	if err := a.ask(ctx, "getMe", nil, &self); err != nil {
		return operators("look up the bot", err)
	}
	a.self.Store(&self)
	if a.webhook && endpoint != "" {
		if err := a.hook(ctx, endpoint); err != nil {
			return operators("set the webhook", err)
		}
	}
	if err := a.register(ctx); err != nil {
		return operators("register the commands", err)
	}
	return nil
}

// hook sets the webhook. It is set also where it stands already, because Telegram does not tell with which secret.
// https://core.telegram.org/bots/api#setwebhook
func (a *adapter) hook(ctx context.Context, endpoint string) error {
	var old tgbotapi.WebhookInfo
	if err := a.ask(ctx, "getWebhookInfo", nil, &old); err != nil {
		return err
	}
	_, err := a.call(ctx, a.http, "setWebhook", tgbotapi.Params{
		"url":             endpoint,
		"secret_token":    a.secrets[0],
		"allowed_updates": jsonOf(asked()),
	})
	if err != nil {
		return err
	}
	if old.URL != "" && hostOf(old.URL) != hostOf(endpoint) {
		a.log.Warn("webhook taken over: the bot's messages went elsewhere", "from", hostOf(old.URL))
	}
	return nil
}

// hostOf returns the host of a URL. The rest may hold a secret.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "an unknown host"
	}
	return u.Host
}
