package lanes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// breakers is which bots are out as far as this copy knows. The database has the truth: what is believed to be out is looked
// up before a question is held, and what is believed to work is found out by the next failure, so another copy's news may
// be late.
type breakers struct {
	mu   sync.Mutex
	out  map[string]string // incident, by bot
	wake chan struct{}     // there is something to look after
}

func (b *breakers) incident(bot string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out[bot]
}

// set notes that a bot is out, or with "" that it is not.
func (b *breakers) set(bot, incident string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := maps.Clone(b.out)
	if incident == "" {
		delete(out, bot)
	} else {
		if out == nil {
			out = map[string]string{}
		}
		out[bot] = incident
	}
	b.out = out
}

// load replaces all that was known, and returns the bots that are back.
func (b *breakers) load(rows []models.Breaker) (back []string) {
	out := map[string]string{}
	for _, row := range rows {
		out[row.Bot] = row.Incident
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for bot := range b.out {
		if out[bot] == "" {
			back = append(back, bot)
		}
	}
	b.out = out
	return back
}

// learn reads from the database which bots are out, and counts their outages among the faults. The copy in which one ends
// tells of it.
func (e *Engine) learn(ctx context.Context) {
	out, err := e.store.Outages(ctx)
	var alive []models.Incident
	if err == nil && len(out) > 0 {
		alive, err = e.store.Incidents(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("outages not read", "err", err)
		}
		return
	}
	for _, bot := range e.breakers.load(out) {
		e.ops.Forget(outageKey(bot))
	}
	for _, b := range out {
		for _, i := range alive {
			if i.ID == b.Incident {
				e.ops.know(outageKey(i.Bot), e.outage(i))
			}
		}
	}
}

// breaker returns how many chats of a bot must break within a minute for it to count as out, 0 if it never does.
func (r *Roster) breaker(bot string) (chats int) {
	for _, ch := range r.Channels {
		if ch.Bot == bot {
			chats = max(chats, ch.Policy.Breaker)
		}
	}
	return chats
}

// admit reports whether a question goes to a bot. While the bot is out it does not, except for one at a time that finds out
// whether the bot is back; ev says then that it is the one. A question that is too old finds out nothing.
func (d *dispatcher) admit(ctx context.Context, bot *Bot, stale bool, ev *models.Event) (bool, error) {
	name := d.key.account
	if d.e.breakers.incident(name) == "" || d.e.Roster().breaker(name) == 0 {
		return true, nil
	}
	b, err := d.e.store.Breaker(ctx, name)
	if err != nil {
		return false, err
	}
	if b.Incident != "" && !stale && d.e.stamp() >= b.ProbeAt {
		err := d.write(ctx, store.Need{}, func(tx *store.Tx) (err error) {
			if b, err = tx.HoldBreaker(name); err != nil {
				return err
			}
			if b, ev.Probe = handover.Probe(b, bot.Timeout, d.e.stamp()); !ev.Probe {
				return nil
			}
			return tx.PutBreaker(b)
		})
		if err != nil {
			return false, err
		}
	}
	if b.Incident == "" {
		d.e.breakers.set(name, "") // another copy saw that it is back
		return true, nil
	}
	if !ev.Probe {
		ev.Failure = &models.Failure{Cause: models.CauseOutage}
		d.e.metrics.answered(bot.Name, string(models.CauseOutage), 0)
	}
	return ev.Probe, nil
}

// observe finds out whether a bot's failure is one of many, before it is decided, and what a probe found out. The bot's row
// is locked behind the conversation's in lane, and only for what changes it.
func (e *Engine) observe(tx *store.Tx, c models.Conversation, ch *Channel, ev *models.Event) error {
	answered := ev.Type == models.BotAnswered
	if answered && !ev.Probe || !answered && ev.Type != models.BotFailed {
		return nil
	}
	chats := e.Roster().breaker(ev.Bot)
	if chats == 0 || e.Roster().Bots[ev.Bot] == nil {
		return nil
	}
	if ev.Probe {
		return e.probed(tx, ev, answered)
	}
	cause := models.CauseError
	if ev.Failure != nil {
		cause = ev.Failure.Cause
	}
	if cause != models.CauseError && cause != models.CauseTimeout && cause != models.CauseOutage {
		return nil
	}
	b, err := tx.Breaker(ev.Bot)
	if err != nil {
		return err
	}
	void := c.Mode != models.ModeBot || ev.Epoch != c.Epoch || ev.Signals.Small // nobody is let down by it
	if b.Incident == "" && cause != models.CauseOutage && !void {
		if b, err = e.missed(tx, c, ch, *ev, chats); err != nil {
			return err
		}
	}
	if ev.Outage = b.Incident; b.Incident != "" {
		tx.After(func() { e.breakers.set(b.Bot, b.Incident) })
	}
	return nil
}

// missed counts a failure, and opens an incident if it is one too many.
func (e *Engine) missed(tx *store.Tx, c models.Conversation, ch *Channel, ev models.Event, chats int) (models.Breaker, error) {
	b, err := tx.HoldBreaker(ev.Bot)
	if err != nil || b.Incident != "" {
		return b, err // another copy was faster
	}
	now := e.stamp()
	b, out := handover.Missed(b, c.ID, chats, now)
	if !out {
		return b, tx.PutBreaker(b)
	}
	i := models.Incident{ID: e.newID(), Bot: ev.Bot, Chats: chats, OpenedAt: now}
	if ev.Failure != nil {
		i.Cause, i.Error = ev.Failure.Cause, ev.Failure.Text
	}
	if ch != nil {
		i.Desk, i.Place = ch.Desk, ch.Place
		if d := e.Roster().Desks[ch.Desk]; d != nil && d.Ops != "" {
			i.Place = d.Ops
		} else if d != nil && i.Place == "" {
			i.Place = d.Place
		}
	}
	if err := tx.OpenIncident(i); err != nil {
		return b, err
	}
	b.Incident = i.ID
	tx.After(func() {
		e.log.Warn("bot is out: its questions wait until it is back", "bot", i.Bot, "chats", chats, "cause", string(i.Cause))
		e.breakers.set(i.Bot, i.ID)
		e.ops.raise(outageKey(i.Bot), e.outage(i), true)
		e.tell(leaseOutages)
	})
	return b, tx.PutBreaker(b)
}

// probed notes what a probe found out.
func (e *Engine) probed(tx *store.Tx, ev *models.Event, answered bool) error {
	b, err := tx.HoldBreaker(ev.Bot)
	if err != nil || b.Incident == "" {
		return err
	}
	ev.Outage = b.Incident
	if !answered {
		return tx.PutBreaker(handover.Probed(b, false, e.stamp()))
	}
	return e.close(tx, b)
}

// close ends an outage: the bot answers again, or is not to be asked any more.
func (e *Engine) close(tx *store.Tx, b models.Breaker) error {
	i, ok, err := tx.Incident(b.Incident)
	if err != nil {
		return err
	}
	if ok {
		if err := tx.UpdateIncident(i.ID, map[string]any{"ended_at": e.stamp()}); err != nil {
			return err
		}
	}
	tx.After(func() {
		e.log.Info("bot is back", "bot", b.Bot)
		e.breakers.set(b.Bot, "")
		e.ops.clear(outageKey(b.Bot), e.outage(i), true)
		e.tell(leaseOutages)
	})
	return tx.PutBreaker(handover.Probed(b, true, e.stamp()))
}

func outageKey(bot string) string { return "outage " + bot }

// outage is what the operator is told of an outage.
func (e *Engine) outage(i models.Incident) fault {
	name := "The bot"
	if i.Bot != "" {
		name += " " + i.Bot
	}
	f := fault{text: fmt.Sprintf("%s does not answer: %d chats broke within a minute. Customers are told, and their questions wait until it is back.",
		name, i.Chats)}
	if d := e.Roster().Desks[i.Desk]; d != nil {
		_, f.shown = d.Desk.(handover.Reporter)
	}
	return f
}

// handAll notes that an agent wants all chats that wait because of an outage to be handed over.
func (e *Engine) handAll(tx *store.Tx, desk string, action handover.Action) error {
	if action.Refusal != "" {
		tx.After(func() { e.say(desk, action, handover.NoticeRefused(action.Refusal)) })
		return nil
	}
	i, ok, err := tx.Incident(action.Incident)
	if err != nil {
		return err
	}
	waits := false
	if ok && i.Desk == desk && i.DoneAt == 0 {
		if waits, err = tx.Waits(i.Bot); err != nil {
			return err
		}
	}
	if !waits {
		tx.After(func() { e.say(desk, action, handover.NoticeNoOutage) })
		return nil
	}
	tx.After(func() { e.tell(leaseOutages) })
	return tx.HandAll(i.ID, action.Person, e.stamp())
}

// owed finds what the customer asked and still waits for, for the card.
func owed(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	var messages []models.Message
	for _, o := range c.Memory.Owed {
		m, ok, err := tx.Message(o.Message)
		if err != nil {
			return err
		}
		if ok && !m.Deleted {
			messages = append(messages, m)
		}
	}
	joined := join(messages)
	ev.Content = &joined
	return nil
}

// owes reports whether a message waits to be answered since an outage.
func owes(c models.Conversation, message string) bool {
	return slices.ContainsFunc(c.Memory.Owed, func(o models.Owed) bool { return o.Message == message })
}
