package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
)

// report is the post of an outage.
type report struct {
	id    string
	now   handover.Incident
	edits int
}

func (d *desk) Report(ctx context.Context, id string, i handover.Incident) (string, error) {
	if err := d.call(ctx, "report", id); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for n, r := range d.reports {
		if r.id == id {
			d.reports[n].now = i
			d.reports[n].edits++
			return id, nil
		}
	}
	id = fmt.Sprintf("%s/R%d", i.Place, len(d.reports)+1)
	d.reports = append(d.reports, report{id: id, now: i})
	if d.lose != nil {
		return id, d.lose("report")
	}
	return id, nil
}

// FindReport returns the post of an outage.
func (d *desk) FindReport(_ context.Context, i handover.Incident) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	for _, r := range d.reports {
		if r.now.ID == i.ID && !d.gone[r.id] && d.blind == nil {
			return r.id, nil
		}
	}
	return "", d.blind
}

var _ handover.ReportFinder = (*desk)(nil)

// outages returns the posts of outages.
func (d *desk) outages() []report {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.reports)
}

// sorry is the first of the words in which customers are told of an outage.
const sorry = "Sorry, we're having technical trouble"

// fails makes the bot fail for everybody.
func (b *bot) fails() {
	b.on(func(context.Context, bots.Question) (bots.Answer, error) {
		return bots.Answer{}, errors.New("bot answered 500")
	})
}

// works makes it answer again.
func (b *bot) works() { b.on(nil) }

// crowd has n customers write, each once, from number from on.
func (r *rig) crowd(from, n int, text string) {
	r.t.Helper()
	for i := range n {
		r.write(chatOf(from+i), fmt.Sprintf("%s %d", text, from+i))
	}
	r.settle()
}

func chatOf(n int) string { return fmt.Sprintf("crowd-%d", n) }

// outage makes the bot fail and n customers wait for it, from number 4 on: those before have threads.
func (r *rig) outage(n int) report {
	r.t.Helper()
	r.bot.fails()
	for i := range 5 {
		r.crowd(i, 1, "question")
	}
	r.crowd(5, n-1, "question")
	r.pass(time.Second)
	return r.incident()
}

// incident returns the one post of an outage.
func (r *rig) incident() report {
	r.t.Helper()
	all := r.desk.outages()
	if len(all) != 1 {
		r.t.Fatalf("%d posts of outages, want one: %+v", len(all), all)
	}
	return all[0]
}

// change changes the policy of all channels, as a reload does.
func (r *rig) change(change func(*handover.Policy)) {
	next := *r.roster
	next.Channels, next.Accounts = map[string]*lanes.Channel{}, map[string]*lanes.Channel{}
	for name, ch := range r.roster.Channels {
		ch := *ch
		change(&ch.Policy)
		next.Channels[name], next.Accounts[ch.Account] = &ch, &ch
	}
	r.roster = &next
	r.engine.Use(r.roster)
}

// handAll has Ana click Hand all over.
func (r *rig) handAll(p report) {
	r.t.Helper()
	r.act(handover.Action{Kind: handover.HandAll, Incident: p.now.ID, Thread: p.id})
}

// times returns how often a customer reads a line with the words.
func (r *rig) times(chat, words string) (n int) {
	for _, line := range r.phone.read(chat) {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}
