package slackdesk

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

// What customers, bots and agents say stands in rich_text blocks, whose texts are taken as they are: no character of theirs
// can be read as mark-up, and their marks need none.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

// Kinds of rows, by the element of a rich_text block that they go into.
const (
	rowPlain  = "rich_text_section"
	rowQuoted = "rich_text_quote"
	rowCode   = "rich_text_preformatted"
)

// row is one line of a post.
type row struct {
	kind string
	runs []piece
}

// width returns how many UTF-16 units r has.
func (r row) width() int {
	n := 0
	for _, p := range r.runs {
		n += width(p.Text) + width(p.URL) + width(p.Fallback) + len(p.User) + len(p.Group)
	}
	return n
}

// piece is an element of a rich_text block, or of one of its elements.
type piece struct {
	Type     string  `json:"type"`
	Text     string  `json:"text,omitempty"`
	Style    *style  `json:"style,omitempty"`
	URL      string  `json:"url,omitempty"`
	User     string  `json:"user_id,omitempty"`
	Group    string  `json:"usergroup_id,omitempty"`
	Range    string  `json:"range,omitempty"`
	Time     int64   `json:"timestamp,omitempty"`
	Format   string  `json:"format,omitempty"`
	Fallback string  `json:"fallback,omitempty"`
	Elements []piece `json:"elements,omitempty"`
}

// style is how a piece is set.
type style struct {
	Bold   bool `json:"bold,omitempty"`
	Italic bool `json:"italic,omitempty"`
	Strike bool `json:"strike,omitempty"`
	Code   bool `json:"code,omitempty"`
}

// shownKinds are the spans that a post shows. Slack's blocks have no underline that is documented, and the address of a link
// stands open behind its words, so that nobody is led elsewhere than he reads. All of a line stands in a quote already, so that
// what it quotes itself is told by a sign.
func shownKinds() []models.SpanKind {
	return []models.SpanKind{models.Bold, models.Italic, models.Strike, models.Code, models.Pre}
}

// webAddress is an address of a web page in a text, without the punctuation behind it.
var webAddress = regexp.MustCompile(`https?://[^\s<>"|\x60]*[^\s<>"|\x60.,;:!?'()\[\]{}»”’]`)

// words returns text as pieces of one style. Addresses of web pages can be clicked: what is read is where they lead.
func words(text string, s style) []piece {
	var set *style
	if s != (style{}) {
		set = &s
	}
	var all []piece
	say := func(text string) {
		if text != "" {
			all = append(all, piece{Type: "text", Text: text, Style: set})
		}
	}
	text = quieted(text)
	from := 0
	for _, at := range webAddress.FindAllStringIndex(text, -1) {
		if !clickable(text[at[0]:at[1]]) {
			continue
		}
		say(text[from:at[0]])
		all = append(all, piece{Type: "link", URL: text[at[0]:at[1]], Style: set})
		from = at[1]
	}
	say(text[from:])
	return all
}

// addressMax is how long an address is that is made a link: https://docs.slack.dev/reference/block-kit/blocks has 3000 for most.
const addressMax = 2000

// clickable reports whether Slack surely takes an address: it refuses a whole message for one that is none.
func clickable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= addressMax && strings.Contains(strings.Trim(u.Hostname(), "."), ".") &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' })
}

// quieted returns s so that it calls nobody even when it is copied.
func quieted(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.Contains(s, "@") {
		s = shout.ReplaceAllString(s, "$1@"+joiner+"$2")
	}
	return s
}

// when returns a date that everybody reads in his own time; nothing for none.
func when(t time.Time) []piece {
	if t.IsZero() || t.Unix() <= 0 {
		return nil
	}
	return []piece{{Type: "date", Time: t.Unix(), Format: "{date_short_pretty} {time}", Fallback: t.UTC().Format("2 Jan 2006 15:04 UTC")}}
}

