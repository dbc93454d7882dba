package handover

import (
	"strconv"
	"strings"
	"time"

	"patchbay/models"
)

// ratePayload begins the payload of a button that rates a handover; its id and the rating follow.
const ratePayload = "/rate "

// rateWithin is how long after the question a bare emoji or number is its answer.
const rateWithin = 24 * time.Hour

// RatePayload returns the payload of the button with which a customer rates a handover.
func RatePayload(handover string, rating int) string {
	return ratePayload + handover + " " + strconv.Itoa(rating)
}

// RateTitles returns the titles of the buttons of a rating, the best last.
func RateTitles(scale int) []string {
	switch scale {
	case 2:
		return []string{"👎", "👍"}
	case 5:
		return []string{"1", "2", "3", "4", "5"}
	}
	return nil
}

// asksRating reports whether the customer of a chat that an agent resolves is asked what he thinks of it: one whom an
// agent has answered, who can be reached, and only once in a thread.
func (d *decision) asksRating() bool {
	m := &d.c.Memory
	switch {
	case d.p.Desk.Rating.Scale() == 0, d.c.Blocked, !strings.HasPrefix(m.Speaker, "agent:"):
		return false
	case m.Rate != nil && m.Rate.Handover == d.c.Handover:
		return false
	case d.shut(), d.p.Window > 0 && d.c.LastInbound == 0:
		return false // he would not read it
	}
	return true
}

// resolved tells the customer that an agent ended the chat, and asks him what he thinks of it.
func (d *decision) resolved(agent models.Person, asks bool) {
	if !asks {
		d.tell("resolved", map[string]string{"agent": agent.Name})
		return
	}
	scale := d.p.Desk.Rating.Scale()
	d.c.Memory.Rate = &models.Rate{Handover: d.c.Handover, Scale: scale, At: d.now}
	d.c.Memory.Told = "resolved " + agent.Name
	d.do(Tell{Key: "resolved", Vars: map[string]string{"agent": agent.Name}, Rate: scale})
}

// rates decides on a message that rates a handover, and reports whether it was one. It neither asks the bot nor opens
// anything. Whatever else the customer writes ends the time in which a bare emoji or number is an answer.
func (d *decision) rates() bool {
	m := &d.c.Memory
	content := models.Content{}
	if d.e.Content != nil {
		content = *d.e.Content
	}
	handover, rating, pressed := pressedRating(content.Payload)
	asked := m.Rate
	if !pressed {
		if asked == nil || d.c.Mode != models.ModeBot {
			return false
		}
		rating = rated(content, asked.Scale)
		if rating == 0 || asked.Answered || asked.Spoken || d.now.Sub(asked.At) > rateWithin {
			spoken := *asked
			spoken.Spoken = true
			m.Rate = &spoken
			return false
		}
		handover = asked.Handover
	}
	d.do(Record{Message: models.Message{
		ID: d.e.Message, Author: models.ByCustomer, Kind: models.Reaction, PlatformID: d.e.Ref, Content: content, Handover: handover, At: d.e.At,
	}})
	if asked == nil || asked.Handover != handover || rating < 1 || rating > asked.Scale {
		return true // the button of a question that is long over
	}
	again := asked.Answered
	answered := *asked
	answered.Answered = true
	m.Rate = &answered
	d.do(Rated{Handover: handover, Rating: rating, Scale: asked.Scale, Again: again})
	if !again && d.c.Mode == models.ModeBot {
		d.tell("rated", nil)
	}
	return true
}

// pressedRating reads the payload of a button that rates.
func pressedRating(payload string) (handover string, rating int, ok bool) {
	rest, ok := strings.CutPrefix(payload, ratePayload)
	if !ok {
		return "", 0, false
	}
	handover, number, _ := strings.Cut(rest, " ")
	rating, err := strconv.Atoi(number)
	if err != nil {
		rating = 0
	}
	return handover, rating, true
}

// rated returns the rating that a message is which says nothing else, 0 if it is none.
func rated(c models.Content, scale int) int {
	if len(c.Attachments) > 0 || len(c.Lines) > 0 || c.Location != nil || len(c.Cards) > 0 || c.Forwarded != nil {
		return 0
	}
	text := strings.NewReplacer("\ufe0f", "", "\u20e3", "").Replace(strings.TrimSpace(c.Text))
	for _, tone := range []string{"🏻", "🏼", "🏽", "🏾", "🏿"} {
		text = strings.ReplaceAll(text, tone, "")
	}
	if scale == 2 {
		switch text {
		case "👍":
			return 2
		case "👎":
			return 1
		}
		return 0
	}
	if n := strings.Count(text, "⭐"); n > 0 && text == strings.Repeat("⭐", n) && n <= scale {
		return n
	}
	if n, err := strconv.Atoi(text); err == nil && len(text) == 1 && n >= 1 && n <= scale {
		return n
	}
	return 0
}

// agentNoted decides on the form after Resolve: what it says stands on the card.
func (d *decision) agentNoted() {
	d.do(Detail{
		Handover: d.e.Handover, Category: strings.TrimSpace(d.e.Values[FieldCategory]), Note: strings.TrimSpace(d.e.Values[FieldNote]), Noted: true,
	})
}
