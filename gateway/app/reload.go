package app

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
)

// Reload makes the gateway follow another config. Channels start, stop and change; what did not change goes on
// undisturbed. When something cannot be made, nothing is changed and the error says what. [server] and [store] stay as
// they were at the start: NeedsRestart tells.
func (g *Gateway) Reload(ctx context.Context, conf *Config) error {
	g.change.Lock()
	defer g.change.Unlock()
	if g.conf != nil {
		settled := *conf
		settled.Server, settled.Store = g.conf.Server, g.conf.Store
		conf = &settled
	}
	made, err := g.make(ctx, conf)
	if err != nil {
		g.discard(made)
		return err
	}
	for name, on := range g.replace(conf, made) {
		if err := g.engine.Switch(ctx, name, on); err != nil {
			g.log.Warn("open threads not told", "channel", name, "err", err)
		}
	}
	return nil
}

// parts are all parts of a config, some of them those that run already.
type parts struct {
	channels map[string]*channel
	desks    map[string]*desk
	bots     map[string]*bot
}

// make makes what the config has new. g.change is held.
func (g *Gateway) make(ctx context.Context, conf *Config) (parts, error) {
	p := parts{channels: map[string]*channel{}, desks: map[string]*desk{}, bots: map[string]*bot{}}
	var errs []error
	for _, s := range conf.Bots {
		// A bot made from files is made anew: the files may have changed.
		_, files := s.Config.(bots.FileConfig)
		if old := g.bots[s.Name]; old != nil && same(old.section.Config, s.Config) && !files {
			p.bots[s.Name] = old
			continue
		}
		if b, err := g.newBot(ctx, s); err != nil {
			errs = append(errs, err)
		} else {
			p.bots[s.Name] = b
		}
	}
	for _, s := range conf.Desks {
		if old := g.desks[s.Name]; old != nil && same(old.section.Config, s.Config) {
			if p.desks[s.Name] = old; !same(old.section.Replies, s.Replies) {
				p.desks[s.Name] = old.under(s)
			}
			continue
		}
		if d, err := g.newDesk(s); err != nil {
			errs = append(errs, err)
		} else {
			p.desks[s.Name] = d
		}
	}
	for _, s := range conf.Channels {
		if old := g.channels[s.Full()]; old != nil && same(old.section.Config, s.Config) {
			p.channels[s.Full()] = old.under(g.entryOf(s, old.entry.Adapter, conf))
			continue
		}
		if ch, err := g.newChannel(s, conf); err != nil {
			errs = append(errs, err)
		} else {
			p.channels[s.Full()] = ch
		}
	}
	for _, ch := range p.channels {
		if b := p.bots[ch.entry.Bot]; b != nil {
			if a, ok := b.entry.Bot.(bots.Absent); ok && a.Absent() {
				ch.entry.Policy.HasBot = false
			}
		}
	}
	return p, errors.Join(errs...)
}

// discard closes the bots that were made for nothing.
func (g *Gateway) discard(p parts) {
	for name, b := range p.bots {
		if g.bots[name] != b {
			g.closeBot(b.section.Name, b.entry.Bot)
		}
	}
}

// replace stops the parts that are over, puts the new ones in their place and starts them. It returns which channels were
// switched on or off. g.change is held.
func (g *Gateway) replace(conf *Config, p parts) (switched map[string]bool) {
	switched = map[string]bool{}
	for name, old := range g.channels {
		next := p.channels[name]
		if next == nil || next.task != old.task || !next.entry.On {
			old.task.stop()
		}
		if next == nil {
			continue // what waits fails, and each agent is told at his line
		}
		was, is := old.entry.On, next.section.Config.Shared().On() // one that is gone was stopped without the config
		if is != was {
			switched[name] = is
		}
	}
	for name, old := range g.desks {
		if next := p.desks[name]; next == nil || next.task != old.task {
			old.task.stop()
		}
	}
	replaced := g.bots
	g.mu.Lock()
	g.conf, g.channels, g.desks, g.bots = conf, p.channels, p.desks, p.bots
	g.mu.Unlock()
	g.publish()
	for name, old := range replaced {
		if p.bots[name] != old {
			g.retire(old)
		}
	}
	g.start()
	return switched
}

