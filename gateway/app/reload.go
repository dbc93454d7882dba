package app

import (
	"context"
	"errors"
	"strings"

	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
)

// Reload makes the gateway follow another config. Channels start, stop and change; what did not change goes on
// undisturbed. When something cannot be made, nothing is changed and the error says what. [server] and [store] are left
// as they are: NeedsRestart tells.
func (g *Gateway) Reload(ctx context.Context, conf *Config) error {
	g.mu.Lock()
	made, err := g.make(conf)
	if err != nil {
		g.mu.Unlock()
		return err
	}
	switched := g.replace(conf, made)
	g.mu.Unlock()
	for name, on := range switched {
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

// make makes what the config has new. g.mu is held.
func (g *Gateway) make(conf *Config) (parts, error) {
	p := parts{channels: map[string]*channel{}, desks: map[string]*desk{}, bots: map[string]*bot{}}
	var errs []error
	for _, s := range conf.Bots {
		// A bot made from files is made anew: the files may have changed.
		_, files := s.Config.(bots.FileConfig)
		if old := g.bots[s.Name]; old != nil && same(old.section.Config, s.Config) && !files {
			p.bots[s.Name] = old
			continue
		}
		b, err := g.newBot(s)
		errs = append(errs, err)
		p.bots[s.Name] = b
	}
	for _, s := range conf.Desks {
		if old := g.desks[s.Name]; old != nil && same(old.section.Config, s.Config) {
			p.desks[s.Name] = old
			continue
		}
		d, err := g.newDesk(s)
		errs = append(errs, err)
		p.desks[s.Name] = d
	}
	for _, s := range conf.Channels {
		if old := g.channels[s.Full()]; old != nil && same(old.section.Config, s.Config) {
			p.channels[s.Full()] = old
			continue
		}
		ch, err := g.newChannel(s, conf)
		errs = append(errs, err)
		p.channels[s.Full()] = ch
	}
	return p, errors.Join(errs...)
}

// replace puts the parts in place, stops the old ones and starts the new ones. It returns which channels were switched
// on or off. g.mu is held.
func (g *Gateway) replace(conf *Config, p parts) (switched map[string]bool) {
	switched = map[string]bool{}
	for name, old := range g.channels {
		next := p.channels[name]
		if next != old {
			g.stopChannel(old)
		}
		was := old.section.Config.Shared().On()
		if is := next != nil && next.section.Config.Shared().On(); is != was {
			switched[name] = is
		}
	}
	for name, old := range g.desks {
		if p.desks[name] != old {
			g.stopDesk(old)
		}
	}
	first := g.conf == nil
	g.conf, g.channels, g.desks, g.bots = conf, p.channels, p.desks, p.bots
	for _, ch := range g.channels {
		// Policy, desk and bot of a channel come from other sections, so the entry is made anew in any case.
		gone := ch.entry != nil && !ch.entry.On && ch.section.Config.Shared().On()
		ch.entry = g.entryOf(ch.section, ch.entry.Adapter, conf)
		if b := g.bots[ch.entry.Bot]; b != nil {
			if a, ok := b.entry.Bot.(bots.Absent); ok && a.Absent() {
				ch.entry.Policy.HasBot = false
			}
		}
		if gone {
			g.log.Info("channel is tried again", "channel", ch.entry.Name)
		}
	}
	g.publish()
	for _, d := range g.desks {
		g.startDesk(d)
	}
	for _, ch := range g.channels {
		g.startChannel(ch)
	}
	if first {
		return nil
	}
	return switched
}

// publish tells the lanes what the config names. g.mu is held.
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

// NeedsRestart returns the sections that changed from a to b and are only read at the start.
func NeedsRestart(a, b *Config) []string {
	var sections []string
	if !same(a.Server, b.Server) {
		sections = append(sections, "[server]")
	}
	if a.Store.URL.Reveal() != b.Store.URL.Reveal() {
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
