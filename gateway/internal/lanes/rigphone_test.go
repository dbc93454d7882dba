package lanes_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// phone is an app's account: what its customers see, and how it fails.
type phone struct {
	mu     sync.Mutex
	limits channels.Limits
	fail   func(ctx context.Context, m channels.Outbound) error // nil takes everything
	calls  []call
	seen   map[string][]string // texts by address, as they read now
	ids    map[string]int      // place in seen, by id
	typing int
}

// call is one call of the app.
type call struct {
	verb    string
	chat    string
	text    string
	at      time.Time
	buttons []models.Button
	err     error
}

func (p *phone) Limits() channels.Limits {
	if p.limits.Text == 0 {
		return channels.Limits{Text: 1000, Buttons: 3, Title: 20, Payload: 64, Typing: 5 * time.Second}
	}
	return p.limits
}

// on sets how the app fails from now on.
func (p *phone) on(fail func(ctx context.Context, m channels.Outbound) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

func (p *phone) call(ctx context.Context, verb string, m channels.Outbound) error {
	p.mu.Lock()
	fail := p.fail
	at := len(p.calls)
	p.calls = append(p.calls, call{verb: verb, chat: m.Address, text: m.Text, at: time.Now(), buttons: m.Buttons})
	p.mu.Unlock()
	if fail == nil {
		return nil
	}
	err := fail(ctx, m)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[at].err = err
	return err
}

// errTaken is a failure whose message the customer sees all the same.
var errTaken = channels.Errorf(channels.Temporary, "the line was cut")

func (p *phone) Send(ctx context.Context, m channels.Outbound) (string, error) {
	err := p.call(ctx, "send", m)
	if err != nil && err != error(errTaken) { //nolint:errorlint // the very value
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen, p.ids = map[string][]string{}, map[string]int{}
	}
	text := m.Text
	if m.Title != "" {
		text = m.Title + ": " + text
	}
	id := fmt.Sprintf("out-%d", len(p.ids)+1)
	p.ids[id] = len(p.seen[m.Address])
	p.seen[m.Address] = append(p.seen[m.Address], text)
	return id, err
}

func (p *phone) Edit(ctx context.Context, id string, m channels.Outbound) error {
	if err := p.call(ctx, "edit", m); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[m.Address][p.ids[id]] = m.Text
	return nil
}

func (p *phone) Delete(ctx context.Context, address, id string) error {
	if err := p.call(ctx, "delete", channels.Outbound{Address: address}); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[address][p.ids[id]] = "(deleted)"
	return nil
}

func (p *phone) Typing(context.Context, string, string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.typing++
	return nil
}

func (p *phone) typed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.typing
}

// read returns what the customer of a chat sees.
func (p *phone) read(chat string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen[chat])
}

// idOf returns the app's id of the n-th message to c1, from 0.
func (p *phone) idOf(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, at := range p.ids {
		if at == n {
			return id
		}
	}
	return ""
}

// made returns the calls so far, of one chat or, with "", of all.
func (p *phone) made(chat string) []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.calls), func(c call) bool { return chat != "" && c.chat != chat })
}
