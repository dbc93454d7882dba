package whatsapp

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"patchbay/channels"
	"patchbay/models"
)

// interactive is a text with choices: up to three buttons, or a list that a button opens.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
type interactive struct {
	Type   string  `json:"type"`
	Body   outBody `json:"body"`
	Action action  `json:"action"`
}

type outBody struct {
	Text string `json:"text"`
}

type action struct {
	Buttons  []replyButton `json:"buttons,omitempty"`
	Button   string        `json:"button,omitempty"` // opens the list
	Sections []section     `json:"sections,omitempty"`
}

type replyButton struct {
	Type  string `json:"type"`
	Reply option `json:"reply"`
}

type section struct {
	Rows []option `json:"rows"`
}

type option struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// openList is on the button that opens a list. It is a sign and no word, because it has to do in every language.
const openList = "☰"

// choices returns text with buttons under it: as reply buttons where WhatsApp has room for them, else as a list.
func choices(text string, buttons []models.Button) (*interactive, error) {
	if len(buttons) > maxRows {
		return nil, channels.Errorf(channels.Rejected, "WhatsApp takes %d buttons, not %d", maxRows, len(buttons))
	}
	options := make([]option, 0, len(buttons))
	ids, titles := map[string]bool{}, map[string]bool{}
	list := len(buttons) > maxReplies
	for _, b := range buttons {
		title := strings.Join(strings.FieldsFunc(b.Title, unicode.IsSpace), " ")
		payload := b.Payload
		if payload == "" {
			payload = title
		}
		switch {
		case title == "":
			return nil, channels.Errorf(channels.Rejected, "a button has no title")
		case utf8.RuneCountInString(title) > maxRowTitle:
			return nil, channels.Errorf(channels.Rejected, "the title of a button is longer than %d characters", maxRowTitle)
		case len(payload) > maxRowID-suffixRoom:
			return nil, channels.Errorf(channels.Rejected, "the payload of a button is longer than %d bytes", maxRowID-suffixRoom)
		}
		id := optionID(payload, 1)
		for n := 2; ids[id]; n++ {
			id = optionID(payload, n)
		}
		// Reply buttons with the same title are refused, rows of a list are not.
		list = list || titles[title] || channels.Len(title, channels.UTF16) > maxReplyTitle
		ids[id], titles[title] = true, true
		options = append(options, option{ID: id, Title: title})
	}
	if list {
		return &interactive{Type: "list", Body: outBody{text}, Action: action{
			Button:   openList,
			Sections: []section{{Rows: options}},
		}}, nil
	}
	replies := make([]replyButton, 0, len(options))
	for _, o := range options {
		replies = append(replies, replyButton{Type: "reply", Reply: o})
	}
	return &interactive{Type: "button", Body: outBody{text}, Action: action{Buttons: replies}}, nil
}

// WhatsApp wants a different id for each button of a message, while two titles may well mean the same payload. Such
// ids get a number behind them, which is cut off again when the button is pressed.
const suffixMark = "~~"

// suffixRoom is how long a suffix can be: there are at most ten options.
const suffixRoom = len(suffixMark) + 2

// optionID returns the id of the nth option with this payload. A payload that already ends as a suffix does gets one
// even if it is the only one, so that cutting off one suffix always gives the payload.
func optionID(payload string, n int) string {
	if n == 1 && payloadOf(payload) == payload {
		return payload
	}
	return payload + suffixMark + strconv.Itoa(n)
}

// payloadOf returns the payload that optionID made id of.
func payloadOf(id string) string {
	if at := strings.LastIndex(id, suffixMark); at >= 0 {
		if n := id[at+len(suffixMark):]; len(n) <= 2 && digits(n) {
			return id[:at]
		}
	}
	return id
}
