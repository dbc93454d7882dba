package slackdesk

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"patchbay/handover"
	"patchbay/models"
)

// drawn is what lines of a post look like: in the blocks, and in the text that notifications and search have.
type drawn struct {
	blocks []string // each fits into a section with others
	text   []string
}

// width returns how much room the lines take, in whichever form is longer.
func (w drawn) width() int {
	blocks, text := 0, 0
	for _, line := range w.blocks {
		blocks += width(line) + 1
	}
	for _, line := range w.text {
		text += width(line) + 1
	}
	return max(blocks, text)
}

// Fit returns how many of lines go into one post.
func (d *Desk) Fit(lines []handover.PostLine) int {
	used := 0
	for i, line := range lines {
		var before *handover.PostLine
		if i > 0 {
			before = &lines[i-1]
		}
		used += draw(line, before, true).width()
		if used > foldMax && i > 0 {
			return i
		}
	}
	return len(lines)
}

// post returns the blocks and the text of p. A post that is too long for blocks has none: then its text is the mark-up.
func post(p handover.Post) ([]slack.Block, string) {
	var all drawn
	if title := escape(oneLine(p.Title, 150)); title != "" {
		all.blocks = append(all.blocks, bold(title))
		all.text = append(all.text, title)
	}
	for i, line := range p.Lines {
		var before *handover.PostLine
		if i > 0 {
			before = &p.Lines[i-1]
		}
		one := draw(line, before, len(p.Lines) > 1)
		all.blocks = append(all.blocks, one.blocks...)
		all.text = append(all.text, one.text...)
	}
	sections := pack(all.blocks)
	total := 0
	for _, s := range sections {
		total += width(s)
	}
	if total > allBlocksMax || len(sections) > blocksMax {
		return nil, whole(strings.Join(all.blocks, "\n"), textMax)
	}
	blocks := make([]slack.Block, 0, len(sections))
	for _, s := range sections {
		blocks = append(blocks, section(s))
	}
	return blocks, whole(strings.Join(all.text, "\n"), textMax)
}

// pack joins lines into as few sections as hold them.
func pack(lines []string) []string {
	var sections []string
	var b strings.Builder
	used := 0
	for _, line := range lines {
		w := width(line)
		if used > 0 && used+1+w > sectionMax {
			sections = append(sections, b.String())
			b.Reset()
			used = 0
		}
		if used > 0 {
			b.WriteByte('\n')
			used++
		}
		b.WriteString(line)
		used += w
	}
	if used > 0 {
		sections = append(sections, b.String())
	}
	return sections
}

// edited returns p as chat.update takes it: its text is shorter, so that what is long always has blocks.
func edited(p handover.Post) ([]slack.Block, string) {
	blocks, text := post(p)
	if blocks == nil {
		room := allBlocksMax - 100
		for _, s := range pack(strings.Split(text, "\n")) {
			if room -= width(s); room < 0 {
				blocks = append(blocks, section(italic("The rest is too long for a Slack message that was edited.")))
				break
			}
			blocks = append(blocks, section(s))
		}
	}
	return blocks, whole(text, updateMax)
}