// called returns the mention of the agent, or the group, who is to be told of the line.
func called(line handover.PostLine) []piece {
	var p piece
	switch {
	case userID.MatchString(line.Mention):
		p = piece{Type: "user", User: line.Mention}
	case groupID.MatchString(line.Mention):
		p = piece{Type: "usergroup", Group: line.Mention}
	case line.Mention == mentionHere:
		p = piece{Type: "broadcast", Range: mentionHere}
	default:
		return nil
	}
	return []piece{p, {Type: "text", Text: " "}}
}

// rowsOf returns the lines of text, those that are too long in several, in rows of the kind; base is how all of it is set.
func rowsOf(text models.Rich, kind string, base style) []row {
	text = text.Map(plain)
	var all []row
	from := 0
	for line := range strings.SplitSeq(text.Text, "\n") {
		for _, part := range pieces(line, lineMax) {
			all = append(all, rowOf(text.Slice(from, from+len(part)), kind, base))
			from += len(part)
		}
		from++ // the line's end
	}
	return all
}

// rowOf returns one line.
func rowOf(line models.Rich, kind string, base style) row {
	r := row{kind: kind}
	block := models.TextSpan{Kind: models.Pre, To: len(line.Text)}
	if len(line.Spans) == 1 {
		block.Lang = line.Spans[0].Lang
	}
	if slices.Equal(line.Spans, []models.TextSpan{block}) {
		return row{rowCode, words(line.Text, base)}
	}
	set := []style{base}
	line.Walk(func(s models.TextSpan) {
		now := set[len(set)-1]
		switch s.Kind {
		case models.Bold:
			now.Bold = true
		case models.Italic:
			now.Italic = true
		case models.Strike:
			now.Strike = true
		case models.Code, models.Pre:
			now.Code = true
		default:
		}
		set = append(set, now)
	}, func(text string) {
		r.runs = append(r.runs, words(text, set[len(set)-1])...)
	}, func(models.TextSpan) {
		set = set[:len(set)-1]
	})
	return r
}

// richBlock is a rich_text block.
type richBlock struct {
	Type     slack.MessageBlockType `json:"type"`
	Elements []piece                `json:"elements"`
}

// BlockType returns the block's type.
func (b richBlock) BlockType() slack.MessageBlockType { return b.Type }

// ID returns nothing: no block of a post is referred to.
func (richBlock) ID() string { return "" }

// richBlocks packs rows into as few blocks as hold them, and says how long they are together.
func richBlocks(rows []row) (blocks []slack.Block, total int) {
	var block richBlock
	used := 0
	for _, r := range rows {
		w := r.width() + 1
		if used > 0 && used+w > sectionMax {
			blocks = append(blocks, block)
			block, used = richBlock{}, 0
		}
		block.Type = slack.MBTRichText
		block.add(r)
		used += w
		total += w
	}
	if used > 0 {
		blocks = append(blocks, block)
	}
	return blocks, total
}

// add appends a row: to the element before it, on a new line, if that is of the same kind.
func (b *richBlock) add(r row) {
	runs := r.runs
	if n := len(b.Elements); n > 0 && b.Elements[n-1].Type == r.kind {
		last := &b.Elements[n-1]
		last.Elements = joinRuns(last.Elements, append([]piece{{Type: "text", Text: "\n"}}, runs...))
		return
	}
	if len(runs) == 0 {
		runs = []piece{{Type: "text", Text: " "}} // Slack takes no element without text
	}
	b.Elements = append(b.Elements, piece{Type: r.kind, Elements: joinRuns(nil, runs)})
}

// joinRuns appends more to runs. Texts of one style become one.
func joinRuns(runs, more []piece) []piece {
	for _, p := range more {
		if n := len(runs); n > 0 && p.Type == "text" && runs[n-1].Type == "text" && sameStyle(p.Style, runs[n-1].Style) {
			runs[n-1].Text += p.Text
			continue
		}
		runs = append(runs, p)
	}
	return runs
}

func sameStyle(a, b *style) bool { return a == b || a != nil && b != nil && *a == *b }

var _ slack.Block = richBlock{}
