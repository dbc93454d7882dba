package lanes_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/xid"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/handover/texts"
	"patchbay/models"
	"patchbay/models/store"
)

// rig is an engine on a SQLite file, with an app, a desk and a bot made by hand. It lives in a bubble of synctest: time
// passes at once, and only when everything waits.
type rig struct {
	t        *testing.T
	url      string
	store    *store.Store
	engine   *lanes.Engine
	ops      *lanes.Ops
	registry *prometheus.Registry
	roster   *lanes.Roster
	phone    *phone
	other    *phone // of a second account
	desk     *desk
	bot      *bot
	operator *lines // what the operator was told
	logs     *lines
	skew     *skew
	stop     context.CancelFunc
	ended    chan struct{}
	count    int
}

// The names of the rig's parts.
const (
	chats   = "app/main"   // the channel of phone
	second  = "app/second" // that of other
	slack   = "slack"
	support = "C1"
)

// bubble runs test in a bubble with a rig that runs.
func bubble(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	file := filepath.Join(t.TempDir(), "patchbay.db")
	empty, err := emptyDatabase()
	if err == nil {
		err = os.WriteFile(file, empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "sqlite://"+file)
		defer r.end()
		r.start()
		test(t, r)
	})
}

// newRig makes a rig on the database at url. The caller starts and ends it.
func newRig(t *testing.T, url string) *rig {
	t.Helper()
	words, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{
		t: t, url: url, registry: prometheus.NewRegistry(), phone: &phone{}, other: &phone{}, bot: &bot{},
		desk:     &desk{cards: map[string][]handover.Card{}, posts: map[string][]post{}, gone: map[string]bool{}},
		operator: &lines{}, logs: &lines{}, skew: &skew{},
	}
	r.roster = &lanes.Roster{
		Channels: map[string]*lanes.Channel{}, Accounts: map[string]*lanes.Channel{},
		Desks: map[string]*lanes.Desk{slack: {Name: slack, Desk: r.desk, Place: support, Policy: handover.DeskPolicy{Undo: -1}}},
		Bots:  map[string]*lanes.Bot{"": {Bot: r.bot, Timeout: 20 * time.Second, Patience: 5 * time.Second, Stale: 10 * time.Minute}},
		Words: words, Language: "en",
	}
	for name, adapter := range map[string]*phone{chats: r.phone, second: r.other} {
		ch := &lanes.Channel{
			Name: name, Platform: "App", Account: strings.Replace(name, "/", "/account-", 1), Adapter: adapter,
			Limits: adapter.Limits(), On: true, Desk: slack, Policy: handover.DefaultPolicy(),
		}
		r.roster.Channels[name], r.roster.Accounts[ch.Account] = ch, ch
	}
	return r
}

// loadTexts loads the texts once for all tests: nothing changes them.
var loadTexts = sync.OnceValues(func() (*texts.Texts, error) { return texts.Load(nil, "") })

// emptyDatabase makes a database file once for all tests, because making its tables takes longer than most of them.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "patchbay-lanes-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "patchbay.db")
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite://" + file, Node: "first"})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// start opens the database and runs an engine on it.
func (r *rig) start() {
	r.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r.stop, r.ended = stop, make(chan struct{})
	var err error
	if r.store, err = store.Open(ctx, store.Options{URL: r.url, Node: xid.New().String()}); err != nil {
		r.t.Fatalf("open store: %v", err)
	}
	log := slog.New(slog.NewTextHandler(r.logs, nil))
	if os.Getenv("PATCHBAY_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	r.registry = prometheus.NewRegistry()
	metrics := lanes.NewMetrics(r.registry)
	r.registry.MustRegister(lanes.Depth{Store: r.store, Now: r.skew.now})
	r.ops = lanes.NewOps(log, metrics, func(_ context.Context, line string) error {
		r.operator.add(line)
		return nil
	})
	r.engine = lanes.New(lanes.Options{Store: r.store, Ear: ear{}, Log: log, Metrics: metrics, Ops: r.ops, Now: r.skew.now})
	r.engine.Use(r.roster)
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{r.engine.Run, r.ops.Run} {
		wg.Go(func() {
			if err := run(ctx); err != nil {
				r.t.Errorf("Run: %v", err)
			}
		})
	}
	lease, stopLease := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() {
		if err := r.store.KeepLease(lease); err != nil {
			r.t.Errorf("KeepLease: %v", err)
		}
	})
	go func() {
		wg.Wait()
		stopLease()
		keeping.Wait()
		close(r.ended)
	}()
}

// end stops the engine, waits for it and closes the database. Behind the first time it does nothing.
func (r *rig) end() {
	r.t.Helper()
	if r.store == nil {
		return
	}
	r.stop()
	<-r.ended
	if err := r.store.Close(); err != nil {
		r.t.Errorf("close store: %v", err)
	}
	r.store = nil
}

// restart ends the engine and starts another one on the same database.
func (r *rig) restart() {
	r.t.Helper()
	r.end()
	r.start()
}

