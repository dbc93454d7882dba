package lanes_test

import (
	"context"
	"database/sql"
	"errors"
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
		Desks: map[string]*lanes.Desk{slack: {Name: slack, Desk: r.desk, Place: support}},
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

// skew is the bubble's clock, moved.
type skew struct {
	mu sync.Mutex
	by time.Duration
}

func (s *skew) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.by)
}

// jump moves the engine's clock on without anything happening meanwhile, as if the machine had slept.
func (s *skew) jump(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by += by
}

// lines is a list of lines that many may add to.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

func (l *lines) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// with returns the lines that have text in them.
func (l *lines) with(text string) []string {
	return slices.DeleteFunc(l.list(), func(line string) bool { return !strings.Contains(line, text) })
}

// Write makes lines a place to log to.
func (l *lines) Write(p []byte) (int, error) {
	l.add(strings.TrimSpace(string(p)))
	return len(p), nil
}

// ear hears the words person, bot and thanks.
type ear struct{}

func (ear) Request(text string) (bool, string) { return strings.Contains(text, "person"), "test" }
func (ear) Back(text string) bool              { return text == "bot" }
func (ear) Break(text string) bool             { return strings.Contains(text, "did not understand") }
func (ear) Small(text string) bool             { return text == "thanks" }
func (ear) Language(string) string             { return "" }
func (ear) Command(text string) string {
	if text == "/agent" || text == "/bot" {
		return text
	}
	return ""
}

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

// bot is a bot that repeats what it is asked, unless it is told otherwise.
type bot struct {
	mu     sync.Mutex
	answer func(ctx context.Context, q bots.Question) (bots.Answer, error)
	asked  []bots.Question
}

func (b *bot) on(answer func(ctx context.Context, q bots.Question) (bots.Answer, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = answer
}

func (b *bot) Answer(ctx context.Context, q bots.Question) (bots.Answer, error) {
	b.mu.Lock()
	b.asked = append(b.asked, q)
	answer := b.answer
	b.mu.Unlock()
	if answer == nil {
		return says("re: " + q.Text), nil
	}
	return answer(ctx, q)
}

func (b *bot) questions() []bots.Question {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

func says(text string) bots.Answer {
	return bots.Answer{Messages: []models.Content{{Text: text}}}
}

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

// has fails the test unless one of the lines has want in it.
func has(t *testing.T, what string, all []string, want string) {
	t.Helper()
	if !slices.ContainsFunc(all, func(line string) bool { return strings.Contains(line, want) }) {
		t.Errorf("%s has no %q: %q", what, want, all)
	}
}

// equal fails the test unless got is want.
func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v\nwant %v", what, got, want)
	}
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
