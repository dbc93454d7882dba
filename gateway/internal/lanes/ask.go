package lanes

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// joinMost is how many messages are joined into one question.
	joinMost = 20
	// historyTurns is how many messages a bot is told of.
	historyTurns = 20
	// askAgain is how long after a refused connection or a 5xx the bot is asked once more.
	askAgain = 250 * time.Millisecond
)

// ask puts what waits in a bot lane to the bot, joined into one question, and appends what came of it as an event.
func (d *dispatcher) ask(ctx context.Context, c store.Claim, w store.Work) (store.Claim, bool, error) {
	if w.Chat.ID == 0 {
		return c, false, fmt.Errorf("ask: conversation: %w", store.ErrNotFound)
	}
	chat := w.Chat
	n, current := sameEpoch(w.Entries, chat)
	if !current {
		return d.drop(ctx, c, n) // somebody else answers by now
	}
	messages := asked(w, chat, n)
	if len(messages) == 0 {
		return d.drop(ctx, c, n) // the customer took them back
	}
	since := messages[0].At
	if slices.ContainsFunc(w.Entries[:n], func(entry store.Queued) bool { return entry.Again }) {
		since = messages[len(messages)-1].At // the customer was told that he must wait
	}
	ev, err := d.answer(ctx, chat, messages, w.History, questionID(c, n, messages), since)
	if err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0) // stopped: asked again after the start
	}
	var next store.Claim
	var kept, again bool
	err = d.commit(ctx, store.Need{Chat: c.Conversation, Decide: true, Claim: &c}, func(tx *store.Tx, turn *turn) (err error) {
		if again, err = reworded(tx, chat, messages, ev); err != nil || again {
			return err
		}
		if err := turn.happen(tx, c.Conversation, ev); err != nil {
			return err
		}
		if err := told(tx, chat, ev); err != nil {
			return err
		}
		next, kept, err = tx.Finish(c, n, true, 0, 0)
		return err
	})
	if again && err == nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	return next, kept, err
}

// reworded reports whether the customer changed what the bot was asked while it was answering. Then the answer is to words
// that he took back: it is not sent, and the bot is asked again.
func reworded(tx *store.Tx, chat models.Conversation, messages []models.Message, ev models.Event) (bool, error) {
	if ev.Type != models.BotAnswered || ev.Probe {
		return false, nil
	}
	if _, _, err := tx.Hold(chat.ID); err != nil {
		return false, err
	}
	now, err := tx.Conversation(chat.ID)
	if err != nil || now.Memory.Reworded == chat.Memory.Reworded || now.Epoch != chat.Epoch {
		return false, err
	}
	for _, m := range messages {
		is, ok, err := tx.Message(m.ID)
		if err != nil {
			return false, err
		}
		if ok && (is.Deleted || !is.Content.Reads(m.Content)) {
			return true, nil
		}
	}
	return false, nil
}

// told notes that the bot has been told of the handover that its question, asked of chat, was given. Deciding the answer
// does so too, but it may come later than the next question. The in lane is held since the answer was appended to it.
func told(tx *store.Tx, chat models.Conversation, ev models.Event) error {
	if chat.Memory.Returned == nil || ev.Type != models.BotAnswered {
		return nil
	}
	now, err := tx.Conversation(chat.ID)
	if err != nil {
		return err
	}
	// In another epoch it is of a later handover, of which the bot knows nothing.
	if r := now.Memory.Returned; r == nil || *r != *chat.Memory.Returned || now.Epoch != chat.Epoch {
		return nil
	}
	now.Memory.Returned = nil
	return tx.Save(&now)
}

// sameEpoch returns how many entries at the head belong together, and whether they are of the conversation's epoch.
func sameEpoch(entries []store.Queued, chat models.Conversation) (n int64, current bool) {
	if len(entries) == 0 {
		return 1, false
	}
	epoch := entries[0].Epoch
	for _, entry := range entries {
		if entry.Epoch != epoch {
			break
		}
		n++
	}
	return n, epoch == chat.Epoch && chat.Mode == models.ModeBot
}

