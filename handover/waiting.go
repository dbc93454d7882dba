package handover

import (
	"strings"
	"time"

	"patchbay/models"
)

// await begins a wait for a person: the customer is told when the desk opens, or who was called and how long the line is.
func (d *decision) await(key string) {
	m := &d.c.Memory
	m.WaitSince = d.now
	d.ladder()
	h := d.p.Desk.Queue.Hours
	if opens, ok := h.Next(d.now.Time()); ok && !h.Open(d.now.Time()) {
		if d.p.HasBot {
			m.Choice = models.ChoiceAsked
		}
		d.tell("closed_hours", map[string]string{"opens": d.opens(opens.In(h.Zone()))})
		return
	}
	m.TierAt = d.now
	d.line(Tell{Key: key, Line: true})
}

// opens returns when the desk opens as texts understand it: a day of the week is said of the next six days only.
func (d *decision) opens(at time.Time) string {
	if at.Sub(d.now.Time()) < 6*24*time.Hour {
		return at.Format(time.RFC3339)
	}
	return at.Format("2006-01-02, 15:04")
}

// line is tell for a text whose words are more than its key.
func (d *decision) line(t Tell) {
	if d.c.Memory.Told != t.Key {
		d.c.Memory.Told = t.Key
		d.do(t)
	}
}

// unwait forgets what was counted and timed of a wait.
func (d *decision) unwait() {
	m := &d.c.Memory
	if m.RungSince != 0 {
		d.do(Stop{Timer: models.TimerRung})
	}
	m.WaitSince, m.Repeated, m.Tier, m.TierAt, m.Choice, m.Rung, m.RungSince, m.Promised, m.Called = 0, false, "", 0, "", 0, 0, "", ""
}

// moved tells a customer who waits that he came nearer to the head of the line.
func (d *decision) moved() {
	m := &d.c.Memory
	if d.c.Mode != models.ModeWaiting || !d.current() || !d.e.Tier.Nearer(m.Tier) || !d.p.Desk.Queue.Hours.Open(d.now.Time()) {
		return
	}
	if m.TierAt != 0 && d.now.Sub(m.TierAt) < placeEvery {
		return
	}
	m.Tier, m.TierAt = d.e.Tier, d.now
	d.tell("place_"+string(d.e.Tier), nil)
}

// waits decides on a message of a customer who waits: it may say how he goes on while nobody is at work.
func (d *decision) waits() {
	m := &d.c.Memory
	switch choice := d.choice(); {
	case d.wantsBot(true) || choice == choiceBot:
		d.do(Remark{Text: "The customer went back to the bot. This chat is closed."})
		d.close(models.HandoverBack, d.e.At)
		d.tell("back", nil)
	case m.Choice == "":
	case choice == models.ChoiceWait:
		if m.Choice != choice {
			m.Choice = choice
			d.do(Refresh{})
		}
		d.tell("waiting", nil)
	case choice == models.ChoiceMessage && d.p.HasBot:
		if m.Choice != choice {
			m.Choice = choice
			d.do(Refresh{})
		}
		d.tell("write_message", nil)
	case m.Choice == models.ChoiceMessage && !d.e.Signals.Small && d.p.HasBot:
		d.promise("The customer left a message and goes on with the bot. Take this chat or reply to answer.", "message_left")
	}
}

// choiceBot is what choice returns for the third of the numbers.
const choiceBot models.Choice = "bot"

// choice returns what the customer says he wants while nobody is at work. The numbers are those of the text that asks him.
func (d *decision) choice() models.Choice {
	if d.c.Memory.Choice == "" || d.e.Signals.Choice != "" {
		return d.e.Signals.Choice
	}
	if d.c.Memory.Choice != models.ChoiceAsked || d.e.Content == nil || !d.p.HasBot {
		return ""
	}
	switch strings.Trim(d.e.Content.Text, " .)") {
	case "1":
		return models.ChoiceWait
	case "2":
		return models.ChoiceMessage
	case "3":
		return choiceBot
	}
	return ""
}

// broadcasts reports whether a customer's line is to be shown in the desk's channel too: the first one that comes when he has
// waited for some minutes.
func (d *decision) broadcasts() bool {
	m := &d.c.Memory
	if d.c.Mode != models.ModeWaiting || m.WaitSince == 0 || m.Repeated || d.e.Signals.Small {
		return false
	}
	if d.now.Sub(m.WaitSince) < repeatAfter || !d.p.Desk.Queue.Hours.Open(d.now.Time()) {
		return false
	}
	m.Repeated = true
	return true
}
