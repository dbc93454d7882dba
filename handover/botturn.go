package handover

import (
	"strings"

	"patchbay/models"
)

// botAnswered decides on what the bot said. e.Content is the question as it was asked.
func (d *decision) botAnswered() {
	if d.e.Answer == nil {
		return
	}
	if d.late() {
		d.draft()
		return
	}
	d.c.Memory.Returned = nil // the bot has been told
	a := d.e.Answer
	asked := d.question()
	if a.Handover != nil && a.Handover.Requested {
		d.answer()
		w := a.Handover
		d.open(models.Reason{Cause: models.CauseBotAsked, Asked: asked, Told: w.Reason, Summary: w.Summary, Team: w.Team, Confidence: a.Confidence})
		return
	}
	cause := d.judge(asked)
	if cause == "" || d.e.Signals.Small {
		if cause == "" {
			d.c.Memory.Breaks = 0
		}
		d.answer()
		return
	}
	if !d.breaks() {
		if d.spoken() == "" {
			d.tell("trouble", nil)
			return
		}
		d.answer()
		return
	}
	said := d.spoken()
	d.open(models.Reason{Cause: cause, Asked: asked, Answered: said, Confidence: a.Confidence})
}

// judge returns in which way an answer is a break, "" if it is none. The order is that of the handbook: what the bot says
// of itself comes before what we make of its words.
func (d *decision) judge(asked string) models.Cause {
	a := d.e.Answer
	said := d.spoken()
	hash, question := "", ""
	if said != "" {
		hash, question = hashOf(said), hashOf(asked)
	}
	before := d.c.Memory
	d.c.Memory.Answer, d.c.Memory.Question = hash, question
	switch {
	case a.Fallback:
		return models.CauseFallback
	case a.Confidence != nil && d.p.MinConfidence > 0 && *a.Confidence < d.p.MinConfidence:
		return models.CauseConfidence
	case said == "":
		return models.CauseEmpty
	case d.p.DetectBreaks && a.Confidence == nil && a.Handover == nil && d.e.Signals.Broken:
		return models.CauseFallback
	case hash == before.Answer && question != before.Question:
		return models.CauseSameAnswer
	}
	return ""
}

// botFailed decides on a bot that did not answer.
func (d *decision) botFailed() {
	if d.late() || d.e.Failure == nil || d.e.Signals.Small {
		return
	}
	f := d.e.Failure
	d.c.Memory.Answer, d.c.Memory.Question = "", ""
	if f.Cause != models.CauseStale && !d.breaks() {
		d.tell("trouble", nil)
		return
	}
	d.open(models.Reason{Cause: f.Cause, Asked: d.question(), Error: f.Text})
}

// late reports whether the event belongs to a question that nobody waits for any more.
func (d *decision) late() bool {
	return d.c.Mode != models.ModeBot || d.e.Epoch != d.c.Epoch
}

// draft keeps an answer that came too late, and shows it to the agents.
func (d *decision) draft() {
	for i, content := range d.e.Answer.Messages {
		m := d.botMessage(i, content)
		m.Kind = models.Draft
		d.do(Record{Message: m})
		if d.c.Mode != models.ModeBot {
			d.do(Display{Message: m.ID})
		}
	}
}

// answer sends what the bot said.
func (d *decision) answer() {
	for i, content := range d.e.Answer.Messages {
		if content.Empty() {
			continue
		}
		d.say(d.botMessage(i, content), "bot")
	}
}

func (d *decision) botMessage(i int, content models.Content) models.Message {
	id := ""
	if i < len(d.e.Answer.IDs) {
		id = d.e.Answer.IDs[i]
	}
	return models.Message{ID: id, Author: models.ByBot, Kind: models.Said, Content: content, At: d.e.At}
}

// question returns what the bot was asked.
func (d *decision) question() string {
	if d.e.Content == nil {
		return ""
	}
	return d.e.Content.Plain()
}

// spoken returns what the bot said, in words; "" if it said nothing.
func (d *decision) spoken() string {
	var words []string
	for _, content := range d.e.Answer.Messages {
		text := content.Plain()
		if text == "" && len(content.Buttons) > 0 {
			text = content.Buttons[0].Title
		}
		if text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, "\n")
}