// questionID is the same when the same question is asked again. With other words it is another question.
func questionID(c store.Claim, n int64, messages []models.Message) string {
	id := fmt.Sprintf("%d.%d.%d", c.Conversation, c.Head+1, c.Head+n)
	edited := sha256.New()
	for _, m := range messages {
		if m.Edited {
			_, _ = fmt.Fprintf(edited, "%s\n%s\n", m.ID, m.Content.Plain())
		}
	}
	if slices.ContainsFunc(messages, func(m models.Message) bool { return m.Edited }) {
		id += "." + hex.EncodeToString(edited.Sum(nil)[:4])
	}
	return id
}

// asked returns the messages of the first n entries, without those that the customer deleted, and those that were to be
// asked again and are answered by now.
func asked(w store.Work, chat models.Conversation, n int64) (messages []models.Message) {
	taken := map[string]bool{}
	for _, entry := range w.Entries[:n] {
		if taken[entry.Message] || entry.Again && !owes(chat, entry.Message) {
			continue
		}
		taken[entry.Message] = true
		if m, ok := w.Messages[entry.Message]; ok && !m.Deleted {
			messages = append(messages, m)
		}
	}
	// What is asked again comes behind what he wrote meanwhile.
	slices.SortStableFunc(messages, func(a, b models.Message) int { return cmp.Compare(a.Num, b.Num) })
	return messages
}

// answer asks the bot and returns the event of what came. An error means that the engine stopped meanwhile.
func (d *dispatcher) answer(ctx context.Context, chat models.Conversation, messages, history []models.Message, id string, since models.Stamp) (models.Event, error) {
	joined := join(messages)
	ev := models.Event{
		Type: models.BotFailed, Epoch: chat.Epoch, Content: &joined, At: d.e.stamp(), Bot: d.key.account, AskedAt: messages[len(messages)-1].At,
		Signals: models.Signals{Small: d.small(messages)},
	}
	for _, m := range messages {
		ev.Asked = append(ev.Asked, m.ID)
	}
	bot := d.e.Roster().Bots[d.key.account]
	if bot == nil {
		ev.Failure = &models.Failure{Cause: models.CauseError, Text: "no bot is set up for this channel any more"}
		return ev, nil
	}
	stale := bot.Stale > 0 && d.e.stamp().Sub(since) > bot.Stale
	if goes, err := d.admit(ctx, bot, stale, &ev); err != nil || !goes {
		return ev, err
	}
	if stale {
		ev.Failure = &models.Failure{Cause: models.CauseStale}
		d.e.metrics.answered(bot.Name, string(models.CauseStale), 0)
		return ev, nil
	}
	q, err := d.question(ctx, chat, messages, history, joined, id)
	if err != nil {
		return ev, err
	}
	if err := d.e.sure(ctx); err != nil {
		return ev, err
	}
	d.e.readTo(d.e.Roster().channelOf(chat), chat.Address, messages[len(messages)-1].PlatformID)
	start := d.e.now()
	said, err := d.call(ctx, bot, chat, messages[len(messages)-1].PlatformID, q)
	if ctx.Err() != nil {
		return ev, ctx.Err()
	}
	took := d.e.now().Sub(start)
	if err != nil {
		ev.Failure = failureOf(err, bot)
		d.e.metrics.answered(bot.Name, string(ev.Failure.Cause), took)
		d.e.log.Warn("bot failed", "bot", bot.Name, "conversation", chat.ID, "err", err)
		return ev, nil
	}
	d.e.metrics.answered(bot.Name, "answered", took)
	return d.judge(ev, said), nil
}

// judge turns an answer into its event, with what its words say of it.
func (d *dispatcher) judge(ev models.Event, said bots.Answer) models.Event {
	ev.Type, ev.At, ev.Answer = models.BotAnswered, d.e.stamp(), &said
	said.IDs = nil
	for _, content := range said.Messages {
		said.IDs = append(said.IDs, d.e.newID())
		ev.Signals.Broken = ev.Signals.Broken || d.e.ear.Break(content.Text)
	}
	return ev
}

func failureOf(err error, bot *Bot) *models.Failure {
	if errors.Is(err, context.DeadlineExceeded) {
		return &models.Failure{Cause: models.CauseTimeout, Text: "no answer within " + bot.Timeout.String()}
	}
	return &models.Failure{Cause: models.CauseError, Text: err.Error()}
}

