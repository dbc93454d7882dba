package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/models/store"
)

// channel is one channel as it runs. It is replaced, not changed.
type channel struct {
	section ChannelSection
	entry   *lanes.Channel
	task    *task // sets the platform up and fetches messages
}

// under returns the channel, which goes on running, with another entry.
func (c *channel) under(entry *lanes.Channel) *channel {
	return &channel{section: c.section, entry: entry, task: c.task}
}

// desk is one desk as it runs.
type desk struct {
	section DeskSection
	entry   *lanes.Desk
	task    *task // sets it up and listens
}

// bot is one bot as it is.
type bot struct {
	section BotSection
	entry   *lanes.Bot
}

// startWithin bounds what a bot does before its first question, such as building an index.
const startWithin = time.Minute

// newBot makes a bot of its section.
func (g *Gateway) newBot(ctx context.Context, s BotSection) (*bot, error) {
	b, err := s.kind.make(s.Config, bots.Deps{Name: s.Name, HTTP: g.client, Log: g.log.With("bot", s.Name), Now: g.now})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	if starter, ok := b.(bots.Starter); ok {
		ctx, cancel := context.WithTimeout(ctx, startWithin)
		defer cancel()
		if err := starter.Start(ctx); err != nil {
			g.closeBot(s.Name, b)
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
	}
	common := s.Config.Shared().WithDefaults()
	return &bot{section: s, entry: &lanes.Bot{
		Name: s.Name, Bot: b, Timeout: common.Timeout.Duration, Patience: common.Patience.Duration, Stale: common.Stale.Duration,
		Takes: takes(&common), NotTaken: handover.NotTaken(common.NotAccepted),
	}}, nil
}

// newDesk makes a desk of its section.
func (g *Gateway) newDesk(s DeskSection) (*desk, error) {
	made, err := s.kind.spec.New(s.Config, DeskDeps{
		Name: s.Name, Install: g.install, HTTP: g.client, Log: g.log.With("desk", s.Name), Now: g.now,
		Places: func() []string { return g.places(s.Name) },
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	threads, operator := s.kind.spec.Places(s.Config)
	entry := &lanes.Desk{Name: s.Name, Desk: made, Place: threads, Ops: operator, Replies: s.Replies}
	if s.kind.spec.Policy != nil {
		entry.Policy = s.kind.spec.Policy(s.Config)
	}
	if p, ok := made.(PacedDesk); ok {
		entry.Rate, entry.PlaceRate = p.Rates()
	}
	if p, ok := made.(EditPacedDesk); ok {
		entry.EditRate = p.EditRate()
	}
	return &desk{section: s, entry: entry, task: &task{}}, nil
}

// places returns where threads of a desk open.
func (g *Gateway) places(desk string) []string {
	var places []string
	r := g.engine.Roster()
	if d := r.Desks[desk]; d != nil {
		places = append(places, d.Place)
	}
	for _, ch := range r.Channels {
		if ch.Desk == desk && ch.Place != "" {
			places = append(places, ch.Place)
		}
	}
	if d := r.Desks[desk]; d != nil {
		places = slices.AppendSeq(places, maps.Values(d.Policy.Teams))
		for _, route := range d.Policy.Routes {
			places = append(places, route.To)
		}
	}
	return places
}

// newChannel makes a channel of its section.
func (g *Gateway) newChannel(s ChannelSection, conf *Config) (*channel, error) {
	name := s.Full()
	adapter, err := s.kind.make(s.Config, channels.Deps{
		Name: s.Name, HTTP: g.client, Log: g.log.With("channel", name), Now: g.now,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return &channel{section: s, entry: g.entryOf(s, adapter, conf), task: &task{}}, nil
}

// entryOf returns what the lanes are to know of a channel.
func (g *Gateway) entryOf(s ChannelSection, adapter channels.Adapter, conf *Config) *lanes.Channel {
	common := s.Config.Shared()
	limits := adapter.Limits()
	if common.Rate > 0 {
		limits.Rate = common.Rate
	}
	if common.ChatRate > 0 {
		limits.ChatRate = common.ChatRate
		limits.ChatBurst = max(limits.ChatBurst, int(common.ChatRate))
	}
	limits.Hosted = limits.Links && conf.Server.PublicURL != ""
	section, _ := conf.DeskFor(common.Desk)
	ch := &lanes.Channel{
		Name: s.Full(), Platform: s.kind.title(), Account: s.Kind + "/" + s.Config.Account(s.Name), Adapter: adapter,
		Limits: limits, On: common.On(), Bot: common.Bot, Desk: section.Name, Place: common.SlackChannel, Language: common.Language,
		OnlyFrom: map[string]bool{}, NoReadMarks: common.ReadMarks != nil && !*common.ReadMarks,
		Policy: handover.Policy{
			HasBot: true, BreakAfter: conf.Handover.BreakAfter, MinConfidence: conf.Handover.MinConfidence,
			DetectBreaks: conf.Handover.DetectBreaks, Reopen: conf.Handover.Reopen.Duration, GiveUp: conf.Handover.GiveUp.Duration,
			Breaker: conf.Handover.Breaker, Window: limits.Window,
		},
	}
	for _, id := range common.OnlyFrom {
		ch.OnlyFrom[id] = true
	}
	ch.Gone = func() { g.wg.Go(func() { g.stopGone(s.Full()) }) }
	return ch
}

// stopGone switches a channel off whose platform said that it is gone for good, until the next reload.
func (g *Gateway) stopGone(name string) {
	g.change.Lock()
	defer g.change.Unlock()
	ch := g.channels[name]
	if ch == nil || !ch.entry.On || g.closed {
		return
	}
	ch.task.stop()
	off := *ch.entry
	off.On = false
	g.mu.Lock()
	g.channels[name] = ch.under(&off)
	g.mu.Unlock()
	g.publish()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	if err := g.engine.Switch(ctx, name, false); err != nil {
		g.log.Warn("open threads not told", "channel", name, "err", err)
	}
	g.log.Error("channel stopped: its platform says that the address is gone for good", "channel", name)
}

// start starts what the parts do by themselves and do not do yet. g.change is held.
func (g *Gateway) start() {
	if g.running == nil || g.closed {
		return
	}
	for _, d := range g.desks {
		d.task.start(g.running, &g.wg, func(ctx context.Context) { g.runDesk(ctx, d) })
	}
	for name, ch := range g.channels {
		if ch.entry.On {
			endpoint := publicAddress(g.conf.Server.PublicURL, "/channels/"+name)
			ch.task.start(g.running, &g.wg, func(ctx context.Context) { g.runChannel(ctx, ch.entry, endpoint) })
		}
	}
}

// learnAfter is how long a copy waits for its turn to set a channel up before it only learns who the account is.
const learnAfter = 5 * time.Second

// runChannel sets the platform up, then fetches messages if the platform does not call us. Of all copies on a database one
// does so, as long as it has the account's lease; the others learn who the account is, to understand what they receive.
func (g *Gateway) runChannel(ctx context.Context, entry *lanes.Channel, endpoint string) {
	key := "channel " + entry.Name
	s, sets := entry.Adapter.(channels.Setupper)
	_, polls := entry.Adapter.(channels.Poller)
	if !sets && !polls {
		return
	}
	turn, learning := context.WithCancel(ctx)
	var learn sync.WaitGroup
	if sets {
		learn.Go(func() {
			if wait(turn, learnAfter) {
				g.until(turn, key, entry.Name+" is not set up", func(ctx context.Context) error { return s.Setup(ctx, "") })
			}
		})
	}
	g.store.While(ctx, lanes.AccountLease(entry.Account), func(held context.Context, _ store.Holding) {
		learning()
		learn.Wait()
		g.fetch(held, entry, endpoint)
		<-held.Done()
		if ctx.Err() == nil {
			g.ops.Forget(key)
		}
	})
	learning()
	learn.Wait()
}

// wait waits for d and reports whether ctx goes on.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// fetch sets a channel up and fetches its messages until ctx ends.
func (g *Gateway) fetch(ctx context.Context, entry *lanes.Channel, endpoint string) {
	key := "channel " + entry.Name
	if s, ok := entry.Adapter.(channels.Setupper); ok {
		g.until(ctx, key, entry.Name+" is not set up", func(ctx context.Context) error { return s.Setup(ctx, endpoint) })
	}
	if p, ok := entry.Adapter.(channels.Poller); ok {
		g.until(ctx, key, entry.Name+" does not fetch messages", endless(func(ctx context.Context) error {
			return p.Poll(ctx, func(ctx context.Context, u channels.Update) error {
				g.ops.Clear(key)
				return g.engine.Accept(ctx, entry, u)
			})
		}))
	}
}

// runDesk learns who the desk is, then listens if its platform does not call us.
func (g *Gateway) runDesk(ctx context.Context, d *desk) {
	entry, key := d.entry, "desk "+d.entry.Name
	if s, ok := entry.Desk.(handover.Setupper); ok {
		g.until(ctx, key, "the desk "+entry.Name+" is not set up", s.Setup)
	}
	if l, ok := entry.Desk.(handover.Listener); ok && !d.section.kind.spec.Called(d.section.Config) {
		g.until(ctx, key, "the desk "+entry.Name+" is not connected", endless(func(ctx context.Context) error {
			return l.Listen(ctx, func(ctx context.Context, u handover.Update) error {
				g.ops.Clear(key)
				return g.engine.AcceptDesk(ctx, entry.Name, u)
			})
		}))
	}
}

// until runs fn until it works or ctx ends. The operator is told when it keeps failing, or cannot work without him.
func (g *Gateway) until(ctx context.Context, key, what string, fn func(context.Context) error) {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = time.Second, time.Minute
	for tries := 1; ; tries++ {
		begin := g.now()
		err := g.guarded(ctx, key, fn)
		if ctx.Err() != nil {
			return
		}
		if g.now().Sub(begin) > b.MaxInterval { // it worked until now
			b.Reset()
			tries = 1
		}
		if err == nil {
			g.ops.Clear(key)
			return
		}
		wait := b.NextBackOff()
		if forbidden(err) {
			wait = b.MaxInterval
			g.ops.Raise(key, what+": "+err.Error())
		} else if tries >= 4 {
			g.ops.Raise(key, what+" yet: "+err.Error())
		}
		g.log.Warn("not working yet", "part", key, "err", err)
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// errEnded is why something is begun again that ended although nothing was wrong.
var errEnded = errors.New("it ended by itself")

// endless makes an error of the end of what is to go on until ctx ends: an adapter that returns nil before has stopped to
// fetch messages, whatever it means by that.
func endless(fn func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := fn(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		return errEnded
	}
}

// guarded calls fn and turns a panic into an error: what is wrong with one platform ends no other's work. A panic's value
// may hold what a customer wrote, so only the place is told.
func (g *Gateway) guarded(ctx context.Context, key string, fn func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			g.log.Error("a part panicked", "part", key, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %T", v)
		}
	}()
	return fn(ctx)
}

func forbidden(err error) bool {
	if e, ok := errors.AsType[*handover.DeskError](err); ok {
		return e.Kind == handover.DeskForbidden
	}
	return channels.KindOf(err) == channels.Forbidden
}

// same reports whether two sections say the same. Secrets are compared by value.
func same(a, b any) bool { return reflect.DeepEqual(a, b) }
