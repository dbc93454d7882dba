package chaos_test

import (
	"context"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// side is who wrote a message.
type side int

const (
	customer side = iota
	agent
)

// mark is what a message bears, so that it is known wherever it turns up.
type mark struct {
	side side
	chat int
	n    int
}

var (
	markForm = regexp.MustCompile(`q([ca])(\d+)n(\d+)z`)
	nameForm = regexp.MustCompile(`k(\d+)z`)
)

func (m mark) String() string {
	return "q" + string("ca"[m.side]) + strconv.Itoa(m.chat) + "n" + strconv.Itoa(m.n) + "z"
}

// marksIn returns the marks in a text or a body, in their order. A mark reads the same in JSON and in a form.
func marksIn(text string) (marks []mark) {
	for _, found := range markForm.FindAllStringSubmatch(text, -1) {
		m := mark{side: customer}
		if found[1] == "a" {
			m.side = agent
		}
		m.chat, _ = strconv.Atoi(found[2])
		m.n, _ = strconv.Atoi(found[3])
		marks = append(marks, m)
	}
	return marks
}

// line is what is known of one message.
type line struct {
	written  time.Time
	accepted time.Time // the gateway's first 2xx
	across   time.Time // the first time that the other side took it
}

// page is what is known of one chat.
type page struct {
	mu      sync.Mutex
	changed chan struct{}
	lines   [2]map[int]*line
	order   [2][]int // in which the gateway accepted them
	thread  string   // "channel/ts" of its thread
	cuts    int      // sends that a platform took and did not answer
}

// ledger is what was written, what the gateway accepted and what came across.
type ledger struct {
	pages  []*page
	across atomic.Int64
	total  int
}

func newLedger(chats, total int) *ledger {
	l := &ledger{total: total}
	for range chats {
		l.pages = append(l.pages, &page{changed: make(chan struct{}), lines: [2]map[int]*line{{}, {}}})
	}
	return l
}

// change changes a page and wakes who waits for it.
func (p *page) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
	close(p.changed)
	p.changed = make(chan struct{})
}

// wait waits until ok, which is asked with the page held.
func (p *page) wait(ctx context.Context, ok func() bool) error {
	for {
		p.mu.Lock()
		done, changed := ok(), p.changed
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

// at returns the line of a mark. The page is held.
func (p *page) at(m mark) *line {
	l := p.lines[m.side][m.n]
	if l == nil {
		l = &line{}
		p.lines[m.side][m.n] = l
	}
	return l
}

// page returns the chat's page, nil for a mark that is none of ours.
func (l *ledger) page(m mark) *page {
	if m.chat >= len(l.pages) {
		return nil
	}
	return l.pages[m.chat]
}

// write notes that somebody has written a message.
func (l *ledger) write(m mark) {
	p := l.page(m)
	p.change(func() { p.at(m).written = time.Now() })
}

// accept notes that the gateway answered 2xx to a call with the message.
func (l *ledger) accept(m mark) {
	p := l.page(m)
	if p == nil {
		return
	}
	p.change(func() {
		if line := p.at(m); line.accepted.IsZero() {
			line.accepted = time.Now()
			p.order[m.side] = append(p.order[m.side], m.n)
		}
	})
}

// cross notes that the other side has taken the message.
func (l *ledger) cross(m mark) {
	p := l.page(m)
	if p == nil {
		return
	}
	p.change(func() {
		if line := p.at(m); line.across.IsZero() {
			line.across = time.Now()
			l.across.Add(1)
		}
	})
}

// cut notes that a platform took a send in the chat, and did not say so.
func (l *ledger) cut(chat int) {
	if p := l.page(mark{chat: chat}); p != nil {
		p.change(func() { p.cuts++ })
	}
}

// open notes the thread of a chat. A later one is the one that counts.
func (l *ledger) open(chat int, thread string) {
	if p := l.page(mark{chat: chat}); p != nil {
		p.change(func() { p.thread = thread })
	}
}

// crossed reports how many of a side's messages from first on are across. The page is held.
func (p *page) crossed(s side, first int) (n int) {
	for i, line := range p.lines[s] {
		if i >= first && !line.across.IsZero() {
			n++
		}
	}
	return n
}

// halfway waits until a part of all messages is across, so that what goes wrong goes wrong in the middle.
func (l *ledger) halfway(ctx context.Context, part float64) error {
	return poll(ctx, 5*time.Millisecond, func() bool { return float64(l.across.Load()) >= part*float64(l.total) })
}

// longest returns the longest time between writing a message and having it across.
func (l *ledger) longest() (most time.Duration) {
	for _, p := range l.pages {
		p.mu.Lock()
		for _, lines := range p.lines {
			for _, line := range lines {
				if !line.across.IsZero() {
					most = max(most, line.across.Sub(line.written))
				}
			}
		}
		p.mu.Unlock()
	}
	return most
}
