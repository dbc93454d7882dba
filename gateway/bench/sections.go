package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The sections.
const (
	accept = "accept" // a webhook is stored durably and answered
	whole  = "whole"  // webhook, bot over HTTP, answer on the platform
	held   = "held"   // customer to agent and back
)

// measured is what a section gives on one database.
type measured struct {
	full figures
	half figures // accept: at half of the rate of full
	rate float64 // messages a second
	each cost    // of a message
}

// accept measures how fast messages are taken. The bot holds its answers, so what is done is to verify, to store, and to
// decide; afterwards the bot answers all, and every accepted message must be in an answer once, in its order.
func (r *run) accept(ctx context.Context, on database) (m measured, err error) {
	g, err := r.build(ctx, accept, on)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	l := newLedger(r.chats(), r.apart(), "bot")
	g.customers.ledger.Store(l)
	if err := g.bot(ctx, "hold"); err != nil {
		return m, err
	}
	put := r.load(g.gateway.public, func(c int, w *wire) func(context.Context) (int, error) {
		return g.write(l, c, w, func(context.Context, int, int) error { return nil })
	})
	meet := put
	meet.warm, meet.span = 0, 0 // one message of each connection, so that the first second is not all newcomers
	if _, err := meet.run(ctx); err != nil {
		return m, err
	}
	if m.each, err = g.measured(ctx, l, put, &m.full); err != nil {
		return m, err
	}
	m.rate = m.full.rate()
	if err := g.settled(ctx, l); err != nil {
		return m, err
	}
	if m.rate > 0 {
		if err := g.bot(ctx, "hold"); err != nil {
			return m, err
		}
		put.every = time.Duration(float64(time.Second) / (m.rate / 2))
		put.span = put.span / 2
		if m.half, err = put.run(ctx); err != nil {
			return m, err
		}
		if err := g.settled(ctx, l); err != nil {
			return m, err
		}
	}
	return m, errors.Join(g.gateway.stop(), l.err())
}

// measured puts a load on and notes its figures, and a profile if one is asked for.
func (g *rig) measured(ctx context.Context, l *ledger, put load, f *figures) (each cost, err error) {
	return g.spent(ctx, l, func() error {
		return g.profiled(ctx, int((put.warm + put.span).Seconds()), func() (err error) {
			*f, err = put.run(ctx)
			return err
		})
	})
}

// settled lets the bot answer what waits, and waits for it.
func (g *rig) settled(ctx context.Context, l *ledger) error {
	start := time.Now()
	before := l.got.Load()
	if err := g.bot(ctx, "release"); err != nil {
		return err
	}
	if err := l.settle(ctx); err != nil {
		return err
	}
	g.say("%s: %d accepted messages were answered afterwards, in order, in %.1f s", g.name, l.got.Load()-before, time.Since(start).Seconds())
	return nil
}

// whole measures messages from the webhook to the answer on the platform's API. Each connection waits for its answer.
func (r *run) whole(ctx context.Context, on database) (m measured, err error) {
	return r.closed(ctx, whole, "bot", on, func(context.Context, *rig, *ledger) error { return nil })
}

// held measures messages of chats that an agent has: the customer's line into its thread, the agent's reply to it into the
// app. Both are counted.
func (r *run) held(ctx context.Context, on database) (m measured, err error) {
	return r.closed(ctx, held, "agent", on, r.handOver)
}

// closed measures round trips.
func (r *run) closed(ctx context.Context, section, voice string, on database, before func(context.Context, *rig, *ledger) error) (m measured, err error) {
	g, err := r.build(ctx, section, on)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	l := newLedger(r.chats(), r.apart(), voice)
	g.customers.ledger.Store(l)
	if err := before(ctx, g, l); err != nil {
		return m, err
	}
	put := r.load(g.gateway.public, func(c int, w *wire) func(context.Context) (int, error) {
		return g.write(l, c, w, l.wait)
	})
	if m.each, err = g.measured(ctx, l, put, &m.full); err != nil {
		return m, errors.Join(err, l.err())
	}
	m.rate = m.full.rate()
	if section == held {
		m.rate *= 2
		m.each = cost{m.each.gateway / 2, m.each.server / 2}
	}
	st, err := g.state(ctx)
	if err != nil {
		return m, err
	}
	m.full.refused += int(st.Refused)
	return m, errors.Join(g.gateway.stop(), l.err())
}

// handOver has every chat taken by the agent.
func (r *run) handOver(ctx context.Context, g *rig, l *ledger) error {
	put := r.load(g.gateway.public, func(c int, w *wire) func(context.Context) (int, error) {
		mouth := newCustomerMouth(customerKey())
		return func(ctx context.Context) (refused int, err error) {
			for i := c; i < len(l.chats); i += r.o.Connections {
				if refused, err = w.deliver(ctx, mouth.say(i*l.apart, 0, "I want to talk to a person, please."), http.StatusAccepted); err != nil {
					return refused, err
				}
				l.chats[i].sent++
				if err := l.wait(ctx, i, 0); err != nil {
					return refused, err
				}
			}
			return refused, nil
		}
	})
	put.warm, put.span = 0, 0
	_, err := put.run(ctx)
	if err != nil {
		return fmt.Errorf("hand the chats over: %w", err)
	}
	return nil
}

// write returns what connection c does: it writes in the next of its chats, and waits as then says.
func (g *rig) write(l *ledger, c int, w *wire, then func(ctx context.Context, chat, n int) error) func(context.Context) (int, error) {
	mouth := newCustomerMouth(customerKey())
	chat := c
	return func(ctx context.Context) (int, error) {
		i := chat
		if chat += g.o.Connections; chat >= len(l.chats) {
			chat = c
		}
		n := l.chats[i].sent
		refused, err := w.deliver(ctx, mouth.say(i*l.apart, n, questions[(i+n)%len(questions)]), http.StatusAccepted)
		if err != nil {
			return refused, err
		}
		l.chats[i].sent = n + 1
		return refused, then(ctx, i, n)
	}
}

// bare measures the bare handler with the messages of a section.
func (r *run) bare(ctx context.Context, section string) (f figures, err error) {
	p, err := startPart(ctx, r.program, roleBare, orders{})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	put := r.load(p.address, func(c int, w *wire) func(context.Context) (int, error) {
		customer, agent := newCustomerMouth(customerKey()), newAgentMouth(slackSecret)
		n := 0
		return func(ctx context.Context) (int, error) {
			n++
			if section == held && n%2 == 0 {
				return w.deliver(ctx, agent.say("1700000000.000001", "1700000000.000002", "Thank you, I have looked it up and it is on its way. #1."), http.StatusOK)
			}
			return w.deliver(ctx, customer.say(c, n, questions[(c+n)%len(questions)]), http.StatusAccepted)
		}
	})
	put.span = put.span / 2
	put.warm = put.span / 5
	return put.run(ctx)
}

// load returns the load that the run's options ask for.
func (r *run) load(address string, step func(int, *wire) func(context.Context) (int, error)) load {
	span := time.Duration(r.o.Seconds) * time.Second
	return load{address: address, connections: r.o.Connections, warm: min(span/5, 3*time.Second), span: span, step: step}
}

// apart is how far apart the chats are that are written in: they are spread over a database that is full.
func (r *run) apart() int { return max(1, r.fill.chats/r.chats()) }

// chats is how many chats there are: several a connection, so that no chat is always the same one.
func (r *run) chats() int { return r.o.Connections * max(1, r.o.Chats/r.o.Connections) }
