package rasa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/internal/reply"
	"patchbay/models"
)

// response is one element of the array that the REST channel answers with. Which keys it has depends on what it is.
type response struct {
	Text       string          `json:"text"`
	Image      string          `json:"image"`
	Buttons    []models.Button `json:"buttons"`
	Attachment json.RawMessage `json:"attachment"`
	Custom     json.RawMessage `json:"custom"`
}

// decode reads an answer. Its errors name keys, never values. Rasa answers 200 with what it has also when an action failed
// or timed out, so an empty array is an empty answer.
func (b *Bot) decode(body []byte) (bots.Answer, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return bots.Answer{}, nil
	}
	var responses []response
	if err := json.Unmarshal(body, &responses); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			return bots.Answer{}, fmt.Errorf("rasa's answer: %s has the wrong type", e.Field)
		}
		return bots.Answer{}, errors.New("rasa's answer: not a JSON array of responses")
	}
	var a bots.Answer
	for i, r := range responses {
		c := b.markup.Content(r.Text)
		c.Buttons = reply.Buttons(r.Buttons)
		if r.Image != "" {
			file, err := reply.File(models.Image, r.Image, "", "")
			if err != nil {
				return bots.Answer{}, fmt.Errorf("rasa's answer: [%d].image: %w", i, err)
			}
			c.Attachments = append(c.Attachments, file)
		}
		c.Attachments, c.Lines = withFile(c.Attachments, r.Attachment)
		if !c.Empty() {
			a.Messages = append(a.Messages, c)
		}
		if wish := b.wish(r.Custom); wish != nil {
			a.Handover = wish
		} else if set(r.Custom) {
			b.log.Warn("custom payload of the bot is not used: its action asks for no person")
		}
	}
	return a, nil
}

// set reports whether a key is there and not null.
func set(value json.RawMessage) bool { return len(value) > 0 && string(value) != "null" }

// withFile adds the file of an attachment, which is an address or an object that has one somewhere: Rasa leaves it to the
// bot. Without an address it becomes a line.
func withFile(files []models.Attachment, value json.RawMessage) (all []models.Attachment, lines []string) {
	if !set(value) {
		return files, nil
	}
	var object struct {
		Type    string `json:"type"`
		Name    string `json:"name"`
		URL     string `json:"url"`
		Src     string `json:"src"`
		Payload struct {
			Name string `json:"name"`
			URL  string `json:"url"`
			Src  string `json:"src"`
		} `json:"payload"`
	}
	var address string
	if json.Unmarshal(value, &address) != nil {
		_ = json.Unmarshal(value, &object) // what does not fit leaves no address
	}
	for _, one := range []string{address, object.URL, object.Src, object.Payload.URL, object.Payload.Src} {
		name := object.Name
		if name == "" {
			name = object.Payload.Name
		}
		if file, err := reply.File(models.AttachmentKind(object.Type), one, name, ""); err == nil {
			return append(files, file), nil
		}
	}
	return files, []string{models.Attachment{Kind: models.File}.Line()}
}

// wish returns the handover that a custom payload asks for, nil if it asks for none.
func (b *Bot) wish(custom json.RawMessage) *models.HandoverWish {
	var object map[string]any
	if json.Unmarshal(custom, &object) != nil {
		return nil
	}
	text := func(key string) string {
		s, _ := object[key].(string)
		return reply.Text(s)
	}
	if action := fold(text("action")); action == "" || !slices.Contains(b.handoffs, action) {
		return nil
	}
	return &models.HandoverWish{Requested: true, Reason: text("reason"), Team: text("team"), Summary: text("summary")}
}