// call asks once, and once more after a failure that may pass at once, within the bot's timeout. The customer sees
// typing while he waits longer than the bot's patience.
func (d *dispatcher) call(ctx context.Context, bot *Bot, chat models.Conversation, last string, q bots.Question) (bots.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, bot.Timeout)
	defer cancel()
	stop := d.typing(ctx, chat, last, bot.Patience)
	defer stop()
	said, err := bot.Bot.Answer(ctx, q)
	if err == nil || !errors.Is(err, bots.ErrUnavailable) {
		return said, err
	}
	if !sleep(ctx, askAgain, nil) {
		return said, err
	}
	return bot.Bot.Answer(ctx, q)
}

// typing shows the customer that an answer is being made, from patience on, until stop is called.
func (d *dispatcher) typing(ctx context.Context, chat models.Conversation, last string, patience time.Duration) (stop func()) {
	ch := d.e.Roster().channelOf(chat)
	if ch == nil || ch.Limits.Typing == 0 || patience <= 0 {
		return func() {}
	}
	typer, ok := ch.Adapter.(channels.Typer)
	if !ok {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for wait := patience; sleep(ctx, wait, nil); wait = ch.Limits.Typing * 4 / 5 {
			if err := typer.Typing(ctx, chat.Address, last); err != nil {
				return // it is a courtesy
			}
		}
	}()
	return func() { cancel(); <-done }
}

// join makes one content of several messages.
func join(messages []models.Message) models.Content {
	if len(messages) == 1 {
		return messages[0].Content
	}
	var joined models.Content
	var text models.Rich
	for _, m := range messages {
		text = models.Join("\n", text, m.Content.Rich())
		joined.Attachments = append(joined.Attachments, m.Content.Attachments...)
		things := m.Content
		things.Attachments = nil // there may be two places: those and all else that is no file stand as lines
		joined.Lines = append(joined.Lines, things.Said()...)
		if m.Content.Payload != "" {
			joined.Payload = m.Content.Payload
		}
	}
	joined.Text, joined.Spans = text.Text, text.Spans
	return joined
}

// small reports whether none of the messages is more than thanks or an emoji.
func (d *dispatcher) small(messages []models.Message) bool {
	for _, m := range messages {
		if !d.e.small(m.Content) {
			return false
		}
	}
	return true
}

// question makes what the bot is asked.
func (d *dispatcher) question(ctx context.Context, chat models.Conversation, messages, history []models.Message, joined models.Content, id string) (bots.Question, error) {
	q := bots.Question{
		ID: id, Text: joined.Plain(), Payload: joined.Payload, Attachments: d.forBot(messages),
		Conversation: bots.Conversation{
			ID: strconv.FormatInt(chat.ID, 10), Channel: chat.Channel, Locale: localeOf(chat), Contact: chat.Contact, Epoch: chat.Epoch,
		},
	}
	// The bot's answer to what he wrote before may stand behind what is asked now.
	history = slices.DeleteFunc(history, func(m models.Message) bool {
		return m.Num >= messages[0].Num && m.Author == models.ByCustomer
	})
	var err error
	if q.ReplyTo, err = d.quoted(ctx, messages); err != nil {
		return q, err
	}
	q.History = turnsOf(history[max(0, len(history)-historyTurns):])
	if r := chat.Memory.Returned; r != nil {
		h, err := d.e.store.Handover(ctx, r.Handover)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return q, err
		}
		// What the thread shows of the talk before it is the bot's own, and known to it.
		said, err := d.e.store.OfHandover(ctx, chat.ID, r.Handover, h.FirstNum, 4*historyTurns)
		if err != nil {
			return q, err
		}
		q.Returned = &bots.Returned{Ended: r.Ended, Agent: r.Agent, Messages: turnsOf(said)}
	}
	return q, nil
}

func localeOf(chat models.Conversation) string {
	if chat.Contact.Locale != "" {
		return chat.Contact.Locale
	}
	return chat.Language
}

func turnsOf(messages []models.Message) []bots.Turn {
	var turns []bots.Turn
	for _, m := range messages {
		if m.Deleted || m.Author == models.BySystem {
			continue
		}
		turns = append(turns, bots.Turn{Author: m.Author, Name: m.Person.Name, Text: m.Content.Plain()})
	}
	return turns
}
