package handover

import (
	"strings"

	"patchbay/models"
)

// botAnswered decides on what the bot said. e.Content is the question as it was asked.
func (d *decision) botAnswered() {
	if d.e.Answer == nil {
		d.e.Answer = &models.Answer{}
	}
	d.learn(d.e.Answer.Fields)
	if d.late() {
		d.draft()
		return
	}
	d.c.Memory.Returned = nil // the bot has been told
	d.settle()
	a := d.e.Answer
	asked := d.question()
	if a.Handover != nil && a.Handover.Requested {
		d.answer()
		w := a.Handover
		d.open(models.Reason{Cause: models.CauseBotAsked, Asked: asked, Told: w.Reason, Summary: w.Summary, Team: w.Team, Confidence: a.Confidence})
		return
	}
	cause := d.judge(asked)
	switch {
	case cause == "":
		if !d.repeating() { // an answer that has to be asked for again and again is not a good one
			d.c.Memory.Breaks = 0
		}
		d.answer()
	case d.e.Signals.Small:
		if cause != models.CauseFallback { // better no word than "I didn't understand" to a thank-you
			d.answer()
		}
	case d.breaks():
		d.open(models.Reason{Cause: cause, Asked: asked, Answered: d.spoken(), Confidence: a.Confidence})
	case d.spoken() == "":
		d.tell("trouble", nil)
	default:
		d.answer()
	}
}

// judge returns in which way an answer is a break, "" if it is none. The order is that of the handbook: what the bot says
// of itself comes before what we make of its words.
func (d *decision) judge(asked string) models.Cause {
	a := d.e.Answer
	said := d.spoken()
	hash, question := "", ""
	if said != "" {
		hash, question = hashOf(d.whole()), hashOf(asked)
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
	if d.late() || d.e.Signals.Small {
		return
	}
	var f models.Failure
	if d.e.Failure != nil {
		f = *d.e.Failure
	}
	if f.Cause == "" {
		f.Cause = models.CauseError
	}
	d.c.Memory.Answer, d.c.Memory.Question = "", ""
	switch {
	case d.e.Outage != "":
		d.wait()
		return
	case f.Cause == models.CauseOutage: // it was not asked, and the bot is back by now
		for _, id := range d.e.Asked {
			d.do(Ask{Message: id})
		}
		return
	}
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

// draft keeps an answer that came too late, and shows it in the thread of those who were asked instead.
func (d *decision) draft() {
	for i, content := range d.e.Answer.Messages {
		if words(content) == "" {
			continue
		}
		m := d.botMessage(i, content)
		m.Kind = models.Draft
		d.do(Record{Message: m})
		if d.c.Handover != "" {
			d.do(Display{Message: m.ID})
		}
	}
}

// answer sends what the bot said.
func (d *decision) answer() {
	for i, content := range d.e.Answer.Messages {
		if words(content) == "" {
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
	var all []string
	for _, content := range d.e.Answer.Messages {
		if text := words(content); text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, "\n")
}

// whole returns all by which an answer is told from another: its words, files and buttons. Another picture under the
// same words is another answer.
func (d *decision) whole() string {
	all := []string{d.spoken()}
	for _, content := range d.e.Answer.Messages {
		for _, a := range content.Attachments {
			all = append(all, a.Ref, a.URL)
		}
		for _, b := range content.Buttons {
			all = append(all, b.Title, b.Payload)
		}
	}
	return strings.Join(all, "\n")
}

// words returns what a message of the bot's says, "" if there is nothing in it for the customer to see.
func words(content models.Content) string {
	text := strings.TrimSpace(content.Plain())
	for _, b := range content.Buttons {
		if text == "" {
			text = strings.TrimSpace(b.Title)
		}
	}
	return text
}
