package lanes

import (
	"fmt"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/handover/texts"
	"patchbay/models"
	"patchbay/models/store"
)

// applier carries out the effects of one decision, in the transaction that records it.
type applier struct {
	e      *Engine
	tx     *store.Tx
	roster *Roster
	ch     *Channel // nil when the section is gone
	before models.Conversation
	c      *models.Conversation // as it will be saved
	ev     models.Event
	now    models.Stamp

	known  map[string]*models.Message // recorded or loaded by this decision
	fewer  string                     // the message of an agent that has fewer files than before
	spoke  bool                       // it sent the customer something
	opened bool                       // this decision opened the handover: what it records from then on belongs there
}

func (a *applier) apply(effects []handover.Effect) error {
	for _, effect := range effects {
		if err := a.do(effect); err != nil {
			return fmt.Errorf("%T: %w", effect, err)
		}
	}
	return nil
}

func (a *applier) do(effect handover.Effect) error {
	switch f := effect.(type) {
	case handover.Record:
		return a.record(f.Message)
	case handover.Ask:
		return a.ask(f)
	case handover.Wait:
		return a.tx.PutWait(models.Wait{Conversation: a.c.ID, Bot: a.ev.Bot, Since: f.Since, At: f.At})
	case handover.Unwait:
		_, err := a.tx.EndWait(a.c.ID)
		return err
	case handover.Send:
		return a.send(f.Message, f.Wait)
	case handover.Tell:
		return a.tell(f)
	case handover.Open:
		return a.open(f)
	case handover.Reopen:
		return a.reopen(f)
	case handover.Claim:
		return a.card(func(h *models.Handover) {
			h.State, h.Agent, h.ClaimedAt = models.HandoverClaimed, f.Agent, a.now
		})
	case handover.Offer:
		return a.offer()
	case handover.Tag:
		return a.tag(f)
	case handover.Seek:
		return a.post(a.c.Handover, models.Entry{Verb: models.VerbSeek, Agent: f.Agent})
	case handover.Page:
		return a.page(f)
	case handover.Close:
		a.tx.After(func() { a.e.metrics.ended(f.State) })
		return a.card(func(h *models.Handover) {
			h.State, h.EndedAt = f.State, a.now
			if f.Agent.ID != "" {
				h.Agent = f.Agent
			}
		})
	case handover.Refresh:
		return a.change(f.Handover, func(*models.Handover) {})
	case handover.Display:
		return a.display(f)
	case handover.Remark:
		return a.remark(f)
	case handover.Rewrite:
		return a.rewrite(f)
	case handover.Amend:
		return a.amend(f)
	case handover.Choose:
		return a.choose(f)
	case handover.Look:
		return a.look(f)
	case handover.React:
		return a.react(f)
	case handover.Emote:
		return a.emote(f)
	case handover.Release:
		return a.release(f)
	case handover.Shelve:
		return a.shelve(f.Message)
	case handover.Cancel:
		return a.cancel(f)
	case handover.Withdraw:
		return a.withdraw(f)
	case handover.Correct:
		return a.correct(f)
	case handover.Resend:
		return a.resend(f)
	case handover.Keep:
		return a.keep(f.Message)
	case handover.Rated:
		return a.rated(f)
	case handover.Detail:
		return a.detail(f)
	case handover.Whisper:
		return a.whisper(f)
	case handover.Set:
		a.tx.After(func() { a.e.tell(leaseTimers) })
		return a.tx.SetAlarm(models.Alarm{Conversation: a.c.ID, Kind: f.Timer, Due: f.Due, Epoch: a.c.Epoch})
	case handover.Stop:
		return a.tx.StopAlarm(a.c.ID, f.Timer)
	case handover.Alert:
		return a.alert(f)
	}
	return fmt.Errorf("unknown effect %T", effect)
}

// record puts a message into the transcript.
func (a *applier) record(m models.Message) error {
	a.c.Messages++
	m.Conversation, m.Num = a.c.ID, a.c.Messages
	if m.At == 0 {
		m.At = a.now
	}
	if m.Handover == "" && (a.before.Mode != models.ModeBot || a.opened || m.Kind == models.Line) {
		m.Handover = a.c.Handover
	}
	a.remember(&m)
	if m.Kind == models.Held {
		if err := a.know(m); err != nil {
			return err
		}
	}
	return a.tx.Record(&m)
}

func (a *applier) remember(m *models.Message) {
	if a.known == nil {
		a.known = map[string]*models.Message{}
	}
	a.known[m.ID] = m
}

// message returns a message of this conversation, as this decision left it.
func (a *applier) message(id string) (*models.Message, error) {
	if m := a.known[id]; m != nil {
		return m, nil
	}
	m, ok, err := a.tx.Message(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("message %s: %w", id, store.ErrNotFound)
	}
	a.remember(&m)
	return &m, nil
}

func (a *applier) ask(f handover.Ask) error {
	bot := ""
	if a.ch != nil {
		bot = a.ch.Bot
	}
	return a.tx.Append(a.c.ID, models.LaneBot, bot, models.Entry{Verb: models.VerbAsk, Message: f.Message, Epoch: a.c.Epoch, Again: f.Again}, a.now)
}

// send splits a message by the platform's limits and queues its parts, which wait for as long as wait.
func (a *applier) send(message string, wait time.Duration) error {
	m, err := a.message(message)
	if err != nil {
		return err
	}
	parts := len(outbounds(*m, "", a.limits()))
	a.number(*m)
	m.Parts, m.State = parts, models.Queued
	if err := a.tx.Update(m.ID, map[string]any{"parts": parts, "state": models.Queued, "title": m.Title}); err != nil {
		return err
	}
	if err := a.firstAnswer(*m); err != nil {
		return err
	}
	free := a.now.Add(wait)
	if err := a.mark(*m, free); err != nil {
		return err
	}
	if wait <= 0 {
		return a.queue(m.ID, models.VerbSend, 0, parts)
	}
	a.writing(*m, free)
	return a.append(models.Entry{Verb: models.VerbSend, Message: m.ID, NotBefore: free}, 0, parts)
}

