package lanes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// passAll gives the chats of agents who wanted to be rid of them back to their teams, each of which is told in one post. It
// goes on where a copy before it stopped: what a team was not told of yet is kept with the agent. It returns how long until
// it is to be called again.
func (k *keeper) passAll(ctx context.Context) time.Duration {
	wait := lineIdle
	passing, err := k.e.store.Passing(ctx)
	if err != nil {
		k.warn(ctx, "agents not read", err)
		return lineEvery
	}
	for _, a := range passing {
		if err := k.pass(ctx, a); err != nil {
			k.warn(ctx, "chats not passed on", err)
			wait = lineEvery
		}
	}
	return wait
}

// pass gives back all chats that an agent took before he wanted that.
func (k *keeper) pass(ctx context.Context, a models.Agent) error {
	held, err := k.e.store.Held(ctx, a.Desk, a.Person)
	if err != nil {
		return err
	}
	var failed error // one chat keeps no other back
	for _, h := range held {
		if h.ClaimedAt <= a.Passed {
			failed = errors.Join(failed, k.step(ctx, a, h))
		}
	}
	if a, err = k.e.store.Agent(ctx, a.Desk, a.Person); err != nil {
		return err
	}
	if err := errors.Join(failed, k.tellTeams(ctx, a)); err != nil {
		return err
	}
	return k.e.store.Write(ctx, func(tx *store.Tx) error {
		now, ok, err := tx.HoldAgent(a.Desk, a.Person)
		if err != nil || !ok || now.Passed != a.Passed || len(now.Handed) > 0 {
			return err // he did it again meanwhile
		}
		now.Passed = 0
		return tx.PutAgent(now)
	})
}

// step gives one chat back, and notes that its team is to be told.
func (k *keeper) step(ctx context.Context, a models.Agent, h models.Handover) error {
	ev := models.Event{Type: models.AgentStepped, Handover: h.ID, Agent: &models.Person{ID: a.Person, Name: a.Name}}
	return k.e.commit(ctx, store.Need{Chat: h.Conversation, Decide: true}, func(tx *store.Tx, turn *turn) error {
		if err := turn.happen(tx, h.Conversation, ev); err != nil {
			return err
		}
		now, ok, err := tx.Handover(h.ID)
		if err != nil || !ok || turn.inline && now.State != models.HandoverWaiting {
			return err // it was not his any more
		}
		agent, ok, err := tx.HoldAgent(a.Desk, a.Person)
		if err != nil || !ok || slices.Contains(agent.Handed, h.ID) {
			return err
		}
		agent.Handed = append(agent.Handed, h.ID)
		return tx.PutAgent(agent)
	})
}

// tellTeams tells each place which chats it has again, in one post.
func (k *keeper) tellTeams(ctx context.Context, a models.Agent) error {
	places := map[string][]models.Handover{}
	var order []string
	for _, id := range a.Handed {
		h, err := k.e.store.Handover(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		h.ID = id // also of one that was erased
		if len(places[h.Place]) == 0 {
			order = append(order, h.Place)
		}
		places[h.Place] = append(places[h.Place], h)
	}
	for _, place := range order {
		if err := k.tellTeam(ctx, a, place, places[place]); err != nil {
			return err
		}
		told := places[place]
		err := k.e.store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			now, ok, err := tx.HoldAgent(a.Desk, a.Person)
			if err != nil || !ok {
				return err
			}
			now.Handed = slices.DeleteFunc(now.Handed, func(id string) bool {
				return slices.ContainsFunc(told, func(h models.Handover) bool { return h.ID == id })
			})
			return tx.PutAgent(now)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellTeam posts at a place what an agent gave back to it, and nobody has taken meanwhile.
func (k *keeper) tellTeam(ctx context.Context, a models.Agent, place string, given []models.Handover) error {
	desk := k.e.Roster().Desks[a.Desk]
	if desk == nil {
		return nil // it is not in the config any more
	}
	lister, ok := desk.Desk.(handover.Lister)
	l := handover.Listing{Place: place, From: models.Person{ID: a.Person, Name: a.Name}}
	for _, h := range given {
		if h.State != models.HandoverWaiting {
			continue
		}
		if len(l.Chats) == listMost {
			l.More++
			continue
		}
		c, err := k.e.store.Conversation(ctx, h.Conversation)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		l.Chats = append(l.Chats, handover.Listed{Thread: h.Thread, Name: c.Contact.Name, Since: c.Memory.WaitSince.Time()})
	}
	if !ok || len(l.Chats) == 0 {
		return nil
	}
	if granted, _ := k.e.desks.of(desk).grant(k.e.now(), 1); granted == 0 {
		return fmt.Errorf("desk %s: no call is free", a.Desk)
	}
	if err := k.e.sure(ctx); err != nil {
		return err
	}
	// It outlives ctx: a post that is made and not noted would be made again.
	call, cancel := context.WithTimeout(k.e.calls, callTimeout)
	defer cancel()
	err := lister.List(call, l)
	k.e.metrics.posted(a.Desk, "list", err)
	if de, ok := errors.AsType[*handover.DeskError](err); ok && de.Kind == handover.DeskRejected {
		k.e.ops.Raise("list "+a.Desk, "The desk "+a.Desk+" refuses the list of chats that wait: "+de.Error())
		return nil // nothing that another try would change
	}
	if err != nil {
		return fmt.Errorf("desk %s: %w", a.Desk, err)
	}
	return nil
}
