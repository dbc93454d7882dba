package lanes_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/xid"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// lease is the lease of copies in tests: short enough to wait for its end, and so long that none ends by itself when the
// machine stands still for a few seconds.
const lease = 9 * time.Second

// soon is how long is waited for what comes by itself, on a busy machine as well.
const soon = 60 * time.Second

// fleet is several engines on one PostgreSQL, with one app, one desk and one bot. It lives in real time.
type fleet struct {
	*rig
	copies []*copyOf
}

// copyOf is one engine of a fleet.
type copyOf struct {
	*rig
	pause func() // stops keeping its lease, as when the process is stopped
	keep  func() // goes on
	leave func() // ends it as SIGTERM does
}

func newFleet(t *testing.T, n int) *fleet {
	t.Helper()
	f := &fleet{rig: newRig(t, storetest.Postgres(t))}
	for range n {
		f.add()
	}
	return f
}

// add starts one more copy.
func (f *fleet) add() *copyOf {
	f.t.Helper()
	r := *f.rig
	c := &copyOf{rig: &r}
	r.registry, r.logs = prometheus.NewRegistry(), &lines{}
	log := slog.New(slog.NewTextHandler(r.logs, nil))
	if os.Getenv("PATCHBAY_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	s, err := store.Open(f.t.Context(), store.Options{URL: f.url, Node: xid.New().String(), Lease: lease, Log: log})
	if err != nil {
		f.t.Fatalf("open store: %v", err)
	}
	r.store = s
	metrics := lanes.NewMetrics(r.registry)
	r.registry.MustRegister(lanes.Copies{Store: s})
	r.ops = lanes.NewOps(log, metrics, func(context.Context, string) error { return nil })
	r.engine = lanes.New(lanes.Options{Store: s, Ear: ear{}, Log: log, Metrics: metrics, Ops: r.ops, Now: r.skew.now})
	r.engine.Use(r.roster)
	var keeping sync.WaitGroup
	stop := func() {}
	c.keep = func() {
		ctx, cancel := context.WithCancel(context.Background())
		stop = cancel
		keeping.Go(func() { _ = s.KeepLease(ctx) })
	}
	c.pause = func() { stop(); keeping.Wait() }
	c.keep()
	running, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = r.engine.Run(running)
	}()
	c.leave = sync.OnceFunc(func() {
		end()
		<-ended
		c.pause()
		if err := s.Close(); err != nil {
			f.t.Errorf("close store: %v", err)
		}
	})
	f.t.Cleanup(c.leave)
	f.copies = append(f.copies, c)
	return c
}

// eventually waits until the condition holds.
func (r *rig) eventually(what string, holds func() bool) {
	r.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(soon)
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			r.t.Fatalf("not within %v: %s", soon, what)
		}
	}
}

// say has a customer write by way of one copy.
func (c *copyOf) say(chat string, n int) error {
	return c.engine.Accept(context.Background(), c.roster.Channels[chats], channels.Update{Inbound: []channels.Inbound{{
		Kind: channels.Message, ID: fmt.Sprintf("%s-%d", chat, n), Key: fmt.Sprintf("%s-%d", chat, n), Addresses: []string{chat}, At: time.Now(),
		Contact: models.Contact{ID: chat}, Content: models.Content{Text: fmt.Sprintf("#%d.", n)},
	}}})
}

// holder returns the copy that sends for the app's account.
func (f *fleet) holder() *copyOf {
	f.t.Helper()
	owner := f.one("SELECT owner FROM leases WHERE name = '" + lanes.AccountLease(f.roster.Channels[chats].Account) + "'")
	for _, c := range f.copies {
		if owner == c.store.Node() {
			return c
		}
	}
	f.t.Fatalf("no copy is %q", owner)
	return nil
}

// one reads one value from the database.
func (f *fleet) one(query string) (v string) {
	f.t.Helper()
	db, err := sql.Open("pgx", f.url)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow(query).Scan(&v); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
	return v
}

