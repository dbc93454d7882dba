package slacktest

import (
	"slices"
	"strings"
)

// richPart is a rich_text block, or anything in it: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
type richPart struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Style any    `json:"style"` // a word on lists, an object elsewhere
	URL   string `json:"url"`
	User  string `json:"user_id"`
	Group string `json:"usergroup_id"`
	Range string `json:"range"`
	Name  string `json:"name"`

	Time     int64      `json:"timestamp"`
	Format   string     `json:"format"`
	Fallback string     `json:"fallback"`
	Elements []richPart `json:"elements"`
}

// judge returns how much text p has, and what is wrong with it.
func (p richPart) judge() (total int, why string) {
	switch p.Type {
	case "rich_text", "rich_text_section", "rich_text_quote", "rich_text_preformatted", "rich_text_list":
		if len(p.Elements) == 0 {
			return 0, "must have at least 1 element"
		}
		for _, e := range p.Elements {
			n, fault := e.judge()
			if total += n; why == "" {
				why = fault
			}
		}
		return total, why
	case "text":
		if p.Text == "" {
			return 0, "must be more than 0 characters"
		}
	case "link":
		if p.URL == "" {
			return 0, "missing required field: url"
		}
	case "date":
		if p.Time <= 0 || p.Format == "" {
			return 0, "missing required field: timestamp"
		}
	case "user", "usergroup", "broadcast", "emoji", "channel", "color":
	default:
		return 0, "unsupported type: " + p.Type
	}
	if set, ok := p.Style.(map[string]any); ok {
		for name := range set {
			if !slices.Contains([]string{"bold", "italic", "strike", "code"}, name) {
				return 0, "unsupported style: " + name
			}
		}
	}
	return length(p.Text) + length(p.URL) + length(p.Fallback), ""
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// shown returns p in Slack's mark-up.
func (p richPart) shown() string {
	var inner strings.Builder
	for i, e := range p.Elements {
		if i > 0 && p.Type == "rich_text" {
			inner.WriteByte('\n')
		}
		inner.WriteString(e.shown())
	}
	said := inner.String()
	switch p.Type {
	case "rich_text_quote":
		return "> " + strings.ReplaceAll(said, "\n", "\n> ")
	case "rich_text_preformatted":
		return "```" + said + "```"
	case "text":
		said = escapes.Replace(p.Text)
	case "link":
		if said = "<" + p.URL + ">"; p.Text != "" {
			said = "<" + p.URL + "|" + escapes.Replace(p.Text) + ">"
		}
	case "date":
		said = "<!date|" + p.Fallback + ">"
	case "user":
		said = "<@" + p.User + ">"
	case "usergroup":
		said = "<!subteam^" + p.Group + ">"
	case "broadcast":
		said = "<!" + p.Range + ">"
	case "emoji":
		said = ":" + p.Name + ":"
	}
	if set, ok := p.Style.(map[string]any); ok {
		for _, mark := range []struct{ style, sign string }{{"code", "`"}, {"strike", "~"}, {"italic", "_"}, {"bold", "*"}} {
			if on, _ := set[mark.style].(bool); on {
				said = mark.sign + said + mark.sign
			}
		}
	}
	return said
}
