package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/xid"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/gateway/internal/media"
	"patchbay/gateway/internal/web"
	"patchbay/handover"
	"patchbay/handover/detect"
	"patchbay/models/store"
)

// Gateway is a running Patchbay. It listens on nothing itself: the caller serves Handler.
type Gateway struct {
	kit      Kit
	log      *slog.Logger
	now      func() time.Time
	alone    bool // now is not corrected by the database's clock
	client   *http.Client
	fetcher  *media.Fetcher
	store    *store.Store
	engine   *lanes.Engine
	ops      *lanes.Ops
	registry *prometheus.Registry
	install  string

	// change is held while the parts change, which may take as long as a platform takes to answer. Whoever has it may
	// read what mu guards.
	change sync.Mutex
	// mu guards what follows, for the calls that come meanwhile. It is taken after change, and never held for long.
	mu       sync.Mutex
	conf     *Config
	channels map[string]*channel // by full name
	desks    map[string]*desk
	bots     map[string]*bot
	running  context.Context // of Run; nil before it
	closed   bool            // Run is over: nothing is started any more

	stopping atomic.Bool
	doors    gate           // calls that use the database
	idle     chan struct{}  // closed when the lanes ask no bot any more
	wg       sync.WaitGroup // what parts do by themselves
}

// Option changes what a Gateway is made of.
type Option func(*Gateway)

// WithLogger sets where the gateway logs; without it, nowhere.
func WithLogger(l *slog.Logger) Option { return func(g *Gateway) { g.log = l } }

// WithClock sets the gateway's clock, for tests.
func WithClock(now func() time.Time) Option { return func(g *Gateway) { g.now, g.alone = now, true } }

// WithMachineClock sets what the gateway takes for the machine's clock. Unlike that of WithClock, the copies that share a
// PostgreSQL database correct it by the database's.
func WithMachineClock(now func() time.Time) Option { return func(g *Gateway) { g.now = now } }

// WithTransport sets what the calls of platforms, desks and bots go through.
func WithTransport(t http.RoundTripper) Option { return func(g *Gateway) { g.client.Transport = t } }

// clientTimeout bounds a call of a platform, an upload included.
const clientTimeout = 60 * time.Second

