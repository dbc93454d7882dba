package lanes

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

const (
	// listMost is how many chats a list names.
	listMost = 20
	// listAfter is how long a desk must have been closed for a list at its opening: after lunch everybody remembers.
	listAfter = 4 * time.Hour
	// listAgain is how long after a failure a list is tried again.
	listAgain = time.Minute
)

// list posts what waits at a place when its desk has opened, once an opening: what is owed, and who came meanwhile.
func (k *keeper) list(ctx context.Context, l store.Crowded) error {
	desk := k.e.Roster().Desks[l.Desk]
	if desk == nil || l.Waiting+l.Promised == 0 {
		return nil
	}
	lister, ok := desk.Desk.(handover.Lister)
	hours := desk.Policy.Queue.Hours
	opened, today := hours.Since(k.e.stamp().Time())
	if !ok || !today || hours.Between(opened.Add(-listAfter), opened) > 0 {
		return nil
	}
	name := "listed/" + deskAccount(l.Desk, l.Place)
	if last, known := k.failed[name]; known && k.e.now().Sub(last) < listAgain {
		return nil
	}
	noted, err := k.e.store.Fact(ctx, name)
	if err != nil {
		return err
	}
	since := models.StampOf(opened)
	if at, _ := strconv.ParseInt(noted, 10, 64); models.Stamp(at) >= since {
		return nil
	}
	listing, err := k.listing(ctx, l, since)
	if err != nil || len(listing.Chats) == 0 {
		return err
	}
	if granted, _ := k.e.desks.of(desk).grant(k.e.now(), 1); granted == 0 {
		k.failed[name] = k.e.now()
		return nil
	}
	if err := k.e.sure(ctx); err != nil {
		return err
	}
	// It outlives ctx: a post that is made and not noted would be made again.
	call, cancel := context.WithTimeout(k.e.calls, callTimeout)
	defer cancel()
	err = lister.List(call, listing)
	k.e.metrics.posted(l.Desk, "list", err)
	if de, ok := errors.AsType[*handover.DeskError](err); ok && de.Kind == handover.DeskRejected {
		k.e.ops.Raise("list "+l.Desk, "The desk "+l.Desk+" refuses the list of chats that wait: "+de.Error())
		err = nil // nothing that another try would change
	}
	if err != nil {
		k.failed[name] = k.e.now()
		return fmt.Errorf("desk %s: %w", l.Desk, err)
	}
	delete(k.failed, name)
	return k.e.store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.PutFact(name, strconv.FormatInt(int64(since), 10))
	})
}

// listing returns what waits at a place since before it opened.
func (k *keeper) listing(ctx context.Context, l store.Crowded, opened models.Stamp) (handover.Listing, error) {
	all := handover.Listing{Place: l.Place}
	found, err := k.e.store.Line(ctx, l.Desk, l.Place, opened, listMost+1, models.HandoverWaiting, models.HandoverPromised)
	if err != nil {
		return all, err
	}
	if len(found) > listMost {
		found, all.More = found[:listMost], max(l.Waiting+l.Promised-listMost, 1)
	}
	for _, h := range found {
		c, err := k.e.store.Conversation(ctx, h.Conversation)
		if err != nil {
			return all, err
		}
		one := handover.Listed{Thread: h.Thread, Name: c.Contact.Name, Since: h.OpenedAt.Time(), Promised: c.Memory.Promised == h.ID}
		if c.Handover == h.ID {
			one.Choice = c.Memory.Choice
		}
		all.Chats = append(all.Chats, one)
	}
	return all, nil
}
