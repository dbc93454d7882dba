package handover

import (
	"maps"
	"slices"
	"strings"

	"patchbay/models"
)

// Decide says what an event does to a conversation. It is pure: the same arguments give the same result, and nothing is
// read or written besides them. e.Message and e.Handover name the message and the handover that the event is about, as
// far as they are known. An event that no longer fits, such as the answer to a question of an earlier epoch, changes
// nothing but the transcript.
func Decide(c models.Conversation, e models.Event, p Policy, now models.Stamp) (models.Conversation, []Effect) {
	c.Contact.Fields = maps.Clone(c.Contact.Fields)
	c.Memory.SaidAt = slices.Clone(c.Memory.SaidAt)
	c.Memory.Owed = slices.Clone(c.Memory.Owed)
	c.Memory.Shown = slices.Clone(c.Memory.Shown)
	c.Memory.Intruders = slices.Clone(c.Memory.Intruders)
	c.Memory.Fields = maps.Clone(c.Memory.Fields)
	c.Memory.Tags = slices.Clone(c.Memory.Tags)
	c.Memory.Shelved = slices.Clone(c.Memory.Shelved)
	c.Memory.Early = slices.Clone(c.Memory.Early)
	d := decision{c: c, e: e, p: p, now: now}
	if d.c.Memory.Muted && d.muted() {
		d.c.UpdatedAt = now
		return d.c, d.effects
	}
	switch e.Type {
	case models.CustomerWrote, models.CustomerPressed:
		d.customerWrote()
	case models.CustomerEdited, models.CustomerDeleted:
		d.customerChanged()
	case models.CustomerReacted:
		d.customerReacted()
	case models.CustomerBlocked, models.CustomerUnblocked:
		d.customerBlocked()
	case models.CustomerElsewhere:
		d.customerElsewhere()
	case models.CustomerMoved:
		d.customerMoved()
	case models.AgentReplied:
		d.agentReplied()
	case models.AgentEdited, models.AgentDeleted:
		d.agentChanged()
	case models.AgentClaimed:
		d.agentClaimed()
	case models.AgentResolved:
		d.agentResolved()
	case models.AgentReacted:
		d.agentReacted()
	case models.AgentBlocked:
		d.agentBlocked()
	case models.AgentUnblocked:
		d.already(NoticeNotMuted)
	case models.AgentTookOver:
		d.agentTookOver()
	case models.AgentTookChat:
		d.agentTookChat()
	case models.AgentConfirmed, models.AgentSentNow, models.AgentSentNote:
		d.agentConfirmed()
	case models.AgentCanceled:
		d.agentCanceled()
	case models.AgentWithdrew:
		d.agentWithdrew()
	case models.AgentSentIt:
		d.agentSentIt()
	case models.AgentSentCanned, models.AgentSentReply:
		d.agentSentCanned()
	case models.AgentSentTemplate:
		d.agentSentTemplate()
	case models.AgentCorrected:
		d.agentCorrected()
	case models.AgentRetried, models.AgentPlain:
		d.agentRetried()
	case models.AgentRefused:
		d.do(Whisper{Agent: d.agent().ID, Notice: noticeRefused(e.Refusal), Handover: e.Handover})
	case models.BotAnswered:
		d.botAnswered()
	case models.BotFailed:
		d.botFailed()
	case models.BotBack:
		d.botBack()
	case models.BotGone:
		d.botGone()
	case models.SendFailed, models.SendDelayed:
		d.sendTrouble()
	case models.FileLost:
		d.fileLost()
	case models.QueueMoved:
		d.moved()
	case models.ThreadOpened, models.ThreadLost:
		d.threadChanged()
	case models.TimerRang:
		d.timerRang()
	case models.ChannelOff, models.ChannelOn:
		d.channelSwitched()
	case models.AgentPassed:
		d.agentPassed()
	case models.AgentSkipped:
		d.do(Detail{Handover: d.e.Handover, Skipped: true})
	case models.AgentNoted:
		d.agentNoted()
	case models.AgentInsisted:
		d.agentInsisted()
	case models.AgentSeized:
		d.agentSeized()
	case models.AgentMadeNote:
		d.agentMadeNote()
	case models.AgentTagged:
		d.agentTagged()
	case models.AgentAbout:
		d.agentAbout()
	case models.AgentStepped:
		d.agentStepped()
	case models.AgentLeft, models.SendRead:
	}
	d.c.UpdatedAt = now
	return d.c, d.effects
}

