package lanes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// resolveReaction finds the message that a reaction is on, and what is known of reactions on it.
func resolveReaction(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	var about models.Message
	var ok bool
	var err error
	name := handover.ReactionRef(ev.Ref)
	if ev.Type == models.AgentReacted {
		name = handover.AgentReactionRef(ev.Ref)
		about, ok, err = reactable(tx, c, ev.Ref)
	} else {
		about, ok, err = named(tx, c, ev.Ref)
	}
	if err != nil {
		return err
	}
	if ok {
		ev.About = about.ID
	}
	prior, ok, err := tx.MessageByPlatform(c.ID, name)
	if err != nil || !ok {
		return err
	}
	ev.Prior, ev.About = &models.Prior{Message: prior.ID, Content: prior.Content}, prior.About
	return nil
}

// reactable finds the customer's message that an agent's reaction on a post is for: the last that the post shows.
func reactable(tx *store.Tx, c models.Conversation, post string) (m models.Message, ok bool, err error) {
	lines, err := tx.OnPost(c.ID, post)
	if err != nil {
		return m, false, err
	}
	for _, line := range slices.Backward(lines) {
		if answerable(line) {
			return line, true, nil
		}
	}
	return m, false, nil
}

// answerable reports whether a message is one that the platform can show something of ours at.
func answerable(m models.Message) bool {
	return m.Author == models.ByCustomer && m.Kind == models.Said && m.PlatformID != "" && !m.Deleted
}

// react shows the customer's reactions: as the desk's own on the post of the line that they are on, if that shows no other
// line and the desk has the emoji; else in words, as a line of their own, which then follows what he does.
func (a *applier) react(f handover.React) error {
	r, err := a.message(f.Message)
	if err != nil {
		return err
	}
	emoji := strings.Fields(r.Content.Text)
	if r.Post == "" {
		placed, err := a.onPost(*r, emoji)
		if err != nil || placed {
			return err
		}
	}
	if r.Post != "" || a.c.Mode == models.ModeBot || len(emoji) == 0 {
		return nil
	}
	return a.display(handover.Display{Message: r.ID})
}

// onPost has the customer's reactions shown on the post of the line that they are on, and reports false where they have to
// be said in words.
func (a *applier) onPost(r models.Message, emoji []string) (bool, error) {
	if r.About == "" {
		return false, nil
	}
	about, ok, err := a.tx.Message(r.About)
	if err != nil || !ok || about.Post == "" {
		return false, err
	}
	h, ok, err := a.tx.Handover(about.Handover)
	if err != nil || !ok || a.roster.Desks[h.Desk] == nil {
		return false, err
	}
	lines, err := a.tx.OnPost(a.c.ID, about.Post)
	if err != nil {
		return false, err
	}
	emoter, can := a.roster.Desks[h.Desk].Desk.(handover.Emoter)
	fits := can && len(lines) == 1 && !a.e.marking.off(h.Desk, a.e.now()) &&
		!slices.ContainsFunc(emoji, func(one string) bool { return !emoter.Emotes(one) })
	wanted := models.Reactions{Message: r.ID}
	if fits {
		wanted.Emoji = emoji
	}
	a.tx.After(func() { a.e.tell(leaseMarks) })
	return fits, a.tx.PutReactions(models.Marking{Message: about.ID, Desk: h.Desk, Post: about.Post, Wanted: &wanted, Due: a.now, At: a.now})
}

// inWords says the customer's reactions in the thread that the desk does not put on a post.
func (e *Engine) inWords(ctx context.Context, m models.Marking) {
	if m.Wanted == nil || len(m.Wanted.Emoji) == 0 {
		return
	}
	err := e.store.Write(ctx, func(tx *store.Tx) error {
		r, ok, err := tx.Message(m.Wanted.Message)
		if err != nil || !ok {
			return err
		}
		if _, _, err := tx.Hold(r.Conversation); err != nil {
			return err
		}
		if r, ok, err = tx.Message(r.ID); err != nil || !ok {
			return err
		}
		m.Wanted, m.Due = &models.Reactions{Message: r.ID}, 0
		if err := tx.PutReactions(m); err != nil || r.Post != "" || r.Deleted {
			return err
		}
		about, ok, err := tx.Message(r.About)
		if err != nil || !ok {
			return err
		}
		if err := tx.Update(r.ID, map[string]any{"handover": about.Handover}); err != nil {
			return err
		}
		return e.toDesk(tx, r.Conversation, about.Handover, models.Entry{Verb: models.VerbPost, Message: r.ID})
	})
	if err != nil && ctx.Err() == nil {
		e.log.Warn("reaction not shown", "desk", m.Desk, "err", err)
	}
}