// retire closes a bot that was replaced, after the last answer that may be under way.
func (g *Gateway) retire(b *bot) {
	running := g.running
	if _, ok := b.entry.Bot.(io.Closer); !ok || running == nil || g.closed {
		g.closeBot(b.section.Name, b.entry.Bot)
		return
	}
	g.wg.Go(func() {
		last := time.NewTimer(2 * b.entry.Timeout)
		defer last.Stop()
		select {
		case <-last.C:
			g.closeBot(b.section.Name, b.entry.Bot)
		case <-g.idle: // nothing asks any more
			g.closeBot(b.section.Name, b.entry.Bot)
		}
	})
}

func (g *Gateway) closeBot(name string, b bots.Bot) {
	if c, ok := b.(io.Closer); ok {
		if err := c.Close(); err != nil {
			g.log.Warn("bot not closed", "bot", name, "err", err)
		}
	}
}

// publish tells the lanes what the config names. g.change is held.
func (g *Gateway) publish() {
	r := &lanes.Roster{
		Channels: map[string]*lanes.Channel{}, Accounts: map[string]*lanes.Channel{}, Desks: map[string]*lanes.Desk{},
		Bots: map[string]*lanes.Bot{}, Words: g.conf.Texts, Language: g.conf.Handover.Language, Keep: g.conf.Store.Keep.Duration,
	}
	for name, ch := range g.channels {
		r.Channels[name] = ch.entry
		r.Accounts[ch.entry.Account] = ch.entry
	}
	for name, d := range g.desks {
		r.Desks[name] = d.entry
	}
	for name, b := range g.bots {
		r.Bots[name] = b.entry
	}
	g.engine.Use(r)
}

// reloadFile loads the file again and returns what was read. A config with a fault changes nothing and is told.
func (g *Gateway) reloadFile(ctx context.Context, file string) files {
	conf, err := Load(file, g.kit)
	if err != nil {
		g.refuse(err)
		if e, ok := errors.AsType[*faultsError](err); ok {
			return e.files
		}
		return nil
	}
	running := g.config()
	if len(conf.Channels) == 0 && len(running.Channels) > 0 {
		// More likely half a file than meant: the queue of a section that is gone fails for good.
		g.refuse(Fault{File: file, Path: "channels", Text: "no section is left; enabled = false switches a channel off, and a restart takes this file"})
		return conf.files
	}
	if err := g.Reload(ctx, conf); err != nil {
		g.refuse(err)
		return conf.files
	}
	for _, section := range NeedsRestart(running, conf) {
		g.log.Warn("config: the change needs a restart", "section", section)
	}
	for _, w := range conf.Warnings {
		g.log.Warn("config", "where", w.Error())
	}
	g.log.Info("config reloaded", "channels", len(conf.Channels))
	g.ops.Clear(configFault)
	return conf.files
}

// configFault is the operator's fault of a config that was not taken.
const configFault = "config"

// refuse tells that a config was not taken.
func (g *Gateway) refuse(err error) {
	g.log.Error("config not reloaded; everything goes on as before", "err", err)
	g.ops.Raise(configFault, "The config was not reloaded, everything goes on as before: "+err.Error())
}

// config returns the config that is followed.
func (g *Gateway) config() *Config {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.conf
}

// NeedsRestart returns the sections that differ between a and b and are only read at the start.
func NeedsRestart(a, b *Config) []string {
	var sections []string
	if !same(a.Server, b.Server) {
		sections = append(sections, "[server]")
	}
	if !same(a.Store, b.Store) {
		sections = append(sections, "[store]")
	}
	return sections
}

// publicAddress returns path behind the public URL, "" without one.
func publicAddress(public, path string) string {
	if public == "" {
		return ""
	}
	return strings.TrimSuffix(public, "/") + path
}
