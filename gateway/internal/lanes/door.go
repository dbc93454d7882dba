package lanes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"patchbay/channels"
	"patchbay/models"
	"patchbay/models/store"
)

// arrival is an inbound thing, prepared for the transaction that stores it.
type arrival struct {
	models.Arrival
	receipt *channels.Inbound // what it is, where it is no event
}

// sorted reports whether it goes into the lane of its conversation, in the order in which it came. A receipt does not: it belongs to
// what was sent.
func (a arrival) sorted() bool { return a.receipt == nil }

// Accept stores what a channel brought and returns when it is safe on disk: only then may the platform be answered. What
// was delivered before is stored no second time.
func (e *Engine) Accept(ctx context.Context, ch *Channel, u channels.Update) error {
	arrivals := make([]arrival, 0, len(u.Inbound))
	for _, in := range u.Inbound {
		if a, ok := e.arrive(ch, in); ok {
			arrivals = append(arrivals, a)
		}
	}
	if len(arrivals) == 0 {
		return nil
	}
	e.accepting.add(1)
	defer e.accepted()
	if err := e.keep(ctx, arrivals); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	return nil
}

// acceptNow stores arrivals in the lanes of their conversations. It fails with store.ErrRush when others have to be before them.
func (e *Engine) acceptNow(ctx context.Context, arrivals []arrival) error {
	need := needOf(arrivals, e.stamp())
	need.Now = slices.ContainsFunc(arrivals, arrival.sorted)
	if e.accepting.under() <= idle {
		need.Inline = idle
	}
	return e.commit(ctx, need, func(tx *store.Tx, turn *turn) error { return e.acceptAll(tx, turn, arrivals) })
}

// acceptAll stores arrivals. They are counted when they are on disk, whether or not somebody still waits for it.
func (e *Engine) acceptAll(tx *store.Tx, turn *turn, arrivals []arrival) error {
	for _, a := range arrivals {
		fresh, err := e.accept(tx, turn, a)
		if err != nil {
			return err
		}
		tx.After(func() { e.metrics.accepted(a.Channel, fresh) })
	}
	return nil
}

// accepted ends a call of Accept. When few are left under way, deciding need not stand back any more.
func (e *Engine) accepted() {
	if e.accepting.add(-1) == calm {
		notify(e.calm)
	}
}

// needOf says what storing the arrivals takes. They are mostly of one account; what is not is read when it is asked for.
func needOf(arrivals []arrival, now models.Stamp) store.Need {
	need := store.Need{At: now}
	for i, a := range arrivals {
		if i == 0 {
			need.Account = a.Account
		}
		need.Keys = append(need.Keys, a.Key)
		if a.Account == need.Account {
			need.Addresses = append(need.Addresses, a.Addresses...)
			if a.receipt != nil {
				need.Receipts = append(need.Receipts, a.receipt.ID)
			}
		}
	}
	return need
}

// arrive prepares an inbound thing. What the config or the platform's batch does not mean for us is left out, with a
// line in the log.
func (e *Engine) arrive(ch *Channel, in channels.Inbound) (arrival, bool) {
	if in.Account != "" && platform(ch.Name)+"/"+in.Account != ch.Account {
		account := platform(ch.Name) + "/" + in.Account
		target := e.Roster().Accounts[account]
		if target == nil || !target.On {
			e.log.Warn("update for an account that no channel has", "channel", ch.Name)
			e.metrics.ignored(ch.Name, "no_channel")
			return arrival{}, false
		}
		ch = target
	}
	if len(ch.OnlyFrom) > 0 && in.Kind != channels.Receipt && !ch.OnlyFrom[in.Contact.ID] {
		e.metrics.ignored(ch.Name, "only_from")
		return arrival{}, false
	}
	// The key as it would come back from JSON: a repeat may be stored either way.
	a := arrival{Arrival: models.Arrival{
		Channel: ch.Name, Account: ch.Account, Addresses: in.Addresses, Key: strings.ToValidUTF8(ch.Account+"/"+in.Key, "�"),
	}}
	if in.Kind == channels.Receipt {
		a.receipt = &in
		return a, true
	}
	a.Event = e.eventOf(ch, in)
	return a, true
}

// platform returns the kind of a channel's name.
func platform(name string) string {
	kind, _, _ := strings.Cut(name, "/")
	return kind
}

var eventTypes = map[channels.Kind]models.EventType{
	channels.Message:   models.CustomerWrote,
	channels.Pressed:   models.CustomerPressed,
	channels.Edited:    models.CustomerEdited,
	channels.Deleted:   models.CustomerDeleted,
	channels.Reacted:   models.CustomerReacted,
	channels.Blocked:   models.CustomerBlocked,
	channels.Unblocked: models.CustomerUnblocked,
	channels.Elsewhere: models.CustomerElsewhere,
	channels.Moved:     models.CustomerMoved,
}

// eventOf makes the event. Text detection happens here, outside every transaction.
func (e *Engine) eventOf(ch *Channel, in channels.Inbound) models.Event {
	contact, content := in.Contact, in.Content
	ev := models.Event{
		Type: eventTypes[in.Kind], At: e.stamp(), Sent: models.StampOf(in.At), Ref: in.ID,
		Contact: &contact, Content: &content, Channel: ch.Name,
	}
	if len(in.Addresses) > 0 {
		ev.Address = in.Addresses[0]
	}
	switch in.Kind {
	case channels.Message, channels.Pressed, channels.Reacted:
		ev.Message = e.newID()
		ev.Signals = e.listen(contact, content)
	case channels.Edited:
		ev.Signals = e.listen(contact, content)
	case channels.Deleted, channels.Receipt, channels.Blocked, channels.Unblocked, channels.Elsewhere, channels.Moved:
	}
	return ev
}

