package slacktest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/kyokomi/emoji/v2"
	"github.com/rivo/uniseg"
)

var (
	token  = regexp.MustCompile(`<@[A-Z0-9]+>|<#[A-Z0-9]+>|<!subteam\^[A-Z0-9]+>|https?://[^\s<>]+`)
	escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// Typed returns the message that Slack's composer makes of typed text: emoji become codes, addresses become links, and
// <@U0AGENT0002> stands for a mention that was picked from the list.
func Typed(text string) Message {
	var b strings.Builder
	var elements []any
	add := func(e map[string]any) { elements = append(elements, e) }
	rest := text
	for rest != "" {
		at := token.FindStringIndex(rest)
		if at == nil {
			words(rest, &b, add)
			break
		}
		words(rest[:at[0]], &b, add)
		word := rest[at[0]:at[1]]
		rest = rest[at[1]:]
		switch {
		case strings.HasPrefix(word, "<@"):
			b.WriteString(word)
			add(map[string]any{"type": "user", "user_id": word[2 : len(word)-1]})
		case strings.HasPrefix(word, "<#"):
			b.WriteString(word)
			add(map[string]any{"type": "channel", "channel_id": word[2 : len(word)-1]})
		case strings.HasPrefix(word, "<!subteam^"):
			b.WriteString(word)
			add(map[string]any{"type": "usergroup", "usergroup_id": word[len("<!subteam^") : len(word)-1]})
		default:
			b.WriteString("<" + escape.Replace(word) + ">")
			add(map[string]any{"type": "link", "url": word})
		}
	}
	blocks, _ := json.Marshal([]any{map[string]any{
		"type": "rich_text", "block_id": "b1x2",
		"elements": []any{map[string]any{"type": "rich_text_section", "elements": elements}},
	}})
	return Message{Text: b.String(), Blocks: blocks}
}

// words adds text without links and mentions.
func words(text string, b *strings.Builder, add func(map[string]any)) {
	codes := emoji.RevCodeMap()
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			b.WriteString(escape.Replace(run.String()))
			add(map[string]any{"type": "text", "text": run.String()})
			run.Reset()
		}
	}
	for rest, state := text, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		names := codes[cluster]
		if len(names) == 0 {
			names = codes[strings.TrimSuffix(cluster, "\ufe0f")]
		}
		if len(names) == 0 || len(cluster) == 1 {
			run.WriteString(cluster)
			continue
		}
		flush()
		b.WriteString(names[0])
		var points []string
		for _, r := range cluster {
			points = append(points, fmt.Sprintf("%x", r))
		}
		add(map[string]any{"type": "emoji", "name": strings.Trim(names[0], ":"), "unicode": strings.Join(points, "-")})
	}
	flush()
}
