package handover

import (
	"slices"
	"strings"

	"patchbay/models"
)

// agentSentTemplate decides on a text that the platform approved: filled in by an agent in a form, or held back since, when
// he was asked how he wants it sent. It goes out at any time, and what waits until the customer writes goes on waiting.
func (d *decision) agentSentTemplate() {
	agent, asked := d.agent(), d.e.Wish != ""
	refuse := func(notice NoticeKey) { d.do(Whisper{Agent: agent.ID, Notice: notice, Handover: d.e.Handover}) }
	switch notice := d.refusesTemplate(agent); {
	case d.e.Message == "":
		return // that was answered already
	case d.e.Content == nil || d.e.Content.Template == nil:
		refuse(NoticeNoTemplate)
		return
	case d.e.Content.Text == "":
		refuse(NoticeBareTemplate)
		return
	case notice != "":
		refuse(notice)
		return
	}
	m := models.Message{
		ID: d.e.Message, Handover: d.e.Handover, Author: models.ByAgent, Kind: models.Said, Person: agent, Content: *d.e.Content, At: d.e.At,
	}
	if notice := d.doubtsTemplate(); notice != "" && !asked {
		m.Kind = models.Held
		d.do(Record{Message: m}, Whisper{Agent: agent.ID, Notice: notice, Handover: d.e.Handover, Message: m.ID})
		return
	}
	switch {
	case d.owes():
		d.keep(agent)
		d.follows(agent)
	case d.c.Mode == models.ModeWaiting:
		d.hold(agent)
		d.follows(agent)
	}
	d.joined() // he hears of an agent by this
	if d.e.Wish == models.TemplateWords {
		d.sendWords(m)
	} else {
		d.sendTemplate(m, asked)
	}
	d.do(Display{Message: m.ID})
	d.answered()
	if d.shut() {
		d.unsilence() // he could not be asked whether there is more
	}
	d.tellHolder(m)
}

// refusesTemplate returns why an agent cannot send a template in this chat, "" if he can. There is no post of his to ask
// about, as with a canned reply.
func (d *decision) refusesTemplate(agent models.Person) NoticeKey {
	switch {
	case d.owes():
	case !d.current() && d.c.Mode != models.ModeBot:
		return NoticeNotHere
	case d.c.Mode == models.ModeBot:
		return NoticeNotNow
	case d.c.Mode == models.ModeAgent && d.c.Holder.ID != agent.ID && d.p.Desk.Lock == LockOwner:
		return NoticeNotYours
	}
	return ""
}

// doubtsTemplate returns why an agent may not want a template sent that he filled in: the customer has written, or had a
// template meanwhile. Each costs money, and customers who get many complain.
func (d *decision) doubtsTemplate() NoticeKey {
	switch {
	case !d.shut():
		return NoticeTemplateOpen
	case d.c.Memory.Template != "":
		return NoticeTemplateAgain
	}
	return ""
}

// sendTemplate sends m as the template that it is. It names nobody in bold, so whoever speaks next is named.
func (d *decision) sendTemplate(m models.Message, asked bool) {
	d.c.Memory.Template, d.c.Memory.Kept = m.ID, ""
	d.c.Memory.Speaker, d.c.Memory.Told = "", ""
	if !asked {
		d.do(Record{Message: m}, Send{Message: m.ID})
		return
	}
	d.do(Release{Message: m.ID, Template: true},
		Whisper{Agent: m.Person.ID, Notice: NoticeOnItsWay, Handover: d.e.Handover, Message: m.ID, Now: true})
}

// sendWords sends what a template that was held back says as any other reply.
func (d *decision) sendWords(m models.Message) {
	if d.shut() {
		d.shelve(m)
		return
	}
	speaker := "agent:" + m.Person.ID
	title := d.title(m.Person, speaker)
	d.c.Memory.Speaker, d.c.Memory.Told = speaker, ""
	d.do(Release{Message: m.ID, Title: title},
		Whisper{Agent: m.Person.ID, Notice: NoticeOnItsWay, Handover: d.e.Handover, Message: m.ID, Now: true})
}

// templateFailed forgets a template that did not reach the customer: the next one is none too many.
func (d *decision) templateFailed() {
	if d.e.Type == models.SendFailed && d.e.Message != "" && d.c.Memory.Template == d.e.Message {
		d.c.Memory.Template = ""
	}
}

// WithTemplate returns the notice of a reply that is held back with the button that sends a template meanwhile. For an
// answer that was promised it comes first.
func (n Notice) WithTemplate(promised bool) Notice {
	button := Choice{Title: "Send template", Kind: AskTemplate}
	if !promised {
		n.Text += " A template that the app's platform approved can go out now, and ask them to write."
		n.Choices = append(slices.Clip(n.Choices), button)
		return n
	}
	n.Text += " They were promised this answer: send them the template that says it is there."
	n.Choices = append([]Choice{button}, n.Choices...)
	return n
}

// checkTemplate returns what is wrong with a filled in form of a template.
func checkTemplate(values map[string]string) map[string]string {
	for id, value := range values {
		if strings.HasPrefix(id, FieldSlot) && strings.TrimSpace(value) == "" {
			return map[string]string{id: "Write something here."}
		}
	}
	return nil
}
