package telegram

import (
	"encoding/json"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// asked are the kinds of update that are asked for. message_reaction comes only from chats where the bot is an
// administrator, so from no private chat today. https://core.telegram.org/bots/api#update.
func asked() []string {
	return []string{"message", "edited_message", "callback_query", "my_chat_member", "message_reaction"}
}

// message is the library's Message with what came to the Bot API after it.
type message struct {
	tgbotapi.Message
	Thread    int             `json:"message_thread_id"`
	InTopic   bool            `json:"is_topic_message"`
	Business  string          `json:"business_connection_id"`
	Origin    *origin         `json:"forward_origin"`
	Quote     *quote          `json:"quote"`
	FromOther json.RawMessage `json:"external_reply"`
	Sticker   *sticker        `json:"sticker"`
}

// place returns where m stands. A thread outside topics is only a chain of replies and cannot be written to.
func (m *message) place() place {
	p := place{chat: m.Chat.ID}
	if m.InTopic {
		p.thread = m.Thread
	}
	return p
}

// origin is https://core.telegram.org/bots/api#messageorigin, all its types in one.
type origin struct {
	User   *tgbotapi.User `json:"sender_user"`
	Name   string         `json:"sender_user_name"`
	Sender *tgbotapi.Chat `json:"sender_chat"`
	Chat   *tgbotapi.Chat `json:"chat"`
}

// quote is https://core.telegram.org/bots/api#textquote.
type quote struct {
	Text   string `json:"text"`
	Manual bool   `json:"is_manual"`
}

// sticker is the library's Sticker with what came after it.
type sticker struct {
	tgbotapi.Sticker
	Video bool `json:"is_video"`
}

// callback is https://core.telegram.org/bots/api#callbackquery. Message has no text and no keyboard when it is too old.
type callback struct {
	ID      string         `json:"id"`
	From    *tgbotapi.User `json:"from"`
	Message *message       `json:"message"`
	Data    string         `json:"data"`
}

// reaction is https://core.telegram.org/bots/api#messagereactionupdated.
type reaction struct {
	Chat    *tgbotapi.Chat `json:"chat"`
	Message int            `json:"message_id"`
	User    *tgbotapi.User `json:"user"`
	Date    int64          `json:"date"`
	New     []struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	} `json:"new_reaction"`
}

// member is https://core.telegram.org/bots/api#chatmemberupdated, as far as it is needed.
type member struct {
	Chat *tgbotapi.Chat `json:"chat"`
	From *tgbotapi.User `json:"from"`
	Date int64          `json:"date"`
	Old  status         `json:"old_chat_member"`
	New  status         `json:"new_chat_member"`
}

type status struct {
	Status string `json:"status"`
}

// here reports whether somebody with the status is in the chat.
func (s status) here() bool {
	switch s.Status {
	case "creator", "administrator", "member", "restricted":
		return true
	}
	return false
}
