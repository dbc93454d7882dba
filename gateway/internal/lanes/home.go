package lanes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// Slack takes a hundred homes a minute of an app in a workspace (Tier 4): burst and rate together stay at that.
// https://docs.slack.dev/reference/methods/views.publish
const (
	homeRate  = 90.0 / 60
	homeBurst = 5
)

const (
	// homeEvery is how often homes are looked at while something happens: what changes within is shown at once.
	homeEvery = 2 * time.Second
	// homeNet is the same when nobody told of a change.
	homeNet = time.Minute
	// homeFor is how long after its agent looked at it a home is kept up to date. Opening it again says so anew.
	homeFor = 7 * 24 * time.Hour
	// homeListed is how many chats each list of a home has: all together are far below Slack's hundred blocks.
	homeListed = 30
	// homeHeld is how many chats that agents have are read at once.
	homeHeld = 2000
	// figuresFor is how long the figures of a desk stay as they are.
	figuresFor = 15 * time.Second
	// homeAgain is how long a desk is left alone after it did not answer.
	homeAgain = 5 * time.Second
	// homelessFor is how long a desk is left alone that shows no homes.
	homelessFor = 10 * time.Minute
)

// homes is what the loop that shows homes remembers between its rounds. One goroutine uses it.
type homes struct {
	e       *Engine
	paces   map[string]*pace
	from    time.Time            // until when another copy may have used what was free
	until   map[string]time.Time // desks that are left alone until then
	figures map[string]figured
	told    map[string]bool   // desks that were said to show no homes
	last    map[string]string // whose home was shown last: the next round begins behind it
}

type figured struct {
	handover.Figures
	at  models.Stamp
	day models.Stamp
}

// openHome notes that an agent looks at his home, which is shown then. Somebody who is no agent is told so there, once.
func (e *Engine) openHome(tx *store.Tx, desk string, action handover.Action) error {
	if action.Refusal != "" {
		tx.After(func() { e.refuseHome(desk, action) })
		return nil
	}
	tx.After(func() { e.tell(leaseHomes) })
	return tx.OpenHome(models.Home{Desk: desk, Person: action.Person.ID, Opened: e.stamp()})
}

// refuseHome says in a home why there is nothing to see.
func (e *Engine) refuseHome(desk string, action handover.Action) {
	e.atDesk(desk, func(ctx context.Context, dk *Desk) {
		homer, ok := dk.Desk.(handover.Homer)
		if !ok {
			return
		}
		if err := homer.ShowHome(ctx, action.Person.ID, handover.Home{Refusal: action.Refusal}); err != nil {
			e.log.Debug("home not shown", "desk", desk, "err", err)
		}
	})
}

// homeLoop keeps the homes that agents look at up to date, outside the lanes: the latest counts.
func (e *Engine) homeLoop(ctx context.Context, h store.Holding) {
	l := homes{
		e: e, from: e.now().Add(-h.Idle),
		paces: map[string]*pace{}, until: map[string]time.Time{}, figures: map[string]figured{}, told: map[string]bool{}, last: map[string]string{},
	}
	for {
		wait := l.round(ctx)
		if !sleep(ctx, homeEvery, nil) || !sleep(ctx, max(wait-homeEvery, 0), e.homes) {
			return
		}
	}
}

// round looks at all homes, and returns how long there is nothing to do unless something happens.
func (l *homes) round(ctx context.Context) (wait time.Duration) {
	all, err := l.e.store.Homes(ctx)
	if err != nil {
		if ctx.Err() == nil {
			l.e.log.Warn("homes not read", "err", err)
		}
		return homeNet
	}
	wait = homeNet
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Desk == all[0].Desk {
			n++
		}
		next, err := l.desk(ctx, all[:n])
		if err != nil {
			if ctx.Err() != nil {
				return homeNet
			}
			l.e.log.Warn("homes not shown", "desk", all[0].Desk, "err", err)
		}
		wait = min(wait, next)
		all = all[n:]
	}
	return wait
}

