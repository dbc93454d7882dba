package slackdesk

import (
	"strings"

	"patchbay/handover"
	"patchbay/models"
)

// drawn is what lines of a post look like: in the blocks, and in the text that notifications and search have.
type drawn struct {
	rows []row
	text []string
}

// width returns how much room the lines take, in whichever form is longer.
func (w drawn) width() int {
	blocks, text := 0, 0
	for _, line := range w.rows {
		blocks += line.width() + 1
	}
	for _, line := range w.text {
		text += width(line) + 1
	}
	return max(blocks, text)
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
		head := words(name, style{Bold: true})
		if lead != "" {
			head = words(lead, style{Italic: true})
		}
		if at := when(line.At); dated && at != nil {
			head = append(append(head, words(" · ", style{})...), at...)
		}
		w.rows = append(w.rows, row{rowPlain, append(called(line), head...)})
	} else if to := called(line); to != nil {
		w.rows = append(w.rows, row{rowPlain, to[:1]})
	}
	if about := about(line); about != "" {
		w.rows = append(w.rows, row{rowQuoted, words(about, style{Italic: true})})
	}
	for _, earlier := range line.Earlier {
		if was := oneLine(earlier, earlierMax); was != "" && !line.Reaction {
			w.rows = append(w.rows, row{rowQuoted, words(was, style{Strike: true})})
		}
	}

	base, mark := style{}, ""
	switch {
	case line.Deleted && !line.Reaction:
		base, mark = style{Strike: true}, "(deleted)"
	case line.Edited && !line.Reaction:
		mark = "(edited)"
	}
	text := models.NewRich(line.Text, line.Spans).Keep(shownKinds())
	switch {
	case line.Reaction:
		text = models.Rich{Text: reaction(line)}
	case line.Pressed:
		text = models.Join("", models.Rich{Text: "pressed: "}, text)
	}
	w.rows = append(w.rows, rowsOf(text, rowQuoted, base)...)
	if mark != "" {
		last := &w.rows[len(w.rows)-1]
		if last.kind == rowCode {
			w.rows = append(w.rows, row{kind: rowQuoted})
			last = &w.rows[len(w.rows)-1]
		}
		if len(last.runs) > 0 {
			last.runs = append(last.runs, words(" ", style{})...)
		}
		last.runs = append(last.runs, words(mark, style{Italic: true})...)
		mark = " " + mark
	}
	w.text = []string{mention(line) + said(line, name, lead) + escape(plain(text.Text)) + mark}
	return w
}

// aside returns a line of ours: words about the chat, which nobody in it has said.
func aside(line handover.PostLine) drawn {
	var w drawn
	w.rows = rowsOf(models.NewRich(line.Text, line.Spans).Keep(shownKinds()), rowPlain, style{Italic: true})
	w.rows[0].runs = append(called(line), w.rows[0].runs...)
	if about := oneLine(line.Answer, 160); about != "" {
		w.rows = append(w.rows, row{rowQuoted, words("“"+about+"”", style{Italic: true})})
	}
	w.text = []string{mention(line) + escape(plain(line.Text))}
	return w
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
	case models.Line, models.Reaction, models.Muted:
	}
	return ""
}

// said returns what stands before the words of a line in the text of its post.
func said(line handover.PostLine, name, lead string) string {
	if lead != "" {
		return escape(lead) + " "
	}
	if about := about(line); about != "" {
		return escape(name) + " " + escape(about) + ": "
	}
	return escape(name) + ": "
}

const (
	// quoteMax is how much of a line that is answered is quoted, in characters.
	quoteMax = 160
	// earlierMax is how much of a wording that was edited is shown.
	earlierMax = 300
)

// about returns what a line is about or answers, in words; "" for nothing.
func about(line handover.PostLine) string {
	quoted, whose := oneLine(line.Answer, quoteMax), oneLine(line.Answers, 80)
	switch {
	case whose != "" && quoted != "":
		return "in reply to " + whose + ": “" + quoted + "”"
	case whose != "":
		return "in reply to " + whose
	case quoted != "":
		return "about “" + quoted + "”"
	}
	return ""
}

// reaction returns a reaction in words.
func reaction(line handover.PostLine) string {
	if strings.TrimSpace(line.Text) == "" {
		return "took a reaction back"
	}
	return "reacted with " + line.Text
}

// mentionHere stands for everybody in the channel who is about.
const mentionHere = "here"

// mention returns the mention of the agent, or the group, who is to be told of the line, with a space behind it. It is the
// one thing in a post that Slack notifies somebody of. https://docs.slack.dev/messaging/formatting-message-text#mentions
func mention(line handover.PostLine) string {
	switch {
	case userID.MatchString(line.Mention):
		return "<@" + line.Mention + "> "
	case groupID.MatchString(line.Mention):
		return "<!subteam^" + line.Mention + "> "
	case line.Mention == mentionHere:
		return "<!here> "
	}
	return ""
}
