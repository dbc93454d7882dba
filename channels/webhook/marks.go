package webhook

import (
	"unicode/utf8"

	"patchbay/models"
)

// mark says what a piece of a text is, in both directions. Offset and Length count Unicode code points.
type mark struct {
	Type   models.SpanKind `json:"type"`
	Offset int             `json:"offset"`
	Length int             `json:"length"`
	URL    string          `json:"url,omitempty"`  // of a link
	Lang   string          `json:"lang,omitempty"` // of code in lines of its own
}

// spanKinds are the kinds of spans that go out. Text is for receivers that do not know of them: the addresses of links and the
// signs of quotes stand in it.
func spanKinds() []models.SpanKind {
	return []models.SpanKind{models.Bold, models.Italic, models.Underline, models.Strike, models.Code, models.Pre}
}

// richOf returns text with its marks. One that does not fit the text, or is of a type that is not known, is left away.
func richOf(text string, marks []mark) models.Rich {
	if len(marks) == 0 {
		return models.Rich{Text: text}
	}
	starts := make([]int, 0, len(text)+1)
	for i := range text {
		starts = append(starts, i)
	}
	starts = append(starts, len(text))
	var spans []models.TextSpan
	for _, m := range marks {
		if m.Offset < 0 || m.Length <= 0 || m.Offset >= len(starts) || m.Length >= len(starts)-m.Offset || m.Type == models.Mention {
			continue
		}
		spans = append(spans, models.TextSpan{
			Kind: m.Type, From: starts[m.Offset], To: starts[m.Offset+m.Length], URL: m.URL, Lang: m.Lang,
		})
	}
	return models.NewRich(text, spans)
}

// marksOf returns the spans of r as they go out.
func marksOf(r models.Rich) []mark {
	var marks []mark
	for _, s := range r.Spans {
		marks = append(marks, mark{
			Type: s.Kind, Offset: utf8.RuneCountInString(r.Text[:s.From]), Length: utf8.RuneCountInString(r.Text[s.From:s.To]), Lang: s.Lang,
		})
	}
	return marks
}
