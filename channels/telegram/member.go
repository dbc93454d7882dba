package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
	"patchbay/models"
)

var errNoChat = errors.New("no chat")

// member reads a change of the bot's own place in a chat. In private chats it tells that the customer blocked the bot
// or took that back: https://core.telegram.org/bots/api#update.
func (a *adapter) member(raw json.RawMessage, update int64) (*channels.Inbound, error) {
	var m member
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	if m.Chat == nil {
		return nil, errNoChat
	}
	in := &channels.Inbound{
		Key:       fmt.Sprintf("member:%d:%d:%d", m.Chat.ID, m.Date, update),
		Addresses: place{chat: m.Chat.ID}.addresses(),
		At:        at(m.Date),
		Contact:   contactOf(m.From),
	}
	switch {
	case m.Chat.IsPrivate() && m.New.Status == "kicked":
		in.Kind = channels.Blocked
	case m.Chat.IsPrivate() && m.New.Status == "member":
		in.Kind = channels.Unblocked
	case (m.Chat.IsGroup() || m.Chat.IsSuperGroup()) && m.New.here() && !m.Old.here():
		in.Kind = channels.Elsewhere
	default:
		// A bot is made a channel's administrator by those who know what it is for, and a line there would reach all
		// subscribers.
		a.log.Debug("update ignored", "kind", "my_chat_member")
		return nil, nil
	}
	return in, nil
}

// reacted reads a changed reaction. Of several the last one counts.
func (a *adapter) reacted(raw json.RawMessage, update int64) (*channels.Inbound, error) {
	var r reaction
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.Chat == nil {
		return nil, errNoChat
	}
	if !r.Chat.IsPrivate() || r.User == nil || r.User.IsBot {
		a.log.Debug("update ignored", "kind", "message_reaction")
		return nil, nil
	}
	in := &channels.Inbound{
		Key:       fmt.Sprintf("reaction:%d:%d:%d:%d", r.Chat.ID, r.Message, r.Date, update),
		Addresses: place{chat: r.Chat.ID}.addresses(),
		Kind:      channels.Reacted,
		ID:        strconv.Itoa(r.Message),
		At:        at(r.Date),
		Contact:   contactOf(r.User),
	}
	var all []string
	for _, one := range r.New {
		switch one.Type {
		case "emoji":
			all = append(all, one.Emoji)
		case "paid":
			all = append(all, "⭐")
		default:
			all = append(all, "[custom-emoji]")
		}
	}
	in.Content.Text = strings.Join(all, " ")
	return in, nil
}

// unreadable stands for an update whose chat is clear but whose body is not as the Bot API says. It is told to the chat
// as a message that could not be read, so that neither it nor what comes behind it is lost.
func (a *adapter) unreadable(fields map[string]json.RawMessage, update int64) *channels.Inbound {
	var m struct {
		ID   int            `json:"message_id"`
		Chat *tgbotapi.Chat `json:"chat"`
		Date int64          `json:"date"`
	}
	for _, kind := range []string{"message", "edited_message", "callback_query"} {
		if !has(fields, kind) {
			continue
		}
		body := fields[kind]
		if kind == "callback_query" {
			var q struct {
				Message json.RawMessage `json:"message"`
			}
			_ = json.Unmarshal(body, &q)
			body = q.Message
		}
		// A field that does not fit leaves the others filled in.
		_ = json.Unmarshal(body, &m)
		if m.Chat == nil || !m.Chat.IsPrivate() || m.Chat.ID == 0 {
			continue
		}
		a.log.Warn("update not understood", "kind", kind)
		return &channels.Inbound{
			Key:       fmt.Sprintf("update:%d:%d:%d", m.Chat.ID, m.ID, update),
			Addresses: place{chat: m.Chat.ID}.addresses(),
			Kind:      channels.Message,
			At:        at(m.Date),
			Contact:   models.Contact{ID: strconv.FormatInt(m.Chat.ID, 10), Name: fullName(m.Chat.FirstName, m.Chat.LastName)},
			Content:   models.Content{Lines: []string{"[unsupported message]"}},
		}
	}
	a.log.Warn("update not understood and left out", "update", update)
	return nil
}