// decision is one call of Decide under way.
type decision struct {
	c       models.Conversation
	e       models.Event
	p       Policy
	now     models.Stamp
	effects []Effect
}

func (d *decision) do(effects ...Effect) { d.effects = append(d.effects, effects...) }

// agent returns who acted, never nil.
func (d *decision) agent() models.Person {
	if d.e.Agent == nil {
		return models.Person{}
	}
	return *d.e.Agent
}

// tell sends the customer a text of ours, but never the same one twice in a row.
func (d *decision) tell(key string, vars map[string]string) {
	text := strings.TrimSpace(key + " " + vars["agent"])
	if d.c.Memory.Told == text {
		return
	}
	d.c.Memory.Told = text
	d.do(Tell{Key: key, Vars: vars})
}

// say records a message and sends it to the customer in the name of speaker. An agent is named when he was not the last
// to speak.
func (d *decision) say(m models.Message, speaker string) {
	if m.Author == models.ByAgent && d.shut() {
		d.shelve(m)
		return
	}
	if m.Author == models.ByAgent {
		m.Title = d.title(m.Person, speaker)
	}
	d.c.Memory.Speaker = speaker
	d.c.Memory.Told = ""
	if m.Author == models.ByAgent {
		d.looked()
		d.send(m)
		return
	}
	d.do(Record{Message: m}, Send{Message: m.ID})
}

// turn hands the chat to another answerer. What was asked of the one before is void from here on, and so is what was
// counted and timed in his time.
func (d *decision) turn(mode models.Mode) {
	if d.c.Mode == models.ModeWaiting || d.c.Memory.Opening {
		d.c.Memory.Opening = false
		d.do(Stop{Timer: models.TimerGiveUp})
	}
	d.joined()
	d.settle()
	d.unwait()
	d.calm()
	d.unwatch()
	d.left()
	d.c.Mode = mode
	d.c.Epoch++
	d.c.Holder = models.Person{}
	d.c.Memory.Intruders = nil
	d.c.Memory.Breaks = 0
	d.c.Memory.Said, d.c.Memory.SaidAt = "", nil
}

// joined ends the wait for the first reply of the agent who claimed.
func (d *decision) joined() {
	if d.c.Memory.Joining {
		d.c.Memory.Joining = false
		d.do(Stop{Timer: models.TimerJoined})
	}
}

// open gives the chat to people and tells the customer.
func (d *decision) open(r models.Reason) {
	again := d.reopens()
	d.turn(models.ModeWaiting)
	if again {
		d.do(Reopen{Handover: d.c.Handover, Reason: r})
	} else {
		d.c.Memory.Opened = false
		place, team, because := d.route(r)
		d.do(Open{Reason: r, Place: place, Team: team, Because: because})
	}
	// Also for a thread that is open already, so that no wait can be without an end; then its ring means nothing.
	d.do(Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
	d.c.Memory.Resolved = 0
	key := "handover"
	if r.Cause.Broke() {
		key = "break"
	}
	d.await(key)
	d.seek()
}

// reopens reports whether the last thread is young enough to go on in it.
func (d *decision) reopens() bool {
	ended := d.c.Memory.Resolved
	if d.c.Handover != "" && d.c.Memory.Promised == d.c.Handover {
		return true // its thread is where the answer is owed
	}
	return d.c.Handover != "" && ended != 0 && d.p.Reopen > 0 && d.now.Sub(ended) <= d.p.Reopen
}

// close gives the chat back to the bot. at is when that was decided, by the clock of who did.
func (d *decision) close(state models.HandoverState, at models.Stamp) {
	agent := d.agent()
	d.do(Close{State: state, Agent: agent})
	d.turn(models.ModeBot)
	d.c.Memory.Speaker = ""
	d.c.Memory.Question, d.c.Memory.Answer = "", ""
	d.c.Memory.Off, d.c.Memory.Kept = false, ""
	d.c.Memory.Returned = &models.Returned{Ended: string(state), Handover: d.c.Handover, Agent: agent.Name}
	d.c.Memory.Resolved = max(at, 1)
	if state == models.HandoverGaveUp {
		d.c.Memory.Resolved = 0 // there is no thread to go on in
	}
}
