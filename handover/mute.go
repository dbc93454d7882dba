package handover

import "patchbay/models"

// agentBlocked decides on the button Block. Whoever has the chat has it no more, and what the customer writes from then on
// goes nowhere. He is told nothing: who is told tries another way.
func (d *decision) agentBlocked() {
	d.do(Remark{
		Handover: d.e.Handover, Mention: d.agent().ID,
		Text: "blocked this customer. What they write is kept, but shown to nobody and not answered, until somebody unblocks them.",
	})
	if d.c.Mode != models.ModeBot || d.c.Memory.Promised != "" && d.c.Memory.Promised == d.c.Handover {
		d.close(models.HandoverBlocked, d.e.At)
	} else {
		d.turn(models.ModeBot) // what the bot was asked is void
		d.do(Refresh{})
	}
	d.refreshOld()
	d.c.Memory.Muted, d.c.Memory.Told = true, ""
}

// agentUnblocked decides on the button Unblock while the customer is blocked.
func (d *decision) agentUnblocked() {
	d.c.Memory.Muted = false
	d.do(Remark{Handover: d.e.Handover, Text: "unblocked this customer. What they write from now on is answered again.", Mention: d.agent().ID}, Refresh{})
	d.refreshOld()
}

// refreshOld brings the card of a thread of the past up to date too, if the click was there.
func (d *decision) refreshOld() {
	if d.e.Handover != "" && !d.current() {
		d.do(Refresh{Handover: d.e.Handover})
	}
}

// already tells who clicked on a card that was not up to date, and brings it there.
func (d *decision) already(notice NoticeKey) {
	d.do(Whisper{Agent: d.agent().ID, Notice: notice, Handover: d.e.Handover}, Refresh{Handover: d.e.Handover})
}

// muted decides on an event in the chat of a customer who is blocked. It reports false for one that means what it always
// does.
func (d *decision) muted() bool {
	switch d.e.Type {
	case models.CustomerWrote, models.CustomerPressed, models.CustomerReacted:
		if d.e.Type != models.CustomerReacted {
			d.meet()
		}
		content := models.Content{}
		if d.e.Content != nil {
			content = *d.e.Content
		}
		d.do(Record{Message: models.Message{
			ID: d.e.Message, Author: models.ByCustomer, Kind: models.Muted, PlatformID: d.e.Ref, Content: content, At: d.e.At,
		}})
	case models.CustomerEdited, models.CustomerDeleted:
		if d.e.Message != "" {
			d.do(Rewrite{Message: d.e.Message, Content: d.e.Content, Deleted: d.e.Type == models.CustomerDeleted})
		}
	case models.AgentUnblocked:
		d.agentUnblocked()
	case models.AgentBlocked:
		d.already(NoticeMuted)
	case models.AgentReplied:
		if d.e.Note || d.e.Again != "" || d.e.Canned == models.CannedUnknown || d.e.Canned == models.CannedBare {
			return false
		}
		m := models.Message{
			ID: d.e.Message, Handover: d.e.Handover, Author: models.ByAgent, Kind: models.Held, Person: d.agent(), Post: d.e.Ref, At: d.e.At,
		}
		if d.e.Content != nil {
			m.Content = *d.e.Content
		}
		d.c.Memory.Heard = d.e.Ref
		d.do(Record{Message: m})
		d.whisperMuted()
	case models.AgentTookChat:
		d.e.Handover = d.c.Handover
		d.whisperMuted()
	case models.AgentClaimed, models.AgentTookOver, models.AgentPassed, models.AgentConfirmed, models.AgentSentNow, models.AgentSentNote,
		models.AgentCorrected, models.AgentRetried, models.AgentPlain, models.AgentInsisted, models.AgentSeized, models.AgentSentCanned, models.AgentSentReply, models.AgentSentIt,
		models.AgentSentTemplate:
		d.whisperMuted()
	case models.AgentReacted, models.CustomerElsewhere, models.BotAnswered, models.BotFailed, models.BotBack, models.BotGone:
	default:
		return false
	}
	return true
}

func (d *decision) whisperMuted() {
	d.do(Whisper{Agent: d.agent().ID, Notice: NoticeMuted, Handover: d.e.Handover, Message: d.e.Message})
}
