package lanes

import (
	"context"
	"strings"
	"time"

	"patchbay/handover"
	"patchbay/handover/texts"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// leaseQueue names what one copy does for all: to look after those who wait for a person.
	leaseQueue = "queue"
	// lineEvery is how often lines are looked at while somebody is in one, lineRest how long at least is between two looks,
	// however much happens, and lineIdle how often is looked whether there is one.
	lineEvery = 15 * time.Second
	lineRest  = time.Second
	lineIdle  = time.Minute
	// lineNear is how many of a line are told when they come nearer. Who is farther away is in the tier in which he was told
	// to be.
	lineNear = models.FewMost + 1
	// placeEvery is how often a customer is told his place at most. The state machine keeps to it; here it saves events.
	placeEvery = 2 * time.Minute
)

// queueLoop looks after those who wait for a person until ctx ends.
func (e *Engine) queueLoop(ctx context.Context, _ store.Holding) {
	k := &keeper{e: e, pinged: map[string]time.Time{}, failed: map[string]time.Time{}}
	for {
		wait := k.keep(ctx)
		if !sleep(ctx, lineRest, nil) || !sleep(ctx, max(wait-lineRest, 0), e.queue) {
			return
		}
	}
}

// keeper looks after lines. It is one goroutine's.
type keeper struct {
	e      *Engine
	pinged map[string]time.Time // when a desk was asked last whether it is there
	failed map[string]time.Time // when a list could not be posted last, by desk and place
}

// keep does what is to be done now and returns how long until it is to be called again, unless something happens.
func (k *keeper) keep(ctx context.Context) time.Duration {
	lines, err := k.e.store.Lines(ctx)
	if err != nil {
		k.warn(ctx, "lines not read", err)
		return lineEvery
	}
	k.ping(ctx, lines)
	wait := k.passAll(ctx)
	for _, l := range lines {
		wait = min(wait, lineEvery)
		if l.Waiting > 0 {
			next, err := k.move(ctx, l)
			if err != nil {
				k.warn(ctx, "line not told", err)
			}
			wait = min(wait, next)
		}
		if err := k.list(ctx, l); err != nil {
			k.warn(ctx, "list not posted", err)
		}
	}
	return wait
}

func (k *keeper) warn(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		k.e.log.Warn("those who wait are not looked after", "what", what, "err", err)
	}
}

// move tells the first of a line who came nearer to its head. It returns how long until somebody may be told again.
func (k *keeper) move(ctx context.Context, l store.Crowded) (time.Duration, error) {
	desk := k.e.Roster().Desks[l.Desk]
	now := k.e.stamp()
	if desk == nil || !desk.Policy.Queue.Hours.Open(now.Time()) {
		return lineEvery, nil
	}
	first, err := k.e.store.Line(ctx, l.Desk, l.Place, now+1, lineNear, models.HandoverWaiting)
	if err != nil {
		return lineEvery, err
	}
	next := lineEvery
	for before, h := range first {
		c, err := k.e.store.Conversation(ctx, h.Conversation)
		if err != nil {
			return lineEvery, err
		}
		tier, m := models.TierOf(before), c.Memory
		if c.Mode != models.ModeWaiting || c.Handover != h.ID || !tier.Nearer(m.Tier) {
			continue
		}
		if due := m.TierAt.Add(placeEvery); m.TierAt != 0 && now < due {
			next = min(next, due.Sub(now))
			continue
		}
		err = k.e.commit(ctx, store.Need{Chat: c.ID, Decide: true}, func(tx *store.Tx, turn *turn) error {
			return turn.happen(tx, c.ID, models.Event{Type: models.QueueMoved, Handover: h.ID, Tier: tier})
		})
		if err != nil {
			return lineEvery, err
		}
	}
	return next, nil
}

// inLine returns the words with which a customer is told how many wait before him, "" when nobody does: that somebody is
// called says all then. The conversation remembers what he was told.
func (a *applier) inLine(languages []string) (string, error) {
	h, ok, err := a.tx.Handover(a.c.Handover)
	if err != nil || !ok {
		return "", err
	}
	before, err := a.tx.Ahead(h, models.FewMost+1)
	if err != nil {
		return "", err
	}
	a.c.Memory.Tier = models.TierOf(before)
	switch a.c.Memory.Tier {
	case models.TierFew:
		return a.roster.Words.Say(texts.PlaceFew, languages, nil), nil
	case models.TierLine:
		return a.roster.Words.Say(texts.PlaceLine, languages, nil), nil
	case models.TierNext:
	}
	return "", nil
}

// choices returns the buttons under a text of ours. Where the platform has none, what can be chosen is said in the text.
func (a *applier) choices(key texts.Key, languages []string, text string) ([]models.Button, string) {
	var buttons []models.Button
	add := func(key texts.Key, payload string) {
		if title := a.roster.Words.Say(key, languages, nil); title != "" {
			buttons = append(buttons, models.Button{Title: title, Payload: payload})
		}
	}
	if !a.roster.policy(a.ch).HasBot {
		return nil, text
	}
	switch key {
	case texts.Handover, texts.Break, texts.PlaceNext, texts.PlaceFew, texts.PlaceLine, texts.StillWaiting, texts.Waiting, texts.WriteMessage:
		if a.limits().Buttons > 0 {
			add(texts.ToBot, "/bot")
		}
		return buttons, text
	case texts.ClosedHours:
	default:
		return nil, text
	}
	add(texts.Wait, payloadWait)
	add(texts.LeaveMessage, payloadMessage)
	add(texts.ToBot, "/bot")
	if a.limits().Buttons >= len(buttons) {
		return buttons, text
	}
	var b strings.Builder
	b.WriteString(text)
	for i, title := range []texts.Key{texts.Wait, texts.LeaveMessage, texts.ToBot} {
		if said := a.roster.Words.Say(title, languages, nil); said != "" {
			b.WriteString("\n" + string(rune('1'+i)) + ". " + said)
		}
	}
	return nil, b.String()
}

// Payloads of the buttons under closed_hours.
const (
	payloadWait    = "/wait"
	payloadMessage = "/message"
)

// choice returns what a customer wants who was asked while nobody is at work: by a button, or by the words on it.
func (e *Engine) choice(c models.Content) models.Choice {
	switch c.Payload {
	case payloadWait:
		return models.ChoiceWait
	case payloadMessage:
		return models.ChoiceMessage
	}
	words := e.Roster().Words
	if words == nil || len(c.Text) > 100 {
		return ""
	}
	switch words.Match(c.Text, texts.Wait, texts.LeaveMessage) {
	case texts.Wait:
		return models.ChoiceWait
	case texts.LeaveMessage:
		return models.ChoiceMessage
	default:
	}
	return ""
}

// offer shows that nobody has the chat any more. The place in the line is that of who waits since the beginning.
func (a *applier) offer() error {
	return a.card(func(h *models.Handover) { h.State, h.Agent = models.HandoverWaiting, models.Person{} })
}

// page tells somebody of the chat outside of its thread.
func (a *applier) page(f handover.Page) error {
	return a.post(a.c.Handover, models.Entry{Verb: models.VerbPage, Handover: a.c.Handover, Agent: f.To, Notice: string(f.Key)})
}
