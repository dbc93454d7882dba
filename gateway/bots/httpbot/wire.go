package httpbot

import (
	"encoding/json"
	"errors"
	"fmt"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/internal/reply"
	"patchbay/models"
)

// historyLimit is how many turns a bot is told at most, the latest ones.
const historyLimit = 20

// question is the body of a call. Every key is always there, so that a bot need not ask for each whether it is, but for
// returned, which comes once after people had the chat, and reply_to, which comes with an answer to an earlier message.
type question struct {
	Message      message      `json:"message"`
	Conversation conversation `json:"conversation"`
	History      []turn       `json:"history"`
	Returned     *returned    `json:"returned,omitempty"`
}

type message struct {
	ID          string       `json:"id"`
	Text        string       `json:"text"`
	Payload     string       `json:"payload"`
	Attachments []attachment `json:"attachments"`
	ReplyTo     *turn        `json:"reply_to,omitempty"`
}

type conversation struct {
	ID      string  `json:"id"`
	Channel string  `json:"channel"`
	Locale  string  `json:"locale"`
	Contact contact `json:"contact"`
	Epoch   int64   `json:"epoch"`
}

type contact struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type turn struct {
	Author models.Author `json:"author"`
	Name   string        `json:"name"`
	Text   string        `json:"text"`
}

type returned struct {
	Ended    string `json:"ended"`
	Agent    string `json:"agent"`
	Messages []turn `json:"messages"`
}

// attachment is a file in both directions. The reference by which a channel's adapter finds a customer's file stays
// inside: a bot could not use it.
type attachment struct {
	Type models.AttachmentKind `json:"type"`
	URL  string                `json:"url,omitempty"`
	Name string                `json:"name,omitempty"`
	MIME string                `json:"mime,omitempty"`
	Size int64                 `json:"size,omitempty"`
}

func encode(q bots.Question) ([]byte, error) {
	w := question{
		Message: message{ID: q.ID, Text: q.Text, Payload: q.Payload, Attachments: make([]attachment, 0, len(q.Attachments))},
		Conversation: conversation{
			ID: q.Conversation.ID, Channel: q.Conversation.Channel, Locale: q.Conversation.Locale, Epoch: q.Conversation.Epoch,
			Contact: contact{ID: q.Conversation.Contact.ID, Name: q.Conversation.Contact.Name},
		},
		History: turns(q.History[max(0, len(q.History)-historyLimit):]),
	}
	for _, a := range q.Attachments {
		w.Message.Attachments = append(w.Message.Attachments, attachment{Type: a.Kind, URL: a.URL, Name: a.Name, MIME: a.MIME, Size: a.Size})
	}
	if q.ReplyTo != nil {
		answered := turn(*q.ReplyTo)
		w.Message.ReplyTo = &answered
	}
	if r := q.Returned; r != nil {
		w.Returned = &returned{Ended: r.Ended, Agent: r.Agent, Messages: turns(r.Messages)}
	}
	return json.Marshal(w)
}

func turns(all []bots.Turn) []turn {
	list := make([]turn, 0, len(all))
	for _, t := range all {
		list = append(list, turn(t))
	}
	return list
}

// answer is the body of a 200. All keys are optional, and unknown ones are passed over.
type answer struct {
	Messages []struct {
		Text        string          `json:"text"`
		Buttons     []models.Button `json:"buttons"`
		Attachments []attachment    `json:"attachments"`
	} `json:"messages"`
	Confidence *float64             `json:"confidence"`
	Fallback   bool                 `json:"fallback"`
	Handover   *models.HandoverWish `json:"handover"`

	Fields map[string]json.RawMessage `json:"fields"`
}

// decode reads an answer whose texts are in markup. Its errors name keys and types, never values. An empty body is an empty answer.
func decode(body []byte, markup reply.Markup) (bots.Answer, error) {
	if len(body) == 0 {
		return bots.Answer{}, nil
	}
	var w answer
	if err := json.Unmarshal(body, &w); err != nil {
		return bots.Answer{}, fmt.Errorf("bot's answer: %w", plain(err))
	}
	a := bots.Answer{Fallback: w.Fallback, Fields: facts(w.Fields)}
	if c := w.Confidence; c != nil {
		if *c < -slack || *c > 1+slack {
			return bots.Answer{}, errors.New("bot's answer: confidence: not between 0 and 1")
		}
		bounded := min(max(*c, 0), 1)
		a.Confidence = &bounded
	}
	if h := w.Handover; h != nil && h.Requested {
		a.Handover = &models.HandoverWish{
			Requested: true, Reason: reply.Text(h.Reason), Team: reply.Text(h.Team), Summary: reply.Text(h.Summary),
		}
	}
	for i, m := range w.Messages {
		c := markup.Content(m.Text)
		c.Buttons = reply.Buttons(m.Buttons)
		for j, f := range m.Attachments {
			file, err := reply.File(f.Type, f.URL, f.Name, f.MIME)
			if err != nil {
				return bots.Answer{}, fmt.Errorf("bot's answer: messages[%d].attachments[%d]: %w", i, j, err)
			}
			file.Size = max(f.Size, 0)
			c.Attachments = append(c.Attachments, file)
		}
		if !c.Empty() {
			a.Messages = append(a.Messages, c)
		}
	}
	return a, nil
}

// facts returns the fields as texts: a string as it is, null as nothing, all else as JSON.
func facts(all map[string]json.RawMessage) map[string]string {
	if len(all) == 0 {
		return nil
	}
	texts := make(map[string]string, len(all))
	for name, raw := range all {
		var text string
		if json.Unmarshal(raw, &text) != nil { // null is "" as well
			text = string(raw)
		}
		texts[reply.Text(name)] = reply.Text(text)
	}
	return texts
}

// slack is how far a similarity that was computed in floating point may be outside 0 to 1.
const slack = 1e-6

// plain returns a decoding error without what it quotes from the answer.
func plain(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return errors.New("not a JSON object")
		}
		return fmt.Errorf("%s: not of type %s", e.Field, jsonType(e.Type.Kind().String()))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d", e.Offset)
	}
	return errors.New("not as the protocol has it")
}

// jsonType returns the name of JSON's type for a Go kind.
func jsonType(kind string) string {
	switch kind {
	case "struct", "map":
		return "object"
	case "slice":
		return "array"
	case "bool":
		return "boolean"
	case "float64", "int64":
		return "number"
	}
	return kind
}