// whole returns text, or what limit units hold of it and how much that leaves out. text is escaped; half an entity and
// half a mention do not stay at the end.
func whole(text string, limit int) string {
	if width(text) <= limit {
		return text
	}
	end, room := 0, limit-80
	for i, r := range text {
		if room -= width(string(r)); room < 0 {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	kept := text[:end]
	if i := strings.LastIndexByte(kept, '&'); i >= 0 && !strings.Contains(kept[i:], ";") {
		kept = kept[:i]
	}
	if i := strings.LastIndexByte(kept, '<'); i >= 0 && !strings.Contains(kept[i:], ">") {
		kept = kept[:i]
	}
	return fmt.Sprintf("%s\n… (%d more characters do not fit into a Slack message)", kept, width(text)-width(kept))
}

// draw returns line as it stands in a post. The author's name is said when he is another than that of the line before;
// dated also says when it was.
func draw(line handover.PostLine, before *handover.PostLine, dated bool) drawn {
	if line.Kind == models.Line || (line.Author == models.BySystem && line.Kind != models.Said) {
		return aside(line)
	}
	var w drawn
	name := author(line)
	lead := lead(line)
	if before == nil || lead != "" || author(*before) != name || kindOfLine(*before) != kindOfLine(line) {
		head := bold(escape(name))
		if lead != "" {
			head = italic(escape(lead))
		}
		if dated {
			if at := date(line.At); at != "" {
				head += " · " + at
			}
		}
		w.blocks = append(w.blocks, mention(line)+head)
	} else if to := mention(line); to != "" {
		w.blocks = append(w.blocks, strings.TrimSpace(to))
	}
	if about := oneLine(line.Answer, 160); about != "" {
		w.blocks = append(w.blocks, "> "+italic(escape("about “"+about+"”")))
	}

	style, mark := func(s string) string { return s }, ""
	switch {
	case line.Deleted:
		style, mark = struck, " (deleted)"
	case line.Edited:
		mark = " (edited)"
	}
	text := line.Text
	if line.Reaction {
		text = reaction(line)
	}
	for _, part := range broken(text) {
		w.blocks = append(w.blocks, "> "+style(escape(part)))
	}
	if mark != "" {
		w.blocks[len(w.blocks)-1] += " " + italic(mark)
	}
	w.text = []string{mention(line) + said(line, name, lead) + escape(plain(text)) + mark}
	return w
}

// aside returns a line of ours: words about the chat, which nobody in it has said.
func aside(line handover.PostLine) drawn {
	var w drawn
	to := mention(line)
	for _, part := range broken(line.Text) {
		w.blocks = append(w.blocks, to+italic(escape(part)))
		to = ""
	}
	if about := oneLine(line.Answer, 160); about != "" {
		w.blocks = append(w.blocks, "> "+italic(escape("“"+about+"”")))
	}
	w.text = []string{mention(line) + escape(plain(line.Text))}
	return w
}

// broken returns the lines of text, those that are too long in several.
func broken(text string) []string {
	var all []string
	for _, line := range lines(text) {
		all = append(all, pieces(line, lineMax)...)
	}
	return all
}

// plain returns text without what Slack does not take.
func plain(text string) string { return strings.Join(lines(text), "\n") }

// author returns who wrote line, as agents see it.
func author(line handover.PostLine) string {
	if name := oneLine(line.Name, 80); name != "" {
		return name
	}
	switch line.Author {
	case models.ByCustomer:
		return "Customer"
	case models.ByBot:
		return "Bot"
	case models.ByAgent:
		return "Agent"
	case models.BySystem:
		return "Patchbay"
	}
	return "Somebody"
}

// kindOfLine tells lines apart that must not run together under one name.
func kindOfLine(line handover.PostLine) string {
	return string(line.Author) + "/" + string(line.Kind)
}

// lead returns what stands above a line instead of its author's name, when that would mislead.
func lead(line handover.PostLine) string {
	switch line.Kind {
	case models.Draft:
		return "the bot's late answer, not sent:"
	case models.Held:
		return author(line) + "'s reply, not sent:"
	case models.Note:
		return "note by " + author(line) + ":"
	case models.Said:
		if line.Author == models.BySystem {
			return "told the customer:"
		}
	case models.Line:
	}
	return ""
}

// said returns what stands before the words of a line in the text of its post.
func said(line handover.PostLine, name, lead string) string {
	if line.Reaction {
		return escape(name) + ": "
	}
	if lead != "" {
		return escape(lead) + " "
	}
	if about := oneLine(line.Answer, 160); about != "" {
		return escape(name) + " about “" + escape(about) + "”: "
	}
	return escape(name) + ": "
}

// reaction returns a reaction in words.
func reaction(line handover.PostLine) string {
	if strings.TrimSpace(line.Text) == "" {
		return "took a reaction back"
	}
	return "reacted with " + line.Text
}

// mention returns the mention of the agent who is to be told of the line, with a space behind it. It is the one thing in
// a post that Slack notifies somebody of.
func mention(line handover.PostLine) string {
	if !userID.MatchString(line.Mention) {
		return ""
	}
	return "<@" + line.Mention + "> "
}
