package slackdesk

import (
	"fmt"
	"regexp"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// Rung is an entry of the list [[slack.ladder]].
type Rung struct {
	After models.Duration `toml:"after"` // since the customer began to wait
	Do    string          `toml:"do"`    // a handover.RungKind
	To    string          `toml:"to"`    // ids: of a user group or "here", of a channel, of a person
}

// defaultLadder is what a section has that says nothing: nobody is left without a word.
func defaultLadder() []handover.Rung {
	return []handover.Rung{{After: 10 * time.Minute, Do: handover.RungRemind}, {After: time.Hour, Do: handover.RungPromise}}
}

const (
	laddersMost = 20
	// waitMost bounds what a config can mean: beyond it is a slip of the pen.
	waitMost = 30 * 24 * time.Hour
)

var groupID = regexp.MustCompile(`^S[A-Z0-9]{6,}$`)

// queue returns what the section says of chats that wait, and of those that went quiet. What is wrong with the hours is told
// by validateQueue.
func (c Config) queue() handover.QueuePolicy {
	h, _ := c.Hours.Parse()
	q := handover.QueuePolicy{
		Hours: h, QuietAgent: c.QuietAgent.Duration, QuietOffer: c.QuietOffer,
		QuietCustomer: c.QuietCustomer.Duration, CloseAfter: c.CloseAfter.Duration,
	}
	if c.Ladder == nil {
		q.Ladder = defaultLadder()
	}
	for _, r := range c.Ladder {
		q.Ladder = append(q.Ladder, handover.Rung{After: r.After.Duration, Do: handover.RungKind(r.Do), To: r.To})
	}
	return q
}

// validateQueue returns what is wrong in the keys of queue.
func (c Config) validateQueue() []Problem {
	var found []Problem
	fault := func(key, format string, args ...any) {
		found = append(found, Problem{Key: key, Text: fmt.Sprintf(format, args...)})
	}
	_, problems := c.Hours.Parse()
	for _, p := range problems {
		key := "hours"
		if p.Key != "" {
			key += "." + p.Key
		}
		fault(key, "%s", p.Text)
	}
	for _, d := range []struct {
		key  string
		long models.Duration
	}{{"quiet_agent", c.QuietAgent}, {"quiet_customer", c.QuietCustomer}, {"close_after", c.CloseAfter}} {
		if d.long.Duration < 0 || d.long.Duration > waitMost {
			fault(d.key, "is not from 0 to 30 days")
		}
	}
	if c.QuietOffer && c.QuietAgent.Duration == 0 {
		fault("quiet_offer", "means nothing without quiet_agent")
	}
	if c.CloseAfter.Duration > 0 && c.QuietCustomer.Duration == 0 {
		fault("close_after", "means nothing without quiet_customer")
	}
	if len(c.Ladder) > laddersMost {
		fault("ladder", "has %d rungs; %d are enough", len(c.Ladder), laddersMost)
	}
	for i, r := range c.Ladder {
		key := fmt.Sprintf("ladder[%d]", i)
		if r.After.Duration <= 0 || r.After.Duration > waitMost {
			fault(key+".after", `is missing, or is not from 1 second to 30 days: "10m" since the customer began to wait`)
		} else if i > 0 && r.After.Duration <= c.Ladder[i-1].After.Duration {
			fault(key+".after", "is not later than that of the rung before: all are counted since the customer began to wait")
		}
		found = append(found, r.validate(key, i == len(c.Ladder)-1)...)
	}
	if n := len(c.Ladder); n > 0 && c.Ladder[n-1].Do != string(handover.RungPromise) {
		found = append(found, Problem{Key: "ladder", Text: "does not end with a promise: who waits longer is told nothing more", Warning: true})
	}
	return found
}

func (r Rung) validate(key string, last bool) (found []Problem) {
	fault := func(key, text string) { found = append(found, Problem{Key: key, Text: text}) }
	var form *regexp.Regexp
	var like string
	switch handover.RungKind(r.Do) {
	case handover.RungRemind, handover.RungPromise:
		if r.To != "" {
			fault(key+".to", "means nothing here: "+r.Do+" is for the thread alone")
		}
		if r.Do == string(handover.RungPromise) && !last {
			fault(key+".do", "is not the last rung: after a promise the bot has the chat again")
		}
		return found
	case handover.RungGroup:
		form, like = groupID, `the id of a user group (S0123456789), or "here"`
		if r.To == mentionHere {
			return nil
		}
	case handover.RungChannel:
		form, like = channelID, "the id of a channel (C0123456789)"
	case handover.RungDM:
		form, like = userID, "the id of a member (U0123456789)"
	default:
		fault(key+".do", `is none of "remind", "group", "channel", "dm" and "promise"`)
		return found
	}
	switch {
	case r.To == "":
		fault(key+".to", "missing: "+like)
	case !form.MatchString(r.To):
		fault(key+".to", "is not "+like)
	}
	return found
}
