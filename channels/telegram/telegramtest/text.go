package telegramtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxText is how long a message is at most: https://core.telegram.org/bots/api#sendmessage.
const maxText = 4096

// check returns what is wrong with a text and its entities: https://core.telegram.org/bots/api#formatting-options.
func check(text string, entities []Entity) *apiError {
	switch n := len16(text); {
	case !utf8.ValidString(text):
		return badRequest("strings must be encoded in UTF-8")
	case strings.TrimSpace(text) == "":
		return badRequest("message text is empty")
	case n > maxText:
		return badRequest("message is too long")
	}
	for _, e := range entities {
		switch {
		case e.Type == "":
			return badRequest("can't parse MessageEntity: Field \"type\" of type String is missing")
		case e.Offset < 0 || e.Length < 0:
			return badRequest("entity offset and length must be non-negative")
		}
		if _, ok := cut16(text, e.Offset, e.Length); !ok {
			return badRequest(fmt.Sprintf("entity beginning at UTF-16 offset %d ends after the end of the text or inside a symbol", e.Offset))
		}
	}
	return nil
}

// readEntities reads the parameter entities.
func readEntities(p params) ([]Entity, *apiError) {
	if mode := p["parse_mode"]; mode != "" {
		return nil, badRequest("this server knows entities, not parse_mode " + mode)
	}
	raw, ok := p["entities"]
	if !ok {
		return nil, nil
	}
	var entities []Entity
	if json.Unmarshal([]byte(raw), &entities) != nil {
		return nil, badRequest("can't parse entities JSON object")
	}
	return entities, nil
}

// readButtons reads the parameter reply_markup, of which the server knows inline keyboards with callback data.
func readButtons(p params) ([]Button, *apiError) {
	raw, ok := p["reply_markup"]
	if !ok {
		return nil, nil
	}
	var markup struct {
		Rows [][]Button `json:"inline_keyboard"`
	}
	if json.Unmarshal([]byte(raw), &markup) != nil {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	var buttons []Button
	for _, row := range markup.Rows {
		for _, b := range row {
			switch {
			case strings.TrimSpace(b.Title) == "":
				return nil, badRequest("inline keyboard button text must be non-empty")
			case b.Data == "":
				return nil, badRequest("text buttons are unallowed in the inline keyboard")
			case len(b.Data) > 64: // https://core.telegram.org/bots/api#inlinekeyboardbutton
				return nil, badRequest("BUTTON_DATA_INVALID")
			}
			buttons = append(buttons, b)
		}
	}
	if len(buttons) > 100 || len(raw) > 10_000 {
		return nil, badRequest("reply markup is too long")
	}
	return buttons, nil
}

var marked = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,32}(?:@\w+)?|@\w{4,32})`)

// entitiesOf finds the commands and mentions in what a person writes, as the apps do.
func entitiesOf(text string) []Entity {
	var entities []Entity
	for _, at := range marked.FindAllStringSubmatchIndex(text, -1) {
		kind := "mention"
		if text[at[2]] == '/' {
			kind = "bot_command"
		}
		entities = append(entities, Entity{Type: kind, Offset: len16(text[:at[2]]), Length: at[3] - at[2]})
	}
	return entities
}

// len16 returns the length of text in UTF-16 units.
func len16(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut16 returns length UTF-16 units of text from offset on, and whether that is a piece of whole characters.
func cut16(text string, offset, length int) (string, bool) {
	start, end, n := -1, -1, 0
	for i, r := range text {
		if n == offset {
			start = i
		}
		if n == offset+length {
			end = i
		}
		n += utf16.RuneLen(r)
	}
	if n == offset {
		start = len(text)
	}
	if n == offset+length {
		end = len(text)
	}
	if start < 0 || end < start {
		return "", false
	}
	return text[start:end], true
}
