package slackdesk

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

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

// post returns the blocks and the text of p. A post that is too long for blocks has none.
func post(p handover.Post) ([]slack.Block, string) {
	all := drawPost(p)
	blocks, total := richBlocks(all.rows)
	if total > allBlocksMax || len(blocks) > blocksMax {
		blocks = nil
	}
	return blocks, whole(strings.Join(all.text, "\n"), textMax)
}

// drawPost returns all lines of p.
func drawPost(p handover.Post) drawn {
	var all drawn
	if title := oneLine(p.Title, 150); title != "" {
		all.rows = append(all.rows, row{rowPlain, words(title, style{Bold: true})})
		all.text = append(all.text, escape(title))
	}
	if note := hidden(p.Hidden); note != "" {
		all.rows = append(all.rows, row{rowPlain, words(note, style{Italic: true})})
		all.text = append(all.text, note)
	}
	for i, line := range p.Lines {
		var before *handover.PostLine
		if i > 0 {
			before = &p.Lines[i-1]
		}
		one := draw(line, before, len(p.Lines) > 1)
		all.rows = append(all.rows, one.rows...)
		all.text = append(all.text, one.text...)
	}
	return all
}

// choices adds the buttons of p's lines to its blocks, each once. A post without blocks is too long for them, and the card has
// the same buttons.
func (d *Desk) choices(blocks []slack.Block, p handover.Post) []slack.Block {
	value := d.value(p.Handover, "")
	if len(blocks) == 0 || len(blocks) == blocksMax || p.Handover == "" || p.Title != "" || len(value) > valueMax {
		return blocks
	}
	var row []slack.BlockElement
	var known []string
	for _, line := range p.Lines {
		for _, choice := range line.Choices {
			id, ok := buttonOf(choice.Kind)
			if ok && !line.Deleted && !slices.Contains(known, id) {
				known, row = append(known, id), append(row, button(id, choice.Title, value))
			}
		}
	}
	if len(row) == 0 {
		return blocks
	}
	return append(blocks, slack.NewActionBlock("patchbay_line", row...))
}

// hidden says how many earlier lines a thread does not show.
func hidden(n int) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return "1 earlier line is not shown."
	}
	return fmt.Sprintf("%d earlier lines are not shown.", n)
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
		room, kept := allBlocksMax-100, []row(nil)
		for _, r := range drawPost(p).rows {
			if room -= r.width() + 1; room < 0 {
				kept = append(kept, row{rowPlain, words("The rest is too long for a Slack message that was edited.", style{Italic: true})})
				break
			}
			kept = append(kept, r)
		}
		blocks, _ = richBlocks(kept)
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