// queue appends an out entry for each of the parts from to to.
func (a *applier) queue(message string, verb models.Verb, from, to int) error {
	return a.append(models.Entry{Verb: verb, Message: message}, from, to)
}

// append appends the entry to the out lane for each of the parts from to to.
func (a *applier) append(entry models.Entry, from, to int) error {
	for n := from; n < to; n++ {
		entry.Part = n
		if err := a.tx.Append(a.c.ID, models.LaneOut, a.c.Account, entry, a.now); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) limits() channels.Limits {
	if a.ch == nil {
		return channels.Limits{}
	}
	return a.ch.Limits
}

// tell sends a text of ours, with the buttons that belong to it.
func (a *applier) tell(f handover.Tell) error {
	languages := a.roster.languages(*a.c)
	text := a.roster.Words.Say(texts.Key(f.Key), languages, f.Vars)
	if f.Line {
		more, err := a.inLine(languages)
		if err != nil {
			return err
		}
		text = strings.TrimSpace(text + "\n" + more)
	}
	m := models.Message{ID: a.e.newID(), Author: models.BySystem, Kind: models.Said}
	if text != "" {
		m.Content.Buttons, m.Content.Text = a.choices(texts.Key(f.Key), languages, text)
	}
	if f.Rate > 0 {
		a.askRating(&m.Content, f.Rate)
	}
	if m.Content.Text == "" {
		return nil
	}
	if err := a.record(m); err != nil {
		return err
	}
	return a.send(m.ID, 0)
}

// rewrite changes a message of ours, and the post that shows it.
func (a *applier) rewrite(f handover.Rewrite) error {
	m, err := a.message(f.Message)
	if err != nil {
		return err
	}
	replaced := false
	switch content := f.Content; {
	case content == nil:
	case content.Reads(m.Content) && !f.Deleted:
		return nil // platforms also tell of changes that nobody can see
	default:
		now := *content
		if m.Author == models.ByCustomer && m.Kind != models.Reaction {
			now = m.Content.Reworded(now)
		}
		if now.Attachments, replaced = kept(m.Content.Attachments, now.Attachments); lost(m.Content.Attachments, now.Attachments) {
			a.fewer = m.ID
		}
		m.Content, m.Edited = now, true
	}
	m.Deleted = f.Deleted || m.Deleted && m.Kind != models.Reaction // a reaction can come back
	if err := a.tx.Rewrite(*m); err != nil {
		return err
	}
	if f.Deleted {
		if err := a.e.remark(a.tx, *m); err != nil {
			return err
		}
	}
	if m.Post == "" || m.Author == models.ByAgent {
		return nil // not shown yet, so it is shown as it is now; or the agent's own post
	}
	if replaced {
		if err := a.post(m.Handover, models.Entry{Verb: models.VerbFile, Handover: m.Handover, Message: m.ID}); err != nil {
			return err
		}
	}
	return a.post(m.Handover, models.Entry{Verb: models.VerbEdit, Handover: m.Handover, Message: m.ID})
}

// amend does to what the customer sees what an agent did to his own post. Whether it went out with older words is known
// when the entries come up in the lane, behind those that send it.
func (a *applier) amend(f handover.Amend) error {
	m, err := a.message(f.Message)
	if err != nil || m.Kind != models.Said || m.Parts == 0 || a.ch == nil {
		return err
	}
	_, edits := a.ch.Adapter.(channels.Editor)
	_, deletes := a.ch.Adapter.(channels.Deleter)
	switch {
	case f.Deleted && deletes:
		return a.queue(m.ID, models.VerbDelete, 0, m.Parts)
	case f.Deleted:
		return a.queue(m.ID, models.VerbDelete, 0, 1)
	case !edits:
		return a.queue(m.ID, models.VerbEdit, 0, 1)
	}
	before, after := m.Parts, len(outbounds(*m, "", a.limits()))
	if a.fewer == m.ID && deletes && !a.limits().Links {
		// A send cannot become one of another file, and the one that he took away is not to stay: all go, and what is left comes anew.
		if err := a.queue(m.ID, models.VerbDelete, 0, before); err != nil {
			return err
		}
		m.Parts = after
		if err := a.queue(m.ID, models.VerbSend, 0, after); err != nil {
			return err
		}
		return a.tx.Update(m.ID, map[string]any{"parts": m.Parts})
	}
	if err := a.queue(m.ID, models.VerbEdit, 0, min(before, after)); err != nil {
		return err
	}
	if err := a.queue(m.ID, models.VerbSend, before, after); err != nil {
		return err
	}
	m.Parts = max(before, after)
	if deletes {
		if err := a.queue(m.ID, models.VerbDelete, after, before); err != nil {
			return err
		}
		m.Parts = after
	}
	return a.tx.Update(m.ID, map[string]any{"parts": m.Parts})
}

// alert tells the operator, once until the place of the handover's thread works again.
func (a *applier) alert(f handover.Alert) error {
	h, ok, err := a.tx.Handover(a.c.Handover)
	if err != nil || !ok {
		return err
	}
	a.tx.After(func() { a.e.ops.Raise(f.Key+" "+deskAccount(h.Desk, h.Place), f.Text) })
	return nil
}