// emote queues an agents' reaction for the customer's app, if that can show any.
func (a *applier) emote(f handover.Emote) error {
	if a.ch == nil {
		return nil
	}
	if _, can := a.ch.Adapter.(channels.Reacter); can {
		return a.append(models.Entry{Verb: models.VerbReact, Message: f.Message, Agent: f.Agent}, 0, 1)
	}
	r, err := a.message(f.Message)
	if err != nil || a.ev.Gone {
		return err
	}
	return a.e.tellUnreacted(a.tx, *r, f.Agent, "")
}

// tellUnreacted tells an agent that the customer's app does not take his reaction, once in a thread for each emoji; "" stands
// for all of them.
func (e *Engine) tellUnreacted(tx *store.Tx, r models.Message, agent, emoji string) error {
	fresh, err := tx.Seen(fmt.Sprintf("reaction/%s/%s/%s", r.Handover, agent, emoji), e.stamp())
	if err != nil || !fresh {
		return err
	}
	return e.toDesk(tx, r.Conversation, r.Handover, models.Entry{
		Verb: models.VerbWhisper, Message: r.ID, Agent: agent, Notice: string(handover.NoticeNoReaction),
	})
}

// emote puts on the customer's message what agents have put on its line by now: one call of the platform.
func (d *dispatcher) emote(ctx context.Context, c store.Claim, v delivery, known *models.Part) (store.Claim, bool, error) {
	reacter, can := v.ch.Adapter.(channels.Reacter)
	byID, err := d.e.store.Messages(ctx, []string{v.message.About})
	if err != nil {
		return c, false, err
	}
	about, ok := byID[v.message.About]
	emoji := v.message.Content.Text
	if v.message.Deleted {
		emoji = ""
	}
	shown := ""
	if known != nil {
		shown = known.Hash
	}
	if !can || !ok || about.Deleted || emoji == shown {
		return d.drop(ctx, c, 1)
	}
	if err := d.e.sure(ctx); err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	err = reacter.React(call, v.chat.Address, about.PlatformID, emoji)
	cancel()
	if ctx.Err() != nil && err != nil {
		return c, false, d.e.store.Release(context.WithoutCancel(ctx), c, 0)
	}
	d.e.metrics.sent(v.ch.Name, err)
	part := models.Part{Message: v.message.ID, Account: v.ch.Account, State: models.Sent, Hash: emoji, At: d.e.stamp()}
	if err != nil {
		part.Error = "a reaction" // nobody waits to be told that it is late
		return d.unsent(ctx, c, v, part, err)
	}
	d.works(v.ch)
	return d.emoted(ctx, c, v, part)
}

// emoted records which reaction the customer sees.
func (d *dispatcher) emoted(ctx context.Context, c store.Claim, v delivery, part models.Part) (next store.Claim, kept bool, err error) {
	now := d.e.stamp()
	d.e.success.set(v.ch.Account, now)
	paced, ready := chatPace(c.Paced, now, v.ch.Limits)
	err = d.write(ctx, store.Need{Claim: &c}, func(tx *store.Tx) (err error) {
		if err := tx.PutPart(part); err != nil {
			return err
		}
		next, kept, err = tx.Finish(c, 1, ready <= now, paced, ready)
		return err
	})
	return next, kept, err
}

// unemoted ends a reaction that the platform refuses.
func (d *dispatcher) unemoted(ctx context.Context, c store.Claim, v delivery) (next store.Claim, kept bool, err error) {
	err = d.write(ctx, store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
		if next, kept, err = tx.Finish(c, 1, true, c.Paced, 0); err != nil || v.message.Deleted {
			return err
		}
		return d.e.tellUnreacted(tx, v.message, v.entry.Agent, v.message.Content.Text)
	})
	return next, kept, err
}