// desk brings the homes of one desk up to date, and returns how long there is nothing to do.
func (l *homes) desk(ctx context.Context, all []models.Home) (wait time.Duration, err error) {
	name := all[0].Desk
	desk := l.e.Roster().Desks[name]
	if desk == nil {
		return homeNet, nil
	}
	if left := l.until[name].Sub(l.e.now()); left > 0 {
		return left, nil
	}
	homer, ok := desk.Desk.(handover.Homer)
	if !ok {
		return homeNet, nil
	}
	common, mine, wait, err := l.read(ctx, desk)
	if err != nil {
		return homeAgain, err
	}
	for _, one := range l.turns(all) {
		if l.e.stamp().Sub(one.Opened) > homeFor {
			if err := l.note(ctx, func(tx *store.Tx) error { return tx.CloseHome(one) }); err != nil {
				return homeAgain, err
			}
			continue
		}
		home := common
		home.Mine, home.AllMine = mine[one.Person], len(mine[one.Person])
		home.Mine = home.Mine[:min(len(home.Mine), homeListed)]
		looks, err := looksOf(home)
		if err != nil {
			return homeNet, err
		}
		if looks == one.Shown {
			continue
		}
		if granted, next := l.pace(desk).grant(l.e.now(), 1); granted == 0 {
			return min(wait, next), nil
		}
		if err := l.e.store.Confirm(ctx); err != nil {
			return homeAgain, err
		}
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err = homer.ShowHome(call, one.Person, home)
		cancel()
		l.last[name] = one.Person
		l.e.metrics.posted(name, "home", err)
		if err != nil {
			return l.failed(ctx, desk, one, err)
		}
		one.Shown = looks
		if err := l.note(ctx, func(tx *store.Tx) error { return tx.HomeShown(one) }); err != nil {
			return homeAgain, err
		}
	}
	return wait, nil
}

// turns returns the homes in the order in which they are looked at, so that none waits for ever while much changes.
func (l *homes) turns(all []models.Home) []models.Home {
	i := slices.IndexFunc(all, func(h models.Home) bool { return h.Person > l.last[h.Desk] })
	return slices.Concat(all[max(i, 0):], all[:max(i, 0)])
}

// failed decides what it means that a home could not be shown, and returns how long to wait before the others.
func (l *homes) failed(ctx context.Context, desk *Desk, one models.Home, reason error) (time.Duration, error) {
	failed, ok := errors.AsType[*handover.DeskError](reason)
	if !ok || ctx.Err() != nil {
		return homeAgain, reason
	}
	switch failed.Kind {
	case handover.DeskRejected, handover.DeskGone:
		return homeEvery, l.note(ctx, func(tx *store.Tx) error { return tx.CloseHome(one) })
	case handover.DeskForbidden:
		l.until[desk.Name] = l.e.now().Add(homelessFor)
		if !l.told[desk.Name] {
			l.told[desk.Name] = true
			l.e.log.Info("agents have no home: the desk does not let us", "desk", desk.Name, "err", reason)
		}
		return homelessFor, nil
	case handover.DeskRateLimited:
		wait := max(failed.RetryAfter, time.Second)
		l.pace(desk).hold(l.e.now().Add(wait))
		return wait, nil
	case handover.DeskTemporary:
		l.until[desk.Name] = l.e.now().Add(homeAgain)
	}
	return homeAgain, reason
}

func (l *homes) note(ctx context.Context, fn func(*store.Tx) error) error {
	return l.e.store.Write(ctx, fn)
}

func (l *homes) pace(desk *Desk) *pace {
	known := l.paces[desk.Name] != nil
	p := paceOf(l.paces, desk, homeRate, homeBurst)
	if !known {
		p.used(l.from)
	}
	return p
}

// looksOf returns the hash of what a home shows.
func looksOf(h handover.Home) (string, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12]), nil
}

// read returns what all homes of a desk have in common, the chats that each agent has, and until when that holds by itself.
func (l *homes) read(ctx context.Context, desk *Desk) (common handover.Home, mine map[string][]handover.Listed, wait time.Duration, err error) {
	e := l.e
	if common.Waiting, common.AllWaiting, err = e.listed(ctx, desk, models.HandoverWaiting, homeListed); err != nil {
		return common, nil, 0, err
	}
	if common.Owed, common.AllOwed, err = e.listed(ctx, desk, models.HandoverPromised, homeListed); err != nil {
		return common, nil, 0, err
	}
	for _, list := range [][]handover.Listed{common.Waiting, common.Owed} {
		for i := range list {
			list[i].Last = time.Time{} // or each line of theirs would be a change of every home
		}
	}
	held, _, err := e.listed(ctx, desk, models.HandoverClaimed, homeHeld)
	if err != nil {
		return common, nil, 0, err
	}
	mine = map[string][]handover.Listed{}
	for _, one := range held {
		mine[one.Agent.ID] = append(mine[one.Agent.ID], one)
	}
	now, day := e.stamp(), e.days(desk, 0)
	known, wait := l.figures[desk.Name], homeNet
	if age := now.Sub(known.at); known.day == day && age < figuresFor {
		wait = max(figuresFor-age, homeEvery)
	} else {
		known = figured{at: now, day: day}
		if known.Figures, err = e.figures(ctx, desk, day); err != nil {
			return common, nil, 0, err
		}
		l.figures[desk.Name] = known
	}
	common.Today = known.Figures
	return common, mine, wait, nil
}
