package rolling_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/sandbox"
	"patchbay/models/store/storetest"
)

const (
	lease = 3 * time.Second
	// slack is what a busy machine may add to a wait, less than a lease, and slower how many times longer than usually it may
	// take beside. A machine that stands still for longer than that does not do so tries times in a row.
	slack  = time.Second
	slower = 10
	tries  = 3
)

// customers write one message after the other, each as soon as the last one is answered.
type customers struct {
	t     *testing.T
	world *sandbox.World
	users []*telegramtest.User
	stop  context.CancelFunc
	wg    sync.WaitGroup
	calm  time.Duration // the median wait for an answer while all copies work

	mu    sync.Mutex
	wrote []int           // by user
	waits []time.Duration // for answers, since the last call of worst
	since []time.Time     // when the message that waits was written
}

// talk starts n customers.
func talk(t *testing.T, w *sandbox.World, n int) *customers {
	c := &customers{t: t, world: w, wrote: make([]int, n), since: make([]time.Time, n)}
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	for i := range n {
		c.users = append(c.users, w.Telegram.User(int64(1000+i), fmt.Sprint("user", i), "en"))
	}
	for i := range n {
		c.wg.Go(func() { c.chat(ctx, i) })
	}
	t.Cleanup(c.end)
	return c
}

func (c *customers) chat(ctx context.Context, i int) {
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Minute)
	defer cancel()
	for n := 0; ctx.Err() == nil; n++ {
		c.mu.Lock()
		c.wrote[i], c.since[i] = n+1, time.Now()
		c.mu.Unlock()
		if _, err := c.users[i].Write(patience, fmt.Sprintf("message #%d.", n)); err != nil {
			c.t.Errorf("user %d: %v", i, err)
			return
		}
		mark := fmt.Sprintf("#%d.", n)
		err := c.world.Telegram.Wait(patience, func() bool {
			return slices.ContainsFunc(c.users[i].Read(), func(text string) bool { return strings.Contains(text, mark) })
		})
		if err != nil {
			c.t.Errorf("user %d has no answer to message %d: %v", i, n, err)
			return
		}
		c.mu.Lock()
		c.waits = append(c.waits, time.Since(c.since[i]))
		c.mu.Unlock()
	}
}

// end lets the customers wait for their last answers.
func (c *customers) end() {
	c.stop()
	c.wg.Wait()
}

// more waits until each customer has got n more answers.
func (c *customers) more(n int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Minute)
	defer cancel()
	c.mu.Lock()
	want := slices.Clone(c.wrote)
	c.mu.Unlock()
	err := c.world.Telegram.Wait(ctx, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for i := range want {
			if c.wrote[i] <= want[i]+n {
				return false
			}
		}
		return true
	})
	if err != nil {
		c.t.Fatalf("the chats stand still: %v", err)
	}
}

// worst returns the median and the longest wait for an answer since the last call.
func (c *customers) worst() (median, most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.waits)
	if len(c.waits) > 0 {
		median, most = c.waits[len(c.waits)/2], c.waits[len(c.waits)-1]
	}
	c.waits = nil
	return median, most
}

// undisturbed waits until each customer has got n more answers, and notes how long they wait while all copies work.
func (c *customers) undisturbed(n int) {
	c.t.Helper()
	c.more(n)
	var most time.Duration
	c.calm, most = c.worst()
	c.t.Logf("undisturbed: median %v, longest %v", c.calm, most)
}

// disturbed has each customer get two more answers while something is out of order, and fails the test if one of them had to
// wait longer than limit and what a busy machine adds, at each of several tries. It returns how many there were.
func (c *customers) disturbed(what string, limit time.Duration, disturb, mend func()) (times int) {
	c.t.Helper()
	for times = 1; ; times++ {
		disturb()
		c.more(2)
		median, most := c.worst()
		c.t.Logf("%s: median %v, longest %v", what, median, most)
		bound := limit + slack + slower*c.calm
		mend()
		c.undisturbed(2)
		if most <= bound {
			return times
		}
		if times == tries {
			c.t.Errorf("%s: somebody waited %v, want %v at most", what, most, limit)
			return times
		}
	}
}

// judge fails the test unless each customer read all answers in order, none more often than again says. A copy that the
// machine let stand still for longer than its lease may have sent once more, to each customer.
func (c *customers) judge(again int, copies []*process) {
	c.t.Helper()
	for _, p := range copies {
		again += p.lapses() * len(c.users)
	}
	repeats := 0
	for i, u := range c.users {
		next := 0
		for _, text := range u.Read() {
			n := 0
			at := strings.Index(text, "#")
			if at < 0 {
				continue
			}
			if _, err := fmt.Sscanf(text[at:], "#%d.", &n); err != nil {
				continue
			}
			switch n {
			case next:
				next++
			case next - 1:
				repeats++
			default:
				c.t.Errorf("user %d: answer to #%d where #%d was to come", i, n, next)
			}
		}
		if next != c.wrote[i] {
			c.t.Errorf("user %d: %d answers to %d messages", i, next, c.wrote[i])
		}
	}
	if repeats > again {
		c.t.Errorf("%d answers came twice, want %d at most", repeats, again)
	}
	c.t.Logf("%d answers came twice", repeats)
}

// fleet is a world with copies, Telegram being polled.
func fleet(t *testing.T, n int) (w *sandbox.World, copies []*process, url string) {
	t.Helper()
	url = storetest.Postgres(t)
	w, err := sandbox.Start(sandbox.Options{Unpaced: true, Store: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	for i := range n {
		copies = append(copies, start(t, fmt.Sprint("copy", i), w.Config))
	}
	return w, copies, url
}

// Ensure that no chat waits long while all copies are replaced, one after the other, and that nothing is lost, doubled or
// out of order.
func TestRollingRestart(t *testing.T) {
	const chats = 8
	w, copies, _ := fleet(t, 3)
	c := talk(t, w, chats)
	c.undisturbed(3)
	for _, p := range copies {
		c.disturbed(p.name+" stopped", time.Second, func() { p.end(syscall.SIGTERM) }, p.run)
	}
	c.end()
	c.judge(0, copies)
}

// Ensure that chats go on within the lease after the copy that polls and sends is killed, and after it was stopped for longer
// than the lease and goes on.
func TestCopyDies(t *testing.T) {
	const chats = 8
	w, copies, url := fleet(t, 3)
	c := talk(t, w, chats)
	c.undisturbed(3)
	crashes := 0
	for _, p := range copies {
		crashes += c.disturbed(p.name+" killed", lease, func() { p.end(syscall.SIGKILL) }, p.run)
		crashes += c.disturbed(p.name+" stopped for long", lease, func() {
			p.signal(syscall.SIGSTOP)
			living(t, url, len(copies)-1)
		}, func() { p.signal(syscall.SIGCONT) })
	}
	c.end()
	c.judge(crashes*chats, copies)
	living(t, url, len(copies))
}

// living waits until so many copies have a lease that is not over.
func living(t *testing.T, url string, want int) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for got := -1; got != want; {
		err := db.QueryRowContext(ctx, `SELECT count(*) FROM nodes WHERE lease_until > extract(epoch FROM clock_timestamp()) * 1000`).Scan(&got)
		if err != nil {
			t.Fatalf("%d copies live, want %d: %v", got, want, err)
		}
	}
}
