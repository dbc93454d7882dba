package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"patchbay/handover"
)

// desk is a place with threads, which folds lines as long as they have no more than foldable characters.
type desk struct {
	mu       sync.Mutex
	name     string                          // is in the ids of its threads
	fail     func(verb, thread string) error // nil takes everything
	order    []string
	posts    map[string][]post // by thread
	cards    map[string][]handover.Card
	whispers []whisper
	calls    []string
	gone     map[string]bool
	hang     func(ctx context.Context, verb string) error
	lose     func(verb string) error // what becomes of the answer to what was taken; nil is nothing
	looks    int
	blind    error    // why it cannot look
	reports  []report // of outages, each as it reads now
	signs    signs
}

func emptyDesk() *desk {
	return &desk{cards: map[string][]handover.Card{}, posts: map[string][]post{}, gone: map[string]bool{}}
}

// foldable is how many characters fit into one post.
const foldable = 100

type post struct {
	id        string
	title     string
	hidden    int
	lines     []handover.PostLine
	broadcast bool
	entries   handover.Found
}

type whisper struct {
	thread, agent string
	notice        handover.Notice
}

func (d *desk) on(fail func(verb, thread string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = fail
}

func (d *desk) call(ctx context.Context, verb, thread string) error {
	if d.hang != nil {
		if err := d.hang(ctx, verb); err != nil {
			return err
		}
	}
	d.mu.Lock()
	fail, gone := d.fail, d.gone[thread]
	d.calls = append(d.calls, verb)
	d.mu.Unlock()
	if gone && verb != "card" {
		return &handover.DeskError{Kind: handover.DeskGone}
	}
	if fail == nil {
		return nil
	}
	return fail(verb, thread)
}

func (d *desk) Open(ctx context.Context, c handover.Card) (string, error) {
	if err := d.call(ctx, "open", ""); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	thread := fmt.Sprintf("%s/T%s%d", support, d.name, len(d.order)+1)
	d.order = append(d.order, thread)
	d.cards[thread] = append(d.cards[thread], c)
	if d.lose != nil {
		return thread, d.lose("open")
	}
	return thread, nil
}

func (d *desk) Post(ctx context.Context, thread string, p handover.Post) (string, error) {
	if err := d.call(ctx, "post", thread); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	id := fmt.Sprintf("%s/P%d", thread, len(d.posts[thread])+1)
	d.posts[thread] = append(d.posts[thread], post{id: id, title: p.Title, hidden: p.Hidden, lines: p.Lines, broadcast: p.Broadcast, entries: handover.Found{
		Post: id, From: p.From, To: p.To, Last: p.Last(),
	}})
	if d.lose != nil {
		return id, d.lose("post")
	}
	return id, nil
}

func (d *desk) Edit(ctx context.Context, thread, id string, p handover.Post) error {
	if err := d.call(ctx, "edit", thread); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, old := range d.posts[thread] {
		if old.id == id {
			d.posts[thread][i].title, d.posts[thread][i].hidden, d.posts[thread][i].lines = p.Title, p.Hidden, p.Lines
			if p.Lane != "" {
				d.posts[thread][i].entries = handover.Found{Post: id, From: p.From, To: p.To, Last: p.Last()}
			}
		}
	}
	if d.lose != nil {
		return d.lose("edit")
	}
	return nil
}

func (d *desk) Show(ctx context.Context, thread string, c handover.Card) error {
	if err := d.call(ctx, "card", thread); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cards[thread] = append(d.cards[thread], c)
	return nil
}

func (d *desk) Whisper(ctx context.Context, thread, agent string, n handover.Notice) error {
	if err := d.call(ctx, "whisper", thread); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.whispers = append(d.whispers, whisper{thread, agent, n})
	return nil
}

func (d *desk) Fit(lines []handover.PostLine) int {
	used := 0
	for i, line := range lines {
		if used += len(line.Text); used > foldable && i > 0 {
			return i
		}
	}
	return len(lines)
}

// FindThread returns the thread of a handover.
func (d *desk) FindThread(_ context.Context, c handover.Card, _ time.Time) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	for _, thread := range d.order {
		if d.cards[thread][0].Handover == c.Handover && !d.gone[thread] && d.blind == nil {
			return thread, nil
		}
	}
	return "", d.blind
}

// FindPost returns the post that stands for an entry.
func (d *desk) FindPost(_ context.Context, thread string, p handover.Post, _ time.Time) (handover.Found, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	for _, old := range d.posts[thread] {
		if old.entries.From <= p.From && p.From <= old.entries.To && d.blind == nil {
			return old.entries, true, nil
		}
	}
	return handover.Found{}, false, d.blind
}

// looked returns how often something was looked for.
func (d *desk) looked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looks
}

// forget makes the desk lose the answers to the next n calls of a verb that it does.
func (d *desk) forget(verb string, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose = func(call string) error {
		if call != verb || n == 0 {
			return nil
		}
		n--
		return &handover.DeskError{Kind: handover.DeskTemporary, Err: errors.New("the line was cut")}
	}
}

// vanish deletes the root of a thread.
func (d *desk) vanish(thread string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone[thread] = true
}

func (d *desk) threads() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.order)
}

// made returns how often a call was made.
func (d *desk) made(verb string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, call := range d.calls {
		if call == verb {
			n++
		}
	}
	return n
}

func (d *desk) thread(id string) []post {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.posts[id])
}

// read returns the lines of a thread, in order.
func (d *desk) read(id string) (all []string) {
	for _, p := range d.thread(id) {
		for _, line := range p.lines {
			text := line.Text
			if line.Deleted {
				text += " (deleted)"
			}
			all = append(all, text)
		}
	}
	return all
}

// card returns the card of a thread as it is now.
func (d *desk) card(thread string) handover.Card {
	d.mu.Lock()
	defer d.mu.Unlock()
	cards := d.cards[thread]
	return cards[len(cards)-1]
}

func (d *desk) whispered() []whisper {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.whispers)
}