// New opens the database and makes the gateway. No platform is asked for anything before Run. The caller calls Run, or
// Close if it does not.
func New(ctx context.Context, conf *Config, kit Kit, options ...Option) (*Gateway, error) {
	g := &Gateway{
		kit: kit, log: slog.New(slog.DiscardHandler), now: time.Now, registry: prometheus.NewRegistry(),
		client: &http.Client{
			Timeout: clientTimeout, Transport: newTransport(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		channels: map[string]*channel{}, desks: map[string]*desk{}, bots: map[string]*bot{}, idle: make(chan struct{}),
	}
	for _, o := range options {
		o(g)
	}
	var err error
	g.store, err = store.Open(ctx, store.Options{URL: conf.Store.URL.Reveal(), Node: xid.New().String(), Log: g.log})
	if err != nil {
		return nil, err
	}
	if g.install, err = g.store.Install(ctx, xid.New().String()); err != nil {
		return nil, errors.Join(err, g.store.Close())
	}
	metrics := lanes.NewMetrics(g.registry)
	g.registry.MustRegister(lanes.Depth{Store: g.store, Now: g.now}, lanes.Copies{Store: g.store}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	g.ops = lanes.NewOps(g.log, metrics, g.tellOperator)
	g.ops.Beside(g.tellWebhook)
	g.fetcher = media.NewFetcher(g.client, g.trusts)
	links, err := g.newLinks(ctx, conf)
	if err != nil {
		return nil, errors.Join(err, g.store.Close())
	}
	engine := lanes.Options{Fetch: g.fetcher, Links: links, Store: g.store, Ear: detect.New(), Log: g.log, Metrics: metrics, Ops: g.ops, Now: g.now}
	if !g.alone {
		engine.Clock = g.store.Clock()
	}
	g.engine = lanes.New(engine)
	if err := g.Reload(ctx, conf); err != nil {
		return nil, errors.Join(err, g.store.Close())
	}
	return g, nil
}

// newTransport keeps enough connections to one platform for all workers of its lanes.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	t.MaxIdleConns = 256
	t.ResponseHeaderTimeout = clientTimeout
	return t
}

// Close closes the database, the bots and the connections of a gateway that was never run.
func (g *Gateway) Close() error {
	g.client.CloseIdleConnections()
	g.fetcher.Close()
	for _, b := range g.bots {
		g.closeBot(b.section.Name, b.entry.Bot)
	}
	return g.store.Close()
}

// Handler returns the public handler: the platforms' calls, the desk's, and health.
func (g *Gateway) Handler() http.Handler {
	open := web.New(web.Options{Channel: g.channelDoor, Desk: g.deskDoor, Media: g.engine.OpenLink, Ready: g.Ready, Log: g.log})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.stopping.Load() && r.URL.Path != "/readyz" && r.URL.Path != "/healthz" {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		open.ServeHTTP(w, r)
	})
}

// AdminHandler returns the handler of /metrics and /debug/pprof. It is not for the public.
func (g *Gateway) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// channelDoor finds what takes the calls for a channel.
func (g *Gateway) channelDoor(kind, name string) (web.Channel, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ch := g.channels[kind+"/"+name]
	if ch == nil || !ch.entry.On {
		return web.Channel{}, false
	}
	receiver, ok := ch.entry.Adapter.(channels.Receiver)
	if !ok {
		return web.Channel{}, false
	}
	entry := ch.entry
	return web.Channel{Receiver: receiver, Accept: func(ctx context.Context, u channels.Update) error {
		if !g.doors.enter() {
			return errStopping
		}
		defer g.doors.leave()
		return g.engine.Accept(ctx, entry, u)
	}}, true
}

// deskDoor finds what takes the calls for a desk.
func (g *Gateway) deskDoor(name string) (web.Desk, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	section, ok := g.conf.DeskFor(name)
	if !ok || !section.kind.spec.Called(section.Config) {
		return web.Desk{}, false
	}
	d := g.desks[section.Name]
	receiver, ok := d.entry.Desk.(handover.Receiver)
	if !ok {
		return web.Desk{}, false
	}
	return web.Desk{Receiver: receiver, Accept: func(ctx context.Context, u handover.Update) error {
		if !g.doors.enter() {
			return errStopping
		}
		defer g.doors.leave()
		return g.engine.AcceptDesk(ctx, section.Name, u)
	}}, true
}

// errStopping is why nothing is taken any more.
var errStopping = errors.New("stopping")

// Ready returns why the gateway cannot take work, nil if it can. A platform's health is no part of it.
func (g *Gateway) Ready(ctx context.Context) error {
	if g.stopping.Load() {
		return errStopping
	}
	g.mu.Lock()
	running := g.running != nil
	g.mu.Unlock()
	if !running {
		return errors.New("lanes are not running")
	}
	if !g.doors.enter() {
		return errStopping
	}
	defer g.doors.leave()
	if err := g.store.Ready(ctx); err != nil {
		g.log.Warn("not ready", "err", err) // the answer is public, and the error may name the database's host
		if errors.Is(err, store.ErrAway) {
			return store.ErrAway
		}
		return errors.New("the database takes no writes")
	}
	return nil
}

// Stopping makes Ready say that the gateway stops, so that no load balancer sends it more. The caller stops listening, then
// ends Run.
func (g *Gateway) Stopping() { g.stopping.Store(true) }

// Run works until ctx ends, lets calls under way finish for up to ten seconds, and closes the database. It is called
// once.
func (g *Gateway) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g.change.Lock()
	g.mu.Lock()
	g.running = ctx
	g.mu.Unlock()
	g.start()
	g.change.Unlock()
	lease, stopLease := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLease()
	var beside sync.WaitGroup
	var told, leased error
	beside.Go(func() { told = g.ops.Run(ctx) })
	beside.Go(func() {
		if leased = g.store.KeepLease(lease); leased != nil {
			cancel()
		}
	})

	err := g.engine.Run(ctx)
	g.stopping.Store(true)
	close(g.idle)
	g.change.Lock() // a reload under way ends first
	g.closed = true
	g.change.Unlock()
	g.wg.Wait()
	g.doors.close()
	stopLease()
	beside.Wait()
	return errors.Join(err, told, leased, g.Close())
}
