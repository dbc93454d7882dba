// Package telegram is the channel for one Telegram bot: customers write to it in private chats.
//
// Updates come by long polling (the default, which needs no public address) or by webhook. Both are read by the same
// code. An update that this package does not know is acknowledged and ignored; a message whose content it does not know
// becomes a line that says so. The Bot API is called through [tgbotapi.BotAPI.MakeRequest], one BotAPI value a call,
// because that library knows no context: the value's HTTP client carries it.
//
// The page of the platform is https://core.telegram.org/bots/api.
package telegram
