package lanes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"patchbay/models/store"
)

const (
	// sortMost is about how many arrivals are sorted in one transaction, as nothing else is stored on SQLite while it runs, and
	// sortMany how many while hardly anything is to be stored.
	sortMost = 16
	sortMany = 128
	// sortWait is for how long, and sortWaits how often, those who come last in a rush wait for what is before them to be sorted.
	sortWait  = 2 * time.Millisecond
	sortWaits = 3
	// sortRest is for how long at most sorting stands back: the rush may be over.
	sortRest = 100 * time.Millisecond
	// sortAgain is how long at most is waited before a failed try is made again: all chats wait for it.
	sortAgain = 2 * time.Second
)

// keep stores arrivals: in the lanes of their conversations, or to be sorted later when so many come at once that storing them takes
// all the time there is, or when others that have to be before them wait to be sorted. Of the last ones of a rush each would
// be waited for by the next, so where there are few they wait instead.
func (e *Engine) keep(ctx context.Context, arrivals []arrival) error {
	if !slices.ContainsFunc(arrivals, arrival.sorted) {
		return e.acceptNow(ctx, arrivals)
	}
	for waited := range sortWaits {
		rush := e.store.Rush()
		if e.rushing() || rush && e.accepting.under() > calm {
			break
		}
		if !rush || waited > 0 && e.store.Shared() { // another copy may have sorted the last
			if err := e.acceptNow(ctx, arrivals); !errors.Is(err, store.ErrRush) {
				return err
			}
		}
		e.tell(leaseRush)
		if !sleep(ctx, sortWait, nil) {
			return context.Cause(ctx)
		}
	}
	return e.acceptLater(ctx, arrivals)
}

// rushing reports whether more comes, for some time by now, than storing can keep up with.
func (e *Engine) rushing() bool { return e.accepting.mean() > idle }

// sortLess lets what customers send be stored before more is sorted, after sorting took so long.
func (e *Engine) sortLess(ctx context.Context, took time.Duration) {
	switch under := e.accepting.under(); {
	case under > idle:
		sleep(ctx, min(acceptShare*took, sortRest), nil)
	case under > calm:
		sleep(ctx, min(took, sortRest), nil)
	}
}

// acceptLater stores arrivals as they are, to be sorted into their lanes when there is time, and receipts at once.
func (e *Engine) acceptLater(ctx context.Context, arrivals []arrival) error {
	var receipts []arrival
	var later [][]byte
	for _, a := range arrivals {
		if !a.sorted() {
			receipts = append(receipts, a)
			continue
		}
		body, err := json.Marshal(a.Arrival)
		if err != nil {
			return fmt.Errorf("encode arrival: %w", err)
		}
		later = append(later, body)
	}
	now := e.stamp()
	need := needOf(receipts, now)
	need.Rush = !e.rushing()
	return e.commit(ctx, need, func(tx *store.Tx, turn *turn) error {
		for _, body := range later {
			tx.Later(body, now)
		}
		if len(later) > 0 {
			tx.After(func() { e.tell(leaseRush) })
		}
		return e.acceptAll(tx, turn, receipts)
	})
}

// sortLoop sorts what came in a rush, in the order in which it came.
func (e *Engine) sortLoop(ctx context.Context, _ store.Holding) {
	tries, sorted := 0, false
	for ctx.Err() == nil {
		began := time.Now()
		quiet := e.accepting.mean() <= calm
		most := sortMost
		if quiet {
			most = sortMany
		}
		rows, err := e.store.Unsorted(ctx, most)
		if err == nil && len(rows) == 0 {
			if sorted {
				notify(e.calm)
			}
			sorted = false
			sleep(ctx, time.Hour, e.sorting)
			continue
		}
		if err == nil {
			err = e.sort(ctx, rows, quiet)
		}
		switch {
		case err == nil:
			tries, sorted = 0, true
			e.sortLess(ctx, time.Since(began))
		case ctx.Err() != nil || errors.Is(err, store.ErrClosed):
			return
		case errors.Is(err, store.ErrFenced): // another copy was before us
		case len(rows) > 0 && store.Lasting(err) && e.sortEach(ctx, rows[0]) == nil: // one of them was at fault
		default:
			tries++
			e.log.Warn("arrivals not sorted; they are tried again", "err", err)
			sleep(ctx, min(backoffOf(tries), sortAgain), nil)
		}
	}
}

// sort puts rows of arrivals into the lanes of their conversations, and those few that have come behind them meanwhile. They are
// decided at once, except where it is quiet and more wait: those of one customer are decided together when all are sorted, and
// are one question to the bot.
func (e *Engine) sort(ctx context.Context, rows []store.Unsorted, quiet bool) error {
	first := arrivalsOf(rows)
	need, inline := needOf(first, e.stamp()), !quiet || len(first) < sortMost
	if inline {
		need.Decide, need.Inline = true, math.MaxInt
	}
	return e.commit(ctx, need, func(tx *store.Tx, turn *turn) error {
		all := 0
		turn.inline = turn.inline && inline
		for rows, arrivals := rows, first; len(rows) > 0; {
			for _, row := range rows {
				if err := e.take(tx, row); err != nil {
					return err
				}
			}
			if err := e.acceptAll(tx, turn, arrivals); err != nil {
				return err
			}
			if all += len(arrivals); all >= sortMost || e.store.Shared() { // elsewhere nothing is read ahead for them
				return nil
			}
			var err error
			if rows, err = tx.Unsorted(sortMost); err != nil {
				return err
			}
			arrivals = arrivalsOf(rows)
		}
		return nil
	})
}

// take takes a row out of those that wait. One that cannot be read is set aside.
func (e *Engine) take(tx *store.Tx, row store.Unsorted) error {
	if err := tx.Sorted(row); err != nil || row.Broken == "" {
		return err
	}
	return e.setArrivalAside(tx, row.Broken, "", errors.New("it cannot be read"))
}

// setArrivalAside keeps for the operator what cannot be put into its lane.
func (e *Engine) setArrivalAside(tx *store.Tx, body, channel string, reason error) error {
	if err := tx.SetArrivalAside(body, reason.Error(), e.stamp()); err != nil {
		return err
	}
	tx.After(func() {
		e.log.Error("arrival set aside: it could not be put into its lane", "channel", channel, "err", reason)
		e.ops.Raise("set_aside "+channel, "A message could not be put into its lane and was set aside. The log and the table set_aside tell which.")
	})
	return nil
}

func arrivalsOf(rows []store.Unsorted) (all []arrival) {
	for _, row := range rows {
		for _, a := range row.Arrivals {
			all = append(all, arrival{Arrival: a})
		}
	}
	return all
}

// sortEach sorts one row of arrivals, and sets those aside that cannot be.
func (e *Engine) sortEach(ctx context.Context, row store.Unsorted) error {
	return e.store.Write(ctx, func(tx *store.Tx) error {
		if err := e.take(tx, row); err != nil {
			return err
		}
		for _, a := range arrivalsOf([]store.Unsorted{row}) {
			reason := tx.Try(func(tx *store.Tx) error { return e.acceptAll(tx, &turn{e: e}, []arrival{a}) })
			if reason == nil {
				continue
			}
			if !store.Lasting(reason) {
				return reason
			}
			body, err := json.Marshal(a.Arrival)
			if err == nil {
				err = e.setArrivalAside(tx, string(body), a.Channel, reason)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
