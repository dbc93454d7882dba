package telegram

import (
	"context"
	"encoding/json"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

// Send sends a text or a file, with the buttons under it as an inline keyboard, and returns its message_id, which is the
// platform's id within the chat: https://core.telegram.org/bots/api#sendmessage.
func (a *adapter) Send(ctx context.Context, m channels.Outbound) (string, error) {
	p, err := parsePlace(m.Address)
	if err != nil {
		return "", err
	}
	params, err := compose(m)
	if err != nil {
		return "", err
	}
	p.aim(params)
	params.AddNonZero("message_thread_id", p.thread)
	if answers, err := strconv.Atoi(m.ReplyTo); err == nil && answers > 0 {
		// The customer may have deleted what he is answered to: the answer goes all the same.
		params["reply_parameters"] = jsonOf(map[string]any{"message_id": answers, "allow_sending_without_reply": true})
	}
	var raw json.RawMessage
	if len(m.Attachments) > 0 {
		raw, err = a.sendFile(ctx, params, m)
	} else {
		raw, err = a.call(ctx, a.http, "sendMessage", params)
	}
	if err != nil {
		return "", err
	}
	var sent struct {
		ID int `json:"message_id"`
	}
	if json.Unmarshal(raw, &sent) != nil || sent.ID == 0 {
		return "", channels.Errorf(channels.Temporary, "telegram: answer to a send has no message_id")
	}
	return strconv.Itoa(sent.ID), nil
}

// Edit writes a message of ours anew, buttons and all; of a file, what stands under it:
// https://core.telegram.org/bots/api#editmessagetext, https://core.telegram.org/bots/api#editmessagecaption.
func (a *adapter) Edit(ctx context.Context, id string, m channels.Outbound) error {
	p, err := parsePlace(m.Address)
	if err != nil {
		return err
	}
	params, err := compose(m)
	if err != nil {
		return err
	}
	p.aim(params)
	params["message_id"] = id
	method := "editMessageText"
	if len(m.Attachments) > 0 {
		method = "editMessageCaption"
	}
	_, err = a.call(ctx, a.http, method, params)
	if r := refused(err); r != nil && r.says("message is not modified") {
		return nil
	}
	return err
}

// Delete takes a message back. Telegram allows it for 48 hours: https://core.telegram.org/bots/api#deletemessage.
func (a *adapter) Delete(ctx context.Context, address, id string) error {
	p, err := parsePlace(address)
	if err != nil {
		return err
	}
	params := tgbotapi.Params{"message_id": id}
	p.aim(params)
	_, err = a.call(ctx, a.http, "deleteMessage", params)
	if r := refused(err); r != nil && r.says("message to delete not found", "MESSAGE_ID_INVALID") {
		return nil
	}
	return err
}

// Typing shows "typing…" in the chat: https://core.telegram.org/bots/api#sendchataction.
func (a *adapter) Typing(ctx context.Context, address, _ string) error {
	p, err := parsePlace(address)
	if err != nil {
		return err
	}
	params := tgbotapi.Params{"action": "typing"}
	p.aim(params)
	params.AddNonZero("message_thread_id", p.thread)
	_, err = a.call(ctx, a.http, "sendChatAction", params)
	return err
}
