package lanes_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/xid"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// customers is how many write at once.
const customers = 64

// line is an app, a desk and a bot that take everything at once and tell who waits for it.
type line struct {
	mu      sync.Mutex
	arrived map[string]chan struct{}
	posts   atomic.Int64
	threads atomic.Int64
}

// waiter returns the channel that hears of what arrives at a place.
func (l *line) waiter(place string) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.arrived[place]
	if c == nil {
		c = make(chan struct{}, 1000)
		l.arrived[place] = c
	}
	return c
}

func (l *line) Limits() channels.Limits { return channels.Limits{Text: 4000} }

func (l *line) Send(_ context.Context, m channels.Outbound) (string, error) {
	l.waiter(m.Address) <- struct{}{}
	return m.ID, nil
}

func (l *line) Answer(_ context.Context, q bots.Question) (bots.Answer, error) {
	return says("You said: " + q.Text), nil
}

func (l *line) Open(context.Context, handover.Card) (string, error) {
	return fmt.Sprintf("T%d", l.threads.Add(1)), nil
}

func (l *line) Post(_ context.Context, thread string, p handover.Post) (string, error) {
	l.waiter(thread) <- struct{}{}
	return fmt.Sprintf("%s/P%d", thread, l.posts.Add(1)), nil
}

func (l *line) Edit(context.Context, string, string, handover.Post) error      { return nil }
func (l *line) Show(context.Context, string, handover.Card) error              { return nil }
func (l *line) Whisper(context.Context, string, string, handover.Notice) error { return nil }

// bench runs an engine on each database.
func bench(b *testing.B, run func(b *testing.B, e *lanes.Engine, s *store.Store, ch *lanes.Channel, l *line)) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			s, err := store.Open(b.Context(), store.Options{URL: url(b), Node: xid.New().String()})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			words, err := loadTexts()
			if err != nil {
				b.Fatal(err)
			}
			l := &line{arrived: map[string]chan struct{}{}}
			ch := &lanes.Channel{Name: chats, Platform: "App", Account: "app/1", Adapter: l, Limits: l.Limits(), On: true, Desk: slack, Policy: handover.DefaultPolicy()}
			metrics := lanes.NewMetrics(prometheus.NewRegistry())
			log := slog.New(slog.DiscardHandler)
			e := lanes.New(lanes.Options{
				Store: s, Ear: ear{}, Log: log, Metrics: metrics,
				Ops: lanes.NewOps(log, metrics, func(context.Context, string) error { return nil }),
			})
			e.Use(&lanes.Roster{
				Channels: map[string]*lanes.Channel{ch.Name: ch}, Accounts: map[string]*lanes.Channel{ch.Account: ch},
				Desks: map[string]*lanes.Desk{slack: {Name: slack, Desk: l, Place: support}},
				Bots:  map[string]*lanes.Bot{"": {Bot: l, Timeout: time.Minute}},
				Words: words, Language: "en",
			})
			ctx, stop := context.WithCancel(b.Context())
			var wg sync.WaitGroup
			wg.Go(func() { _ = e.Run(ctx) })
			wg.Go(func() { _ = s.KeepLease(ctx) })
			run(b, e, s, ch, l)
			b.StopTimer()
			stop()
			wg.Wait()
		})
	}
}

// each has every customer do the same thing over and over, b.N times in all.
func each(b *testing.B, do func(customer, n int)) {
	b.ResetTimer()
	start, used := time.Now(), processor(b)
	var next atomic.Int64
	var wg sync.WaitGroup
	for customer := range customers {
		wg.Go(func() {
			for {
				n := int(next.Add(1))
				if n > b.N {
					return
				}
				do(customer, n)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((processor(b)-used).Microseconds())/float64(b.N), "cpu-us/message")
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "messages/s")
}

// processor returns how much time of the processors this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func message(chat string, n int) channels.Update {
	return channels.Update{Inbound: []channels.Inbound{{
		Kind: channels.Message, Key: fmt.Sprintf("message/%d", n), ID: fmt.Sprint(n), Addresses: []string{chat},
		Contact: models.Contact{ID: chat, Name: "Ann"}, Content: models.Content{Text: fmt.Sprintf("Where is order %d?", n)},
	}}}
}

// BenchmarkCommit is what the others are to be read beside: the least that is stored durably by as many writers.
func BenchmarkCommit(b *testing.B) {
	bench(b, func(b *testing.B, _ *lanes.Engine, s *store.Store, _ *lanes.Channel, _ *line) {
		each(b, func(_, n int) {
			err := s.Write(b.Context(), func(tx *store.Tx) error {
				_, err := tx.Seen(fmt.Sprint(n), 1)
				return err
			})
			if err != nil {
				b.Error(err)
			}
		})
	})
}

// BenchmarkAccept stores customers' messages.
func BenchmarkAccept(b *testing.B) {
	bench(b, func(b *testing.B, e *lanes.Engine, _ *store.Store, ch *lanes.Channel, _ *line) {
		each(b, func(customer, n int) {
			if err := e.Accept(b.Context(), ch, message(fmt.Sprint("c", customer), n)); err != nil {
				b.Error(err)
			}
		})
	})
}

// BenchmarkWhole takes a message from the customer to the bot, and the bot's answer back.
func BenchmarkWhole(b *testing.B) {
	bench(b, func(b *testing.B, e *lanes.Engine, _ *store.Store, ch *lanes.Channel, l *line) {
		each(b, func(customer, n int) {
			chat := fmt.Sprint("c", customer)
			if err := e.Accept(b.Context(), ch, message(chat, n)); err != nil {
				b.Error(err)
			}
			<-l.waiter(chat)
		})
	})
}

// BenchmarkHeld takes a message from the customer to the agent's thread, and the agent's reply back.
func BenchmarkHeld(b *testing.B) {
	bench(b, func(b *testing.B, e *lanes.Engine, s *store.Store, ch *lanes.Channel, l *line) {
		threads := make([]string, customers)
		for i := range customers {
			chat := fmt.Sprint("c", i)
			u := message(chat, -i-1)
			u.Inbound[0].Content.Text = "a person please"
			if err := e.Accept(b.Context(), ch, u); err != nil {
				b.Fatal(err)
			}
			<-l.waiter(chat) // he is told
			threads[i] = fmt.Sprint("T", i+1)
			<-l.waiter(threads[i]) // the talk so far
			if i == 0 {
				continue
			}
		}
		each(b, func(customer, n int) {
			chat := fmt.Sprint("c", customer)
			if err := e.Accept(b.Context(), ch, message(chat, n)); err != nil {
				b.Error(err)
			}
			<-l.waiter(threads[customer])
			err := e.AcceptDesk(b.Context(), slack, handover.Update{Actions: []handover.Action{{
				Kind: handover.Replied, Key: fmt.Sprint("reply/", n), Thread: threads[customer], Own: true, Post: fmt.Sprint("A", n),
				Text: "It comes tomorrow.", Person: models.Person{ID: "U1", Name: "Ana"},
			}}})
			if err != nil {
				b.Error(err)
			}
			<-l.waiter(chat)
		})
	})
}

var (
	_ channels.Adapter = (*line)(nil)
	_ handover.Desk    = (*line)(nil)
	_ bots.Bot         = (*line)(nil)
)
