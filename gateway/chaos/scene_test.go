package chaos_test

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

// scene is a world with a gateway in it: copies of the program behind a balancer, with a tap before each platform.
type scene struct {
	t       *testing.T
	ctx     context.Context // ends when the case has taken too long
	store   string
	cluster *storetest.Cluster // of its own; nil as a rule
	book    *ledger
	world   *sandbox.World
	front   *balancer
	copies  []*process
	shape   shape
	crashes int  // how often something of a lane's may have been under way and not be known of
	loose   bool // a question to the bot may go to a person instead

	telegram, whatsapp, shop, slack *tap
}

// setting is what a case wants of its scene.
type setting struct {
	program string // "" is the real one
	store   string
	cluster *storetest.Cluster
	copies  int // 0 is 1
	polling bool
	swapped bool // see swapPairs
	gap     time.Duration
	change  func(*sandbox.Platforms)
}

// limit is how long one case may take on a busy machine.
func limit() time.Duration {
	if *long {
		return 30 * time.Minute
	}
	return 8 * time.Minute
}

// open starts a scene.
func open(t *testing.T, set setting) *scene {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit())
	t.Cleanup(cancel)
	s := &scene{t: t, ctx: ctx, store: set.store, cluster: set.cluster, shape: theShape()}
	s.shape.swapped, s.shape.gap = set.swapped, set.gap
	if set.gap > 0 {
		s.shape.atOnce = s.shape.chats // they wait most of the time
	}
	s.book = newLedger(s.shape.chats, s.shape.total())
	var err error
	s.world, err = sandbox.Start(sandbox.Options{Webhooks: true, Unpaced: true, Store: set.store, Change: func(p *sandbox.Platforms) {
		// Agents' replies are brought until they are taken: what is given up by Slack was never accepted.
		p.Slack.Retries = make([]time.Duration, 2000)
		for i := range p.Slack.Retries {
			p.Slack.Retries[i] = 100 * time.Millisecond
		}
		p.Telegram.Redeliver = 50 * time.Millisecond
		p.WhatsApp.Redeliver = func(int) time.Duration { return 100 * time.Millisecond }
		if set.change != nil {
			set.change(p)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.world.Close() })
	for _, one := range []struct {
		tap    **tap
		target string
		slack  bool
	}{
		{&s.telegram, s.world.Telegram.URL(), false},
		{&s.whatsapp, base(s.world.WhatsApp.URL()), false},
		{&s.shop, base(s.world.Shop.URL()), false},
		{&s.slack, s.world.Slack.URL(), true},
	} {
		if *one.tap, err = newTap(s.book, one.target, one.slack); err != nil {
			t.Fatal(err)
		}
		t.Cleanup((*one.tap).close)
	}
	if set.polling {
		s.telegram.polls = newPolls(s.book)
	}
	var addresses []string
	for range max(set.copies, 1) {
		p := newProcess(t, cmp.Or(set.program, binary))
		s.copies, addresses = append(s.copies, p), append(addresses, p.public)
	}
	if s.front, err = newBalancer(s.book, addresses); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.front.close)
	for i, p := range s.copies {
		p.configure(s.config(i, set.polling))
		p.run()
	}
	s.connect(set.polling)
	return s
}

// base returns an address without its path.
func base(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// config returns a copy's config: the world's, with the taps in the platforms' place and the copy's own listeners. The
// rates of the world are raised far above the platforms' own: what is broken here is not the pace.
func (s *scene) config(copied int, polling bool) string {
	p, telegram := s.copies[copied], s.telegram.url
	if polling {
		telegram += pathOf(copied)
	}
	c := strings.NewReplacer(
		s.telegram.target, telegram, s.whatsapp.target, s.whatsapp.url, s.shop.target, s.shop.url, s.slack.target, s.slack.url,
		`admin = ""`, `admin = "`+p.admin+`"`,
	).Replace(s.world.Config(s.front.url))
	c = strings.Replace(c, `listen = "`+strings.TrimPrefix(s.front.url, "http://")+`"`, `listen = "`+strings.TrimPrefix(p.public, "http://")+`"`, 1)
	if polling {
		c = strings.Replace(c, "mode = \"webhook\"\nsecret_token", "mode = \"polling\"\nsecret_token", 1)
	}
	return c
}

// connect waits until every platform calls the balancer.
func (s *scene) connect(polling bool) {
	s.t.Helper()
	if err := poll(s.ctx, 10*time.Millisecond, func() bool { return len(s.front.pick()) == len(s.copies) }); err != nil {
		s.t.Fatalf("the balancer does not see all copies: %v", err)
	}
	if err := s.world.Connect(s.ctx, s.front.url); err != nil {
		s.t.Fatalf("connect: %v", err)
	}
	if polling {
		return
	}
	if err := s.world.Telegram.Wait(s.ctx, func() bool { return s.world.Telegram.Webhook() != "" }); err != nil {
		s.t.Fatalf("no webhook is set: %v", err)
	}
}

// taps returns the taps of all platforms.
func (s *scene) taps() []*tap { return []*tap{s.telegram, s.whatsapp, s.shop, s.slack} }

// halfway waits until a part of the load is across.
func (s *scene) halfway(part float64) {
	s.t.Helper()
	if err := s.book.halfway(s.ctx, part); err != nil {
		s.t.Fatalf("not %.0f %% across, but %d of %d: %v", part*100, s.book.across.Load(), s.book.total, err)
	}
}

// pause waits for a while: how long something is away.
func (s *scene) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
	case <-timer.C:
	}
}

// support is the Slack channel of all threads, telegramUser the id of a chat's customer.
const support = slacktest.Support

func (s *scene) telegramUser(chat int) *telegramtest.User {
	return s.world.Telegram.User(int64(10_000+chat), nameOf(chat), "en")
}
