package whatsapptest

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// interactive is a text with choices.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
type interactive struct {
	Type   string    `json:"type"`
	Header *textPart `json:"header"`
	Body   *textPart `json:"body"`
	Footer *textPart `json:"footer"`
	Action struct {
		Buttons []struct {
			Type  string `json:"type"`
			Reply option `json:"reply"`
		} `json:"buttons"`
		Button   string `json:"button"`
		Sections []struct {
			Title string   `json:"title"`
			Rows  []option `json:"rows"`
		} `json:"sections"`
	} `json:"action"`
}

type textPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type option struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type file struct {
	ID       string `json:"id"`
	Link     string `json:"link"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
}

// check says what the API would not take, nil if it would.
func (q request) check() *refusal {
	switch {
	case q.To == "" && q.Recipient == "":
		return refuse(131008, "The parameter to or recipient is required.")
	case q.RecipientType != "" && q.RecipientType != "individual" && q.RecipientType != "group":
		return refuse(131009, "recipient_type has to be individual or group.")
	case q.RecipientType != "group" && q.To != "" && !digits(strings.TrimPrefix(q.To, "+")):
		return refuse(131009, "The parameter to is not a phone number.")
	case len(q.Ours) > 512:
		return refuse(131009, "biz_opaque_callback_data may have 512 characters.")
	case q.Context != nil && q.Context.MessageID == "":
		return refuse(131009, "context needs a message_id.")
	}
	switch q.Type {
	case "text":
		return q.checkText()
	case "interactive":
		if q.Interactive == nil {
			return refuse(131008, "The parameter interactive is required.")
		}
		return q.Interactive.check()
	case "image", "video", "audio", "document", "sticker":
		return q.file().check(q.Type)
	case "template":
		if q.Template == nil || q.Template.Name == "" || q.Template.Language.Code == "" {
			return refuse(131008, "A template needs a name and a language.")
		}
	case "location":
		if q.Location == nil {
			return refuse(131008, "The parameter location is required.")
		}
	case "contacts":
		if q.Contacts == nil {
			return refuse(131008, "The parameter contacts is required.")
		}
	case "reaction":
		if q.Reaction == nil || q.Reaction.MessageID == "" || q.Reaction.Emoji == nil {
			return refuse(131008, "A reaction needs a message_id and an emoji.")
		}
	default:
		return refuse(131051, "Unsupported message type.")
	}
	return nil
}

func (q request) checkText() *refusal {
	switch {
	case q.Text == nil || q.Text.Body == nil || strings.TrimSpace(*q.Text.Body) == "":
		return refuse(131008, "The parameter text['body'] is required.")
	case units(*q.Text.Body) > 4096:
		return refuse(100, "Param text['body'] must be at most 4096 characters long.")
	}
	return nil
}

func (i interactive) check() *refusal {
	switch {
	case i.Body == nil || strings.TrimSpace(i.Body.Text) == "":
		return refuse(131008, "The parameter interactive['body'] is required.")
	case units(i.Body.Text) > 1024:
		return refuse(131009, "The body text may have 1024 characters.")
	case i.Header != nil && utf8.RuneCountInString(i.Header.Text) > 60:
		return refuse(131009, "The header text may have 60 characters.")
	case i.Footer != nil && utf8.RuneCountInString(i.Footer.Text) > 60:
		return refuse(131009, "The footer text may have 60 characters.")
	}
	switch i.Type {
	case "button":
		if n := len(i.Action.Buttons); n < 1 || n > 3 {
			return refuse(131009, "A message may have 1 to 3 reply buttons, not %d.", n)
		}
		var options []option
		for _, b := range i.Action.Buttons {
			if b.Type != "reply" {
				return refuse(131009, "The type of a button has to be reply.")
			}
			options = append(options, b.Reply)
		}
		return check(options, 20, 256, true)
	case "list":
		return i.checkList()
	}
	return refuse(131009, "The type of interactive has to be button or list.")
}

func (i interactive) checkList() *refusal {
	if n := utf8.RuneCountInString(i.Action.Button); n < 1 || n > 20 {
		return refuse(131009, "The button of a list needs 1 to 20 characters.")
	}
	if n := len(i.Action.Sections); n < 1 || n > 10 {
		return refuse(131009, "A list may have 1 to 10 sections, not %d.", n)
	}
	var rows []option
	for _, section := range i.Action.Sections {
		if len(i.Action.Sections) > 1 && section.Title == "" || utf8.RuneCountInString(section.Title) > 24 {
			return refuse(131009, "The title of a section needs up to 24 characters.")
		}
		rows = append(rows, section.Rows...)
	}
	if len(rows) < 1 || len(rows) > 10 {
		return refuse(131009, "A list may have 1 to 10 rows, not %d.", len(rows))
	}
	return check(rows, 24, 200, false)
}

// check says what is wrong with options whose titles and ids may be so long.
func check(options []option, title, id int, unique bool) *refusal {
	ids, titles := map[string]bool{}, map[string]bool{}
	for _, o := range options {
		switch {
		case strings.TrimSpace(o.Title) == "" || utf8.RuneCountInString(o.Title) > title:
			return refuse(131009, "A title needs 1 to %d characters.", title)
		case o.ID == "" || utf8.RuneCountInString(o.ID) > id:
			return refuse(131009, "An id needs 1 to %d characters.", id)
		case utf8.RuneCountInString(o.Description) > 72:
			return refuse(131009, "A description may have 72 characters.")
		case ids[o.ID]:
			return refuse(131009, "Ids have to be unique.")
		case unique && titles[o.Title]:
			return refuse(131009, "Titles have to be unique.")
		}
		ids[o.ID], titles[o.Title] = true, true
	}
	return nil
}

func (q request) file() *file {
	return map[string]*file{"image": q.Image, "video": q.Video, "audio": q.Audio, "document": q.Document, "sticker": q.Sticker}[q.Type]
}

func (f *file) check(kind string) *refusal {
	switch {
	case f == nil || f.ID == "" && f.Link == "":
		return refuse(131008, "%s needs an id or a link.", kind)
	case f.Caption != "" && (kind == "audio" || kind == "sticker"):
		return refuse(100, "%s takes no caption.", kind)
	case units(f.Caption) > 1024:
		return refuse(131009, "A caption may have 1024 characters.")
	}
	return nil
}

// units is the length of s in UTF-16. The platform does not say what its characters are; this is the strictest reading.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// digits reports whether s is nothing but digits, and at least one.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
