package whatsapp

import (
	"context"
	"strings"
	"unicode"

	"patchbay/channels"
	"patchbay/models"
)

// outgoing is a message as the API takes it.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
type outgoing struct {
	Product string `json:"messaging_product"`
	target
	Type        string       `json:"type"`
	Text        *outText     `json:"text,omitempty"`
	Interactive *interactive `json:"interactive,omitempty"`
	Template    *outTemplate `json:"template,omitempty"`
	Image       *outFile     `json:"image,omitempty"`
	Video       *outFile     `json:"video,omitempty"`
	Audio       *outFile     `json:"audio,omitempty"`
	Document    *outFile     `json:"document,omitempty"`
	Sticker     *outFile     `json:"sticker,omitempty"`
	Reaction    *outReaction `json:"reaction,omitempty"`
	Context     *outContext  `json:"context,omitempty"`
	// Ours comes back in every status of the message. It may have 512 characters.
	Ours string `json:"biz_opaque_callback_data,omitempty"`
}

type outText struct {
	Body string `json:"body"`
	// PreviewURL would let WhatsApp fetch the first link in the text and show what is behind it.
	PreviewURL bool `json:"preview_url"`
}

type outContext struct {
	MessageID string `json:"message_id"`
}

// Send sends m and returns its wamid. The platform has taken it then, but not delivered it: that is told by receipts,
// and so is most of what can go wrong, such as a customer who is not on WhatsApp. A file is uploaded first, of which the
// customer sees nothing: one call alone sends.
func (a *adapter) Send(ctx context.Context, m channels.Outbound) (string, error) {
	out, err := a.outgoing(m)
	if err != nil {
		return "", err
	}
	if file := out.file(); file != nil {
		if file.ID, err = a.upload(ctx, m); err != nil {
			return "", err
		}
	}
	var answer struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if err := a.post(ctx, out, &answer); err != nil {
		return "", err
	}
	if len(answer.Messages) == 0 || answer.Messages[0].ID == "" {
		return "", channels.Errorf(channels.Temporary, "WhatsApp's answer names no message, so it is not known whether it was taken")
	}
	return answer.Messages[0].ID, nil
}

// file returns the file of a message, nil if it has none.
func (o outgoing) file() *outFile {
	for _, f := range []*outFile{o.Image, o.Video, o.Audio, o.Document, o.Sticker} {
		if f != nil {
			return f
		}
	}
	return nil
}

// outgoing translates m, or says why WhatsApp would not take it.
func (a *adapter) outgoing(m channels.Outbound) (outgoing, error) {
	to, ok := targetOf(m.Address)
	switch {
	case !ok:
		return outgoing{}, channels.Errorf(channels.Rejected, "the chat's address is none of WhatsApp's")
	case len(m.Attachments) > 0:
		out := outgoing{Product: product, target: to, Ours: m.ID}
		if m.ReplyTo != "" {
			out.Context = &outContext{MessageID: m.ReplyTo}
		}
		err := a.attach(&out, m)
		return out, err
	case strings.TrimSpace(m.Text) == "":
		return outgoing{}, channels.Errorf(channels.Rejected, "WhatsApp takes no message without text")
	}
	if m.Template != nil {
		return templated(to, m)
	}
	limit := maxText
	if len(m.Buttons) > 0 {
		limit = maxBody
	}
	text, ok := titled(m.Title, models.NewRich(m.Text, m.Spans), limit)
	if !ok {
		return outgoing{}, channels.Errorf(channels.Rejected, "the text is longer than the %d characters that WhatsApp takes", limit)
	}
	out := outgoing{Product: product, target: to, Ours: m.ID}
	if m.ReplyTo != "" {
		out.Context = &outContext{MessageID: m.ReplyTo}
	}
	if len(m.Buttons) == 0 {
		out.Type, out.Text = "text", &outText{Body: text}
		return out, nil
	}
	choice, err := choices(text, m.Buttons)
	if err != nil {
		return outgoing{}, err
	}
	out.Type, out.Interactive = "interactive", choice
	return out, nil
}

// titled returns text with its marks and with title in bold above it, or false if they do not fit into limit UTF-16 units. Where
// the words just fit and the marks do not, they go without them.
func titled(title string, text models.Rich, limit int) (string, bool) {
	fits := func(s string) bool { return channels.Len(s, channels.UTF16) <= limit }
	plain := text.Plain()
	bodies := []string{marked(text), plain}
	if title = strings.Join(strings.FieldsFunc(title, unicode.IsSpace), " "); title == "" {
		if !fits(bodies[0]) {
			return plain, fits(plain)
		}
		return bodies[0], true
	}
	heads := []string{title}
	if !strings.Contains(title, "*") {
		// An asterisk within would end the bold early.
		heads = []string{"*" + title + "*", title}
	}
	for _, head := range heads {
		for _, body := range bodies {
			if both := head + "\n" + body; fits(both) {
				return both, true
			}
		}
	}
	return "", false
}
