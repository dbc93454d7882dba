package whatsapp

import (
	"strconv"

	"patchbay/models"
)

// content is what a message says. An edit has the same once more, with the new words.
type content struct {
	Type        string          `json:"type"`
	Text        *textBody       `json:"text"`
	Image       *media          `json:"image"`
	Video       *media          `json:"video"`
	Audio       *media          `json:"audio"`
	Document    *media          `json:"document"`
	Sticker     *media          `json:"sticker"`
	Location    *location       `json:"location"`
	Contacts    []card          `json:"contacts"`
	Button      *templateButton `json:"button"`
	Interactive *answer         `json:"interactive"`
	Order       *order          `json:"order"`
	Unsupported *struct {
		Type string `json:"type"`
	} `json:"unsupported"`
	Context  *quoted    `json:"context"`
	Referral *referral  `json:"referral"`
	Errors   []apiError `json:"errors"`
}

type textBody struct {
	Body string `json:"body"`
}

// media is a file. Its URL lives five minutes and is not kept: the id gives a new one for a week.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
type media struct {
	ID       string `json:"id"`
	MIME     string `json:"mime_type"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"` // recorded in the app
}

// templateButton is a pressed button of a template.
type templateButton struct {
	Payload string `json:"payload"`
	Text    string `json:"text"`
}

// answer is a pressed button, a chosen row or a filled form.
type answer struct {
	ButtonReply *option   `json:"button_reply"`
	ListReply   *option   `json:"list_reply"`
	Form        *formSent `json:"nfm_reply"`
}

// quoted is the message that this one answers, or where it comes from.
type quoted struct {
	ID                  string `json:"id"`
	Forwarded           bool   `json:"forwarded"`
	FrequentlyForwarded bool   `json:"frequently_forwarded"`
	Product             *struct {
		Catalog string `json:"catalog_id"`
		ID      string `json:"product_retailer_id"`
	} `json:"referred_product"`
}

// referral is the ad or post by which the customer came.
type referral struct {
	Type     string `json:"source_type"`
	URL      string `json:"source_url"`
	Headline string `json:"headline"`
	Body     string `json:"body"`
}

// said returns what a message of kind says, and whether it is a pressed button. What is neither text nor a file becomes
// lines in words.
func (c content) said(kind string) (said models.Content, pressed bool) {
	switch {
	case kind == "text" && c.Text != nil && c.Text.Body != "":
		said = worded(c.Text.Body)
	case kind == "button" && c.Button != nil:
		said.Text, said.Payload, pressed = c.Button.Text, c.Button.Payload, true
	case kind == "interactive" && c.Interactive != nil && c.Interactive.ButtonReply != nil:
		said.Text, said.Payload, pressed = c.Interactive.ButtonReply.Title, payloadOf(c.Interactive.ButtonReply.ID), true
	case kind == "interactive" && c.Interactive != nil && c.Interactive.ListReply != nil:
		said.Text, said.Payload, pressed = c.Interactive.ListReply.Title, payloadOf(c.Interactive.ListReply.ID), true
	case kind == "interactive" && c.Interactive != nil && c.Interactive.Form != nil:
		said.Lines = []string{c.Interactive.Form.line()}
	case kind == "interactive":
		// Seen from time to time: the platform tells that a choice was made and leaves out which.
		said.Lines = []string{line("chose something, but WhatsApp did not say what")}
	case kind == "location" && c.Location != nil:
		said.Location, said.Lines = c.Location.place()
	case kind == "contacts" && len(c.Contacts) > 0:
		said.Cards, said.Lines = cards(c.Contacts)
	case kind == "order" && c.Order != nil:
		said.Text, said.Lines = c.Order.Text, c.Order.lines()
	case kind == "request_welcome":
		said.Lines = []string{line("opened the chat")}
	default:
		file, attachment := c.file(kind)
		switch {
		case file == nil:
			said.Lines = []string{c.unsupported(kind)}
		case file.ID == "":
			said = worded(file.Caption)
			said.Lines = []string{line(attachmentWord(attachment) + " that WhatsApp could not hand over" + codes(c.Errors))}
		default:
			said = worded(file.Caption)
			said.Attachments = []models.Attachment{{Kind: attachment, Ref: file.ID, Name: file.Filename, MIME: file.MIME}}
		}
	}
	said.Lines = append(said.Lines, c.Referral.lines()...)
	said.Lines = append(said.Lines, c.Context.lines()...)
	if c.Context != nil {
		said.ReplyTo = c.Context.ID
		said.Forwarded = c.Context.forward()
	}
	return said, pressed
}

// worded returns what the customer wrote, with its marks read.
func worded(text string) models.Content {
	r := richOf(text)
	return models.Content{Text: r.Text, Spans: r.Spans}
}

// file returns the file of a message of kind, nil if kind is none of a file. A file that the platform could not load has
// its errors in place of it.
func (c content) file(kind string) (*media, models.AttachmentKind) {
	file, attachment := (*media)(nil), models.AttachmentKind("")
	switch kind {
	case "image":
		file, attachment = c.Image, models.Image
	case "video":
		file, attachment = c.Video, models.Video
	case "audio":
		file, attachment = c.Audio, models.Audio
		if file != nil && file.Voice {
			attachment = models.Voice
		}
	case "document":
		file, attachment = c.Document, models.File
	case "sticker":
		file, attachment = c.Sticker, models.Sticker
	default:
		return nil, ""
	}
	if file == nil {
		file = &media{}
	}
	return file, attachment
}

// unsupported returns the line for a message that does not cross.
func (c content) unsupported(kind string) string {
	if kind == "unsupported" {
		// A poll, a live location, an album: the platform says which, or only its code 131051, formerly 501.
		kind = ""
		if c.Unsupported != nil {
			kind = c.Unsupported.Type
		}
	}
	if kind == "" {
		return line("unsupported message")
	}
	return line("unsupported message: " + kind)
}

// codes returns the codes of errors in brackets, for who looks them up.
func codes(errors []apiError) string {
	for _, e := range errors {
		if e.Code != nil {
			return " (" + strconv.Itoa(*e.Code) + ")"
		}
	}
	return ""
}
