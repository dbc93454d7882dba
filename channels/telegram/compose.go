package telegram

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
	"patchbay/models"
)

const (
	maxText    = 4096 // UTF-16 units: https://core.telegram.org/bots/api#sendmessage
	maxPayload = 64   // bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton
	maxButtons = 100  // https://limits.tginfo.me/en
)

// compose returns what sendMessage and editMessageText have in common, or a Rejected error for what Telegram would not
// take. Text goes as it is, without a parse mode, so that no character of it can be taken for markup; what is bold is
// told by entities, which cannot be wrong as mark-up can: https://core.telegram.org/bots/api#messageentity.
func compose(m channels.Outbound) (tgbotapi.Params, error) {
	if len(m.Attachments) > 0 {
		return caption(m)
	}
	said := wordsOf(m)
	if strings.TrimSpace(m.Text) == "" {
		return nil, channels.Errorf(channels.Rejected, "telegram: the message has no text")
	}
	params := tgbotapi.Params{
		// Telegram would open a link to draw its preview, and so use up one that works once:
		// https://core.telegram.org/bots/api#linkpreviewoptions.
		"link_preview_options": `{"is_disabled":true}`,
	}
	if n := channels.Len(said.Text, channels.UTF16); n > maxText {
		return nil, channels.Errorf(channels.Rejected, "telegram: the message has %d characters, Telegram takes %d", n, maxText)
	}
	params["text"] = said.Text
	if entities := entitiesOf(said); len(entities) > 0 {
		params["entities"] = jsonOf(entities)
	}
	return params, addKeyboard(params, m.Buttons)
}

// wordsOf returns the text under the name in bold, with the marks that Telegram shows.
func wordsOf(m channels.Outbound) models.Rich {
	said := models.NewRich(m.Text, m.Spans).Keep(spanKinds())
	said.Text = strings.ToValidUTF8(said.Text, "\uFFFD")
	title := strings.TrimSpace(strings.ToValidUTF8(m.Title, "\uFFFD"))
	if title == "" {
		return said
	}
	name := models.NewRich(title, []models.TextSpan{{Kind: models.Bold, To: len(title)}})
	if strings.TrimSpace(said.Text) == "" {
		return name
	}
	return models.Join("\n", name, said)
}

// addKeyboard puts the buttons into params.
func addKeyboard(params tgbotapi.Params, buttons []models.Button) error {
	if len(buttons) == 0 {
		return nil
	}
	keyboard, err := keyboardOf(buttons)
	if err != nil {
		return err
	}
	params["reply_markup"] = keyboard
	return nil
}

// keyboardOf returns the buttons as an inline keyboard, one a row, because their titles are sentences.
func keyboardOf(buttons []models.Button) (string, error) {
	if len(buttons) > maxButtons {
		return "", channels.Errorf(channels.Rejected, "telegram: %d buttons, Telegram takes %d", len(buttons), maxButtons)
	}
	rows := make([][]tgbotapi.InlineKeyboardButton, 0, len(buttons))
	for _, b := range buttons {
		title, data := strings.ToValidUTF8(b.Title, "\uFFFD"), b.Payload
		if strings.TrimSpace(title) == "" {
			return "", channels.Errorf(channels.Rejected, "telegram: a button has no title")
		}
		if data == "" {
			data = titleData(title)
		}
		if len(data) > maxPayload {
			return "", channels.Errorf(channels.Rejected, "telegram: a button's payload has %d bytes, Telegram takes %d", len(data), maxPayload)
		}
		rows = append(rows, tgbotapi.NewInlineKeyboardRow(tgbotapi.NewInlineKeyboardButtonData(title, data)))
	}
	return jsonOf(tgbotapi.NewInlineKeyboardMarkup(rows...)), nil
}

// titleData returns the callback data of a button whose payload is its title. A title that is too long for it is told
// by a hash: the title itself comes back with the keyboard when the button is pressed.
func titleData(title string) string {
	if len(title) <= maxPayload {
		return title
	}
	sum := sha256.Sum256([]byte(title))
	return "title:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// jsonOf returns v as JSON. It is used for values made of strings and numbers, which cannot fail.
func jsonOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