// numbersIn returns the numbers that the customer of a chat reads answers to, in order.
func numbersIn(p *phone, chat string) (all []int) {
	for _, text := range p.read(chat) {
		for line := range strings.SplitSeq(strings.TrimPrefix(text, "re: "), "\n") {
			n := 0
			if _, err := fmt.Sscanf(line, "#%d.", &n); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// inOrder fails the test unless each chat reads answers to 0 … n-1, once each and in order.
func (f *fleet) inOrder(chats, n int) {
	f.t.Helper()
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	for i := range chats {
		chat := fmt.Sprint("c", i)
		f.eventually("all answers in "+chat, func() bool { return len(numbersIn(f.phone, chat)) >= n })
		equal(f.t, "answers in "+chat, numbersIn(f.phone, chat), want)
	}
}

// Ensure that copies share the work: what any of them takes in is decided, asked, and sent once and in order, while one of
// them leaves and another one comes.
func TestCopies_Share(t *testing.T) {
	const chats, each = 30, 12
	f := newFleet(t, 3)
	takers := slices.Clone(f.copies[1:])
	var writing sync.WaitGroup
	for i := range chats {
		writing.Go(func() {
			for n := range each {
				if err := takers[(i+n)%2].say(fmt.Sprint("c", i), n); err != nil {
					t.Errorf("Accept: %v", err)
				}
			}
		})
	}
	f.eventually("some answers", func() bool { return len(f.phone.made("")) > chats })
	f.copies[0].leave()
	f.add()
	writing.Wait()
	f.inOrder(chats, each)
	last := f.copies[3]
	f.eventually("three copies", func() bool { return last.metric("patchbay_nodes") == 3 })
	f.eventually("at least 5 leases are held: the app's, and those of what is done for all", func() bool {
		return f.one("SELECT count(DISTINCT name) >= 5 FROM leases WHERE owner <> ''") == "true"
	})
}

// Ensure that an account's rate holds across copies while those that send leave, and that the next one goes on soon. A
// machine that stands still makes all of it late, never early: so the rate is judged by when the last one may be sent at
// the earliest.
func TestCopies_Pace(t *testing.T) {
	const rate, burst, chats = 20, 10, 80
	f := newFleet(t, 0)
	f.phone.limits = channels.Limits{Text: 1000, Rate: rate}
	for _, ch := range f.roster.Channels {
		ch.Limits = f.phone.limits
	}
	f.add()
	f.add()
	f.add()
	began := time.Now()
	for i := range chats {
		if err := f.copies[i%3].say(fmt.Sprint("c", i), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, part := range []int{chats / 3, 2 * chats / 3} {
		f.eventually("a part of the answers", func() bool { return len(f.phone.made("")) >= part })
		f.holder().leave()
	}
	f.eventually("all answers", func() bool { return len(f.phone.made("")) >= chats })
	calls := f.phone.made("")
	if len(calls) != chats {
		t.Errorf("%d sends, want %d", len(calls), chats)
	}
	const least = (chats - burst) * time.Second / rate
	if took := calls[len(calls)-1].at.Sub(began); took < least-100*time.Millisecond {
		t.Errorf("%d sends within %v, want %d a second behind a burst of %d: %v at least", chats, took, rate, burst, least)
	}
	longest := time.Duration(0)
	for i := range calls[1:] {
		longest = max(longest, calls[i+1].at.Sub(calls[i].at))
	}
	if longest > lanes.Net { // or when the lease has run out, which is later
		t.Errorf("nothing was sent for %v, want that the next copy goes on before it looks by itself", longest)
	}
}

// Ensure that what a copy was doing when its lease ran out is broken off, goes on in another copy in its order, and that
// what it still finishes changes nothing.
func TestCopies_Lapse(t *testing.T) {
	f := newFleet(t, 2)
	for n := range 2 {
		if err := f.copies[0].say("c0", n); err != nil {
			t.Fatal(err)
		}
	}
	f.inOrder(1, 2)
	first := f.holder()
	began, end, ended := make(chan struct{}, 10), make(chan struct{}), make(chan struct{}, 10)
	var tried atomic.Bool
	f.phone.on(func(ctx context.Context, m channels.Outbound) error {
		if strings.Contains(m.Text, "#2.") {
			began <- struct{}{}
			if !tried.Swap(true) { // the app takes it all the same, and very late
				<-ctx.Done()
				ended <- struct{}{}
				<-end
			}
		}
		return nil
	})
	wait := func(what string, c chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(soon):
			t.Fatalf("no %s", what)
		}
	}
	t.Cleanup(sync.OnceFunc(func() { close(end) }))
	if err := f.copies[1].say("c0", 2); err != nil {
		t.Fatal(err)
	}
	wait("send", began)
	first.pause()
	wait("end of its context without anybody's help", ended)
	wait("send by another copy", began)
	f.eventually("the answer by another copy", func() bool { return len(numbersIn(f.phone, "c0")) == 3 })
	end <- struct{}{}
	f.eventually("the late outcome", func() bool { return first.metric("patchbay_fenced_total") == 1 })
	first.keep()
	f.eventually("the copy that lives again", func() bool { return first.metric("patchbay_lapses_total") == 1 })
	if err := first.say("c0", 3); err != nil {
		t.Fatal(err)
	}
	f.eventually("the next answer", func() bool { return len(numbersIn(f.phone, "c0")) == 5 })
	equal(t, "answers", numbersIn(f.phone, "c0"), []int{0, 1, 2, 2, 3})
}

// Ensure that nothing is sent by a copy that was stopped for longer than its lease, before it has renewed it.
func TestCopies_Stopped(t *testing.T) {
	f := newFleet(t, 1)
	only := f.copies[0]
	if err := only.say("c0", 0); err != nil {
		t.Fatal(err)
	}
	f.inOrder(1, 1)
	only.pause()
	tenure := only.store.Tenure()
	<-tenure.Done()
	if err := only.say("c0", 1); err != nil {
		t.Fatal(err)
	}
	f.eventually("the message in the transcript", func() bool {
		return f.one("SELECT count(*) FROM messages WHERE author = 'customer'") == "2"
	})
	if n := len(f.bot.questions()); n != 1 {
		t.Errorf("the bot was asked %d times, want 1: the lease is over", n)
	}
	only.keep()
	f.inOrder(1, 2)
}

// Ensure that a timer that one copy sets rings in another one that keeps them, on time, and again after that one left.
func TestCopies_Timers(t *testing.T) {
	const giveUp = 300 * time.Millisecond
	f := newFleet(t, 2)
	for _, ch := range f.roster.Channels {
		ch.Policy.GiveUp = giveUp
	}
	f.desk.on(func(verb, _ string) error {
		return &handover.DeskError{Kind: handover.DeskTemporary, Err: fmt.Errorf("%s: away", verb)}
	})
	for _, c := range slices.Clone(f.copies) {
		c.rings(giveUp)
	}
	keeper := f.one("SELECT owner FROM leases WHERE name = 'timers'")
	for i, c := range f.copies {
		if c.store.Node() == keeper {
			c.leave()
			f.copies[1-i].rings(giveUp)
			return
		}
	}
	t.Errorf("no copy is %q, which keeps the timers", keeper)
}

// rings fails the test unless a customer who writes by way of the copy is told on time that nobody is there. He may be told
// late once, because the machine was busy. But where timers ring only when they are looked at, everyone waits who asks
// right behind somebody who was told.
func (c *copyOf) rings(giveUp time.Duration) {
	c.t.Helper()
	const tries = 5
	fastest := time.Duration(math.MaxInt64)
	for range tries {
		m := c.wrote("", "a person please")
		m.ID = xid.New().String()
		m.Key, m.Addresses, m.Contact.ID = m.ID, []string{m.ID}, m.ID
		began := time.Now()
		if err := c.engine.Accept(c.t.Context(), c.roster.Channels[chats], channels.Update{Inbound: []channels.Inbound{m}}); err != nil {
			c.t.Fatal(err)
		}
		c.eventually("the customer is told", func() bool { return len(c.phone.read(m.ID)) >= 2 })
		if fastest = min(fastest, time.Since(began)); fastest < giveUp+time.Second {
			return
		}
	}
	c.t.Errorf("of %d customers none was told before %v, want %v", tries, fastest, giveUp)
}

// Ensure that a lane that a copy owns and nobody works, because the answer to its claim was lost, is freed.
func TestCopies_Stray(t *testing.T) {
	f := newFleet(t, 0)
	only := f.add()
	account := f.roster.Channels[chats].Account
	later := models.StampOf(time.Now().Add(time.Hour))
	err := only.store.Write(t.Context(), func(tx *store.Tx) error {
		return tx.Append(7, models.LaneOut, account, models.Entry{Verb: models.VerbSend, Message: "gone"}, later)
	})
	if err != nil {
		t.Fatal(err)
	}
	// No worker knows of this claim.
	if claims, err := only.store.Claim(t.Context(), models.LaneOut, account, 1, later); err != nil || len(claims) != 1 {
		t.Fatalf("Claim = %v, %v; want the lane", claims, err)
	}
	only.engine.Suspect()
	f.eventually("the lane is worked", func() bool {
		return f.one("SELECT count(*) FROM lanes WHERE conversation = 7 AND head = seq") == "1"
	})
}
