package telegram

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
	"patchbay/models"
)

// heard is what one update says.
type heard struct {
	id       int64             // update_id; 0 if there is none
	inbound  *channels.Inbound // nil for an update that is nobody's words to us
	callback string            // the callback query to be answered
}

// read reads one update. It fails only for what is no JSON object; what it does not know is logged and gives an empty
// heard, so that the platform can be told that it was taken.
func (a *adapter) read(raw []byte) (heard, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return heard{}, channels.Errorf(channels.Rejected, "telegram: update is no JSON object")
	}
	var h heard
	_ = json.Unmarshal(fields["update_id"], &h.id)
	var err error
	switch body := fields; {
	case has(body, "message"):
		h.inbound, err = a.message(body["message"])
	case has(body, "edited_message"):
		h.inbound, err = a.edited(body["edited_message"], h.id)
	case has(body, "callback_query"):
		h.inbound, h.callback, err = a.pressed(body["callback_query"])
	case has(body, "my_chat_member"):
		h.inbound, err = a.member(body["my_chat_member"], h.id)
	case has(body, "message_reaction"):
		h.inbound, err = a.reacted(body["message_reaction"], h.id)
	default:
		for kind := range fields {
			if kind != "update_id" {
				a.log.Debug("update ignored", "kind", kind)
			}
		}
	}
	if err != nil {
		h.inbound = a.unreadable(fields, h.id)
	}
	return h, nil
}

func has(fields map[string]json.RawMessage, key string) bool {
	value, ok := fields[key]
	return ok && string(value) != "null"
}

// message reads a new message.
func (a *adapter) message(raw json.RawMessage) (*channels.Inbound, error) {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	if m.Chat == nil {
		return nil, errNoChat
	}
	in := &channels.Inbound{
		Key:       fmt.Sprintf("message:%d:%d", m.Chat.ID, m.MessageID),
		Addresses: m.place().addresses(),
		Kind:      channels.Message,
		ID:        strconv.Itoa(m.MessageID),
		At:        at(int64(m.Date)),
		Contact:   contactOf(m.From),
	}
	if !m.Chat.IsPrivate() {
		if !a.addressed(&m) {
			a.log.Debug("message ignored", "reason", "not to the bot")
			return nil, nil
		}
		in.Kind = channels.Elsewhere
	}
	return a.say(in, &m, raw), nil
}

// edited reads the new version of a message. It may look the same as the old one: Telegram tells of some changes that
// nobody sees. Two edits can fall into one second, so the update's own number is part of the key.
func (a *adapter) edited(raw json.RawMessage, update int64) (*channels.Inbound, error) {
	var m message
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	if m.Chat == nil {
		return nil, errNoChat
	}
	if !m.Chat.IsPrivate() {
		a.log.Debug("message ignored", "reason", "edited outside private chats")
		return nil, nil
	}
	return a.say(&channels.Inbound{
		Key:       fmt.Sprintf("edit:%d:%d:%d:%d", m.Chat.ID, m.MessageID, m.EditDate, update),
		Addresses: m.place().addresses(),
		Kind:      channels.Edited,
		ID:        strconv.Itoa(m.MessageID),
		At:        at(int64(m.EditDate)),
		Contact:   contactOf(m.From),
	}, &m, raw), nil
}

// say puts the content of m into in. It returns nil for what is not to be answered.
func (a *adapter) say(in *channels.Inbound, m *message, raw json.RawMessage) *channels.Inbound {
	switch {
	case m.Business != "":
		// Another chat than the bot's own with the same person, whose answers would have to go out through that
		// connection: https://core.telegram.org/bots/api#businessconnection.
		a.log.Warn("message ignored", "reason", "from a Telegram Business account, which is not supported")
		return nil
	case m.From != nil && m.From.IsBot:
		a.log.Debug("message ignored", "reason", "from a bot")
		return nil
	}
	content, ok := a.content(m, raw)
	if !ok {
		a.log.Debug("message ignored", "reason", "nobody wrote it: Telegram tells of a change in the chat")
		return nil
	}
	in.Content = content
	return in
}

// pressed reads a callback query: a button under a message of ours was pressed. It has no date.
func (a *adapter) pressed(raw json.RawMessage) (*channels.Inbound, string, error) {
	var q callback
	if err := json.Unmarshal(raw, &q); err != nil {
		var id struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(raw, &id)
		return nil, id.ID, err
	}
	if q.Message == nil || q.Message.Chat == nil || q.Data == "" {
		a.log.Debug("callback query ignored", "reason", "not of a button of ours")
		return nil, q.ID, nil
	}
	in := &channels.Inbound{
		Key:       "callback:" + q.ID,
		Addresses: q.Message.place().addresses(),
		Kind:      channels.Pressed,
		Contact:   contactOf(q.From),
		Content:   models.Content{Text: q.Data, Payload: q.Data, ReplyTo: strconv.Itoa(q.Message.MessageID)},
	}
	if title, ok := titleOf(q.Message.ReplyMarkup, q.Data); ok {
		in.Content.Text = title
		if q.Data == titleData(title) {
			in.Content.Payload = title
		}
	}
	if !q.Message.Chat.IsPrivate() {
		in.Kind = channels.Elsewhere
	}
	return in, q.ID, nil
}

// titleOf returns the title of the button that has data.
func titleOf(keyboard *tgbotapi.InlineKeyboardMarkup, data string) (string, bool) {
	if keyboard == nil {
		return "", false
	}
	for _, row := range keyboard.InlineKeyboard {
		for _, b := range row {
			if b.CallbackData != nil && *b.CallbackData == data {
				return b.Text, true
			}
		}
	}
	return "", false
}

// contactOf returns the customer.
func contactOf(u *tgbotapi.User) models.Contact {
	if u == nil {
		return models.Contact{}
	}
	return models.Contact{ID: strconv.FormatInt(u.ID, 10), Name: fullName(u.FirstName, u.LastName), Locale: u.LanguageCode}
}

// at returns a date of Telegram's, which is in seconds.
func at(date int64) time.Time {
	if date <= 0 {
		return time.Time{}
	}
	return time.Unix(date, 0).UTC()
}