// pass lets d go by, and all happen that happens in it.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// settle lets all happen that happens at once.
func (r *rig) settle() { r.pass(time.Millisecond) }

// take hands things that customers did to the engine, as one call of the platform.
func (r *rig) take(name string, in ...channels.Inbound) {
	r.t.Helper()
	for i := range in {
		r.count++
		if in[i].Key == "" {
			in[i].Key = fmt.Sprintf("%s:%d", in[i].ID, r.count)
		}
		if in[i].At.IsZero() {
			in[i].At = r.skew.now()
		}
	}
	if err := r.engine.Accept(r.t.Context(), r.roster.Channels[name], channels.Update{Inbound: in}); err != nil {
		r.t.Fatalf("Accept: %v", err)
	}
}

// write has the customer of a chat write, and returns the app's id of the message.
func (r *rig) write(chat, text string) string {
	r.t.Helper()
	m := r.wrote(chat, text)
	r.take(chats, m)
	return m.ID
}

// wrote is what the app tells of a message.
func (r *rig) wrote(chat, text string) channels.Inbound {
	r.count++
	return channels.Inbound{
		Kind: channels.Message, ID: fmt.Sprintf("in-%d", r.count), Addresses: []string{chat},
		Contact: models.Contact{ID: chat, Name: "Customer " + chat}, Content: models.Content{Text: text},
	}
}

// act hands something that an agent did to the engine.
func (r *rig) act(a handover.Action) {
	r.t.Helper()
	r.count++
	if a.Key == "" {
		a.Key = fmt.Sprintf("action-%d", r.count)
	}
	if a.Person.ID == "" {
		a.Person = models.Person{ID: "U1", Name: "Ana"}
	}
	if a.At.IsZero() {
		a.At = r.skew.now()
	}
	if err := r.engine.AcceptDesk(r.t.Context(), slack, handover.Update{Actions: []handover.Action{a}}); err != nil {
		r.t.Fatalf("AcceptDesk: %v", err)
	}
}

// reply has Ana reply in a thread, and returns the id of her post.
func (r *rig) reply(thread, text string) string {
	r.t.Helper()
	post := fmt.Sprintf("%s/agent-%d", thread, r.count)
	r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Post: post, Text: text})
	return post
}

// person brings a chat to the desk and returns its thread.
func (r *rig) person(chat string) string {
	r.t.Helper()
	before := len(r.desk.threads())
	r.write(chat, "a person please")
	r.settle()
	threads := r.desk.threads()
	if len(threads) != before+1 {
		r.t.Fatalf("%d threads are open, want %d", len(threads), before+1)
	}
	return threads[before]
}

// stateOf returns how far the message with a text has come.
func (r *rig) stateOf(text string) models.Delivery {
	r.t.Helper()
	for _, m := range r.transcript() {
		if m.Content.Text == text {
			return m.State
		}
	}
	r.t.Fatalf("no message %q", text)
	return ""
}

// transcript returns all messages of the first conversation, in order.
func (r *rig) transcript() []models.Message {
	r.t.Helper()
	var id int64
	err := r.store.Write(r.t.Context(), func(tx *store.Tx) (err error) {
		id, err = tx.Find(r.roster.Channels[chats].Account, []string{"c1"})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	all, err := r.store.History(r.t.Context(), id, 0, 1000,
		models.Said, models.Note, models.Line, models.Draft, models.Held, models.Reaction)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// without is the roster without a channel.
func without(r *rig, name string) *lanes.Roster {
	next := *r.roster
	next.Channels, next.Accounts = maps.Clone(next.Channels), maps.Clone(next.Accounts)
	delete(next.Accounts, next.Channels[name].Account)
	delete(next.Channels, name)
	return &next
}

// setAside returns how many entries of a kind of lane are set aside.
func (r *rig) setAside(lane models.Lane) (n int) {
	r.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(r.url, "sqlite://"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow("SELECT count(*) FROM set_aside WHERE lane = ?", int(lane)).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// metric returns the value of a counter or gauge, by its name and the values of its labels.
func (r *rig) metric(name string, labels ...string) float64 {
	r.t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		r.t.Fatalf("gather metrics: %v", err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if f.GetName() == name && slices.Equal(values, labels) {
				switch {
				case m.Gauge != nil:
					return m.Gauge.GetValue()
				case m.Histogram != nil:
					return float64(m.Histogram.GetSampleCount())
				}
				return m.Counter.GetValue()
			}
		}
	}
	return 0
}

var (
	_ channels.Adapter = (*phone)(nil)
	_ channels.Editor  = (*phone)(nil)
	_ channels.Deleter = (*phone)(nil)
	_ channels.Typer   = (*phone)(nil)
	_ handover.Desk    = (*desk)(nil)
	_ handover.Folder  = (*desk)(nil)
	_ handover.Finder  = (*desk)(nil)
	_ bots.Bot         = (*bot)(nil)
	_ lanes.Ear        = ear{}
)
