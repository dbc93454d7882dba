package telegram

import (
	"context"
	"slices"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

// reactions returns the emoji that Telegram takes: https://core.telegram.org/bots/api#reactiontypeemoji
func reactions() []string {
	return strings.Fields(
		"👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 " +
			"👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡")
}

// bare is an emoji without a colour of skin and without a variation selector: Telegram has reactions in one form.
func bare(emoji string) string {
	return strings.NewReplacer("\ufe0f", "", "🏻", "", "🏼", "", "🏽", "", "🏾", "", "🏿", "").Replace(emoji)
}

// React sets the bot's reaction on a message. The library has no method for it: it came with Bot API 7.0.
// https://core.telegram.org/bots/api#setmessagereaction
func (a *adapter) React(ctx context.Context, address, id, emoji string) error {
	p, err := parsePlace(address)
	if err != nil {
		return err
	}
	type reactionType struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	}
	list := []reactionType{}
	if emoji != "" {
		emoji = bare(emoji)
		if !slices.Contains(reactions(), emoji) {
			return channels.Errorf(channels.Rejected, "telegram: this emoji is none of the reactions that Telegram takes")
		}
		list = append(list, reactionType{"emoji", emoji})
	}
	params := tgbotapi.Params{"message_id": id, "reaction": jsonOf(list)}
	p.aim(params)
	_, err = a.call(ctx, a.http, "setMessageReaction", params)
	return err
}

var _ channels.Reacter = (*adapter)(nil)