// listen finds out what a customer's message wants.
func (e *Engine) listen(who models.Contact, c models.Content) models.Signals {
	s := models.Signals{Command: e.ear.Command(c.Text)}
	if c.Payload != "" {
		s.Command = e.ear.Command(c.Payload)
	}
	if c.Text == "" {
		s.Small = onlyStickers(c)
		return s
	}
	s.Choice = e.choice(c)
	heard := e.ear.Hear(c.Text)
	s.Asks, s.Back, s.Small = heard.Asks, heard.Back, heard.Small && len(c.Attachments) == 0
	if who.Language() == "" { // the platform's word counts more than what his own words sound like
		s.Language = e.ear.Language(c.Text)
	}
	return s
}

// small reports whether a message is no more than thanks, an emoji or stickers.
func (e *Engine) small(c models.Content) bool {
	if c.Text == "" {
		return onlyStickers(c)
	}
	return len(c.Attachments) == 0 && e.ear.Small(c.Text)
}

func onlyStickers(c models.Content) bool {
	for _, a := range c.Attachments {
		if a.Kind != models.Sticker {
			return false
		}
	}
	return len(c.Attachments) > 0 && len(c.Lines) == 0 && c.Forwarded == nil
}

// accept stores one arrival. It reports false for what was delivered before.
func (e *Engine) accept(tx *store.Tx, turn *turn, a arrival) (bool, error) {
	now := e.stamp()
	fresh, err := tx.Seen(a.Key, now)
	if err != nil || !fresh {
		return false, err
	}
	if a.receipt != nil {
		return true, e.receipt(tx, turn, a.Account, *a.receipt, now)
	}
	conversation, err := e.meet(tx, a.Arrival, now)
	if err != nil {
		return false, err
	}
	return true, turn.happen(tx, conversation, a.Event)
}

// meet returns the conversation that the arrival belongs to, a new one for a customer who writes for the first time.
func (e *Engine) meet(tx *store.Tx, a models.Arrival, now models.Stamp) (int64, error) {
	known, err := tx.Find(a.Account, a.Addresses)
	if err != nil {
		return 0, err
	}
	if known != 0 {
		// Another copy may have forgotten the conversation since its address was read.
		if _, there, err := tx.Hold(known); err != nil || there {
			if err == nil && len(a.Addresses) > 1 {
				err = tx.Bind(a.Account, a.Addresses, known)
			}
			return known, err
		}
	}
	if len(a.Addresses) == 0 {
		return 0, errors.New("update has no address")
	}
	id := e.newConversation()
	if err := tx.Bind(a.Account, a.Addresses, id); err != nil {
		return 0, err
	}
	// Another copy may have bound the address while we waited for its lock.
	if known, err = tx.Find(a.Account, a.Addresses); err != nil || known != id {
		return known, err
	}
	return id, tx.Create(&models.Conversation{
		ID: id, Channel: a.Channel, Account: a.Account, Address: a.Addresses[0], Contact: *a.Event.Contact,
		Mode: models.ModeBot, CreatedAt: now, UpdatedAt: now,
	})
}

// receipt applies a platform's report of a message of ours. It is kept also when the message is not known yet: a report
// can overtake the answer to the send.
func (e *Engine) receipt(tx *store.Tx, turn *turn, account string, in channels.Inbound, now models.Stamp) error {
	r := models.Receipt{Account: account, PlatformID: in.ID, State: in.Delivery, At: now}
	if in.Error != nil {
		r.Error, r.Kind = in.Error.Error(), in.Error.Kind.String()
	}
	known, err := tx.PutReceipt(r)
	if err != nil {
		return err
	}
	part, ok, err := tx.PartByPlatform(account, in.ID)
	if err != nil || !ok {
		return err
	}
	return e.delivered(tx, turn, part, known)
}

// delivered brings a part up to what the platform reported of it.
func (e *Engine) delivered(tx *store.Tx, turn *turn, part models.Part, r models.Receipt) error {
	if r.State.Rank() <= part.State.Rank() {
		return nil
	}
	known := part.State
	part.State, part.Error = r.State, r.Error
	m, ok, err := tx.Message(part.Message)
	if err != nil || !ok {
		return err
	}
	if r.State == models.Failed {
		ev := e.failed(m, part.N, r.Kind, r.Error)
		if err := turn.happen(tx, m.Conversation, ev); err != nil {
			return err
		}
	}
	if err := tx.PutPart(part); err != nil {
		return err
	}
	if r.State != models.Delivered || known != models.Sent { // what is delivered looks as what was sent
		if err := e.remark(tx, m); err != nil {
			return err
		}
	}
	if m.Parts > 1 {
		if err := tx.HoldMessage(m.ID); err != nil {
			return err
		}
	}
	return e.settle(tx, m.ID, m.Parts)
}

// settle sets a message's state to that of its slowest part.
func (e *Engine) settle(tx *store.Tx, message string, parts int) error {
	known, err := tx.Parts(message)
	if err != nil {
		return err
	}
	// Those behind are of a longer wording and were taken back.
	known = slices.DeleteFunc(known, func(p models.Part) bool { return p.N >= parts })
	state := models.Queued
	if len(known) == parts && parts > 0 {
		state = known[0].State
	}
	for _, p := range known {
		if p.State == models.Failed {
			state = models.Failed
			break
		}
		if p.State.Rank() < state.Rank() {
			state = p.State
		}
	}
	return tx.Update(message, map[string]any{"state": state})
}
