package telegram

import (
	"strconv"
	"unicode/utf16"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
	"patchbay/models"
)

// maxEntities is how many entities a message has: the server leaves away more. https://limits.tginfo.me/en
const maxEntities = 100

// spanKinds are the kinds of spans that Telegram shows: https://core.telegram.org/bots/api#messageentity. A mention is not
// among them, because the one whom it names has no account here.
func spanKinds() []models.SpanKind {
	return []models.SpanKind{
		models.Bold, models.Italic, models.Underline, models.Strike, models.Code, models.Pre, models.Quote, models.Link,
	}
}

// entityTypes returns what each of them is called. Addresses, hashtags and commands are found in the text by every app, so
// they are told by nobody.
func entityTypes() map[models.SpanKind]string {
	return map[models.SpanKind]string{
		models.Bold: "bold", models.Italic: "italic", models.Underline: "underline", models.Strike: "strikethrough",
		models.Code: "code", models.Pre: "pre", models.Quote: "blockquote", models.Link: "text_link",
	}
}

// richOf returns a text of Telegram's with its entities, which count in UTF-16 units. An entity that does not fit the text is
// left away.
func richOf(text string, entities []tgbotapi.MessageEntity) models.Rich {
	if len(entities) == 0 {
		return models.Rich{Text: text}
	}
	kinds := map[string]models.SpanKind{"expandable_blockquote": models.Quote, "text_mention": models.Mention}
	for kind, name := range entityTypes() {
		kinds[name] = kind
	}
	var starts []int // the byte at which each unit begins, -1 for the second half of a character
	for i, r := range text {
		starts = append(starts, i)
		if utf16.RuneLen(r) == 2 {
			starts = append(starts, -1)
		}
	}
	starts = append(starts, len(text))
	var spans []models.TextSpan
	for _, e := range entities {
		kind, ok := kinds[e.Type]
		if !ok || e.Offset < 0 || e.Length <= 0 || e.Offset >= len(starts) || e.Length >= len(starts)-e.Offset {
			continue
		}
		s := models.TextSpan{Kind: kind, From: starts[e.Offset], To: starts[e.Offset+e.Length], URL: e.URL, Lang: e.Language}
		if e.User != nil {
			s.ID = strconv.FormatInt(e.User.ID, 10)
		}
		if s.From >= 0 {
			spans = append(spans, s)
		}
	}
	return models.NewRich(text, spans)
}

// entitiesOf returns the entities of r: sorted, and around code rather than across it, as Telegram has them.
func entitiesOf(r models.Rich) []tgbotapi.MessageEntity {
	types := entityTypes()
	var entities []tgbotapi.MessageEntity
	for _, s := range models.NormalSpans(r.Text, aroundCode(r.Spans)) {
		if types[s.Kind] == "" || len(entities) == maxEntities {
			continue
		}
		entities = append(entities, tgbotapi.MessageEntity{
			Type: types[s.Kind], URL: s.URL, Language: s.Lang,
			Offset: channels.Len(r.Text[:s.From], channels.UTF16), Length: channels.Len(r.Text[s.From:s.To], channels.UTF16),
		})
	}
	return entities
}

// aroundCode returns spans with those cut that set words across code: https://core.telegram.org/bots/api#formatting-options.
func aroundCode(spans []models.TextSpan) []models.TextSpan {
	isCode := func(s models.TextSpan) bool { return s.Kind == models.Code || s.Kind == models.Pre }
	var all []models.TextSpan
	for i, s := range spans {
		if s.Kind != models.Link && s.Kind != models.Quote && !isCode(s) {
			for _, t := range spans[i+1:] {
				if isCode(t) && t.To <= s.To {
					before := s
					before.To, s.From = t.From, t.To
					all = append(all, before)
				}
			}
		}
		all = append(all, s)
	}
	return all
}
