package rasa

import (
	"encoding/json"
	"strings"
	"unicode"

	"patchbay/gateway/bots"
	"patchbay/models"
)

// request is the body of a message to the REST channel.
type request struct {
	Sender       string   `json:"sender"`
	Message      string   `json:"message"`
	InputChannel string   `json:"input_channel,omitempty"`
	Metadata     metadata `json:"metadata"`
}

// metadata is what Rasa's actions can read of the chat beside the message.
type metadata struct {
	Channel      string       `json:"channel,omitempty"` // "telegram/support"
	Locale       string       `json:"locale,omitempty"`
	Name         string       `json:"name,omitempty"` // the customer's
	Conversation string       `json:"conversation,omitempty"`
	Question     string       `json:"question,omitempty"` // the same when it is asked again
	Attachments  []attachment `json:"attachments,omitempty"`
	Returned     *returned    `json:"returned,omitempty"`
}

type attachment struct {
	Type models.AttachmentKind `json:"type"`
	URL  string                `json:"url,omitempty"`
	Name string                `json:"name,omitempty"`
	MIME string                `json:"mime,omitempty"`
	Size int64                 `json:"size,omitempty"`
}

type returned struct {
	Ended    string `json:"ended"`
	Agent    string `json:"agent,omitempty"`
	Messages []turn `json:"messages,omitempty"`
}

type turn struct {
	Author models.Author `json:"author"`
	Name   string        `json:"name,omitempty"`
	Text   string        `json:"text"`
}

// request returns the body that says message as the customer of q.
func (b *Bot) request(q bots.Question, message string) request {
	r := request{
		Sender: q.Conversation.Contact.ID, Message: message, InputChannel: b.inputChannel,
		Metadata: metadata{
			Channel: q.Conversation.Channel, Locale: q.Conversation.Locale, Name: q.Conversation.Contact.Name,
			Conversation: q.Conversation.ID, Question: q.ID,
		},
	}
	if r.Sender == "" {
		r.Sender = q.Conversation.ID
	}
	for _, a := range q.Attachments {
		r.Metadata.Attachments = append(r.Metadata.Attachments, attachment{Type: a.Kind, URL: a.URL, Name: a.Name, MIME: a.MIME, Size: a.Size})
	}
	if q.Returned != nil {
		r.Metadata.Returned = &returned{Ended: q.Returned.Ended, Agent: q.Returned.Agent}
		for _, t := range q.Returned.Messages {
			r.Metadata.Returned.Messages = append(r.Metadata.Returned.Messages, turn(t))
		}
	}
	return r
}

// messageOf returns what is said for q: a button's payload as it is, else the customer's words, else a line for each file.
func messageOf(q bots.Question) string {
	if q.Payload != "" {
		return q.Payload
	}
	text := harmless(q.Text)
	if text == "" {
		text = models.Content{Attachments: q.Attachments}.Plain()
	}
	return text
}

// slash is the sign U+2215, which looks like the slash that makes a message a command.
const slash = "∕"

// harmless returns a customer's words so that Rasa does not read them as a command. Rasa strips white space first, for
// Python's idea of it, which takes in the separators of ASCII.
func harmless(text string) string {
	trimmed := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r < ' ' })
	if rest, ok := strings.CutPrefix(trimmed, "/"); ok {
		return slash + rest
	}
	return text
}

// returnedMessage returns the message that names the intent, with who and how as entities:
// https://rasa.com/docs/rasa/training-data-format/#entities
func returnedMessage(intent string, r *bots.Returned) (string, error) {
	entities := map[string]string{"ended": r.Ended}
	if r.Agent != "" {
		entities["agent"] = r.Agent
	}
	written, err := json.Marshal(entities)
	return "/" + intent + string(written), err
}

// fold returns a text by its letters and digits in lower case, by which two texts are the same.
func fold(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
	}), " ")
}
