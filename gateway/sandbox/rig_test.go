package sandbox_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
	"patchbay/models/store/storetest/loopback"
)

// beside is how many tests run side by side: they wait for the network and for backoffs, not for the processor.
const beside = 8

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(beside)); err != nil {
		panic(err)
	}
	code := storetest.Main(m)
	if err := leaks(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// leaks returns which goroutines the tests left behind. Each look gives them half a second, in which a busy machine may not
// come to end what is over.
func leaks() (err error) {
	for range 20 {
		if err = goleak.Find(); err == nil {
			return nil
		}
	}
	return err
}

// rig is a gateway in a world.
type rig struct {
	*sandbox.World
	t       *testing.T
	ctx     context.Context // ends when the test has taken too long
	public  string          // the gateway's address
	clock   *clock          // the gateway's, where it has its database alone and the test gives it no other
	gateway *app.Gateway
	options []app.Option
	logs    *logs
	server  *http.Server
	serving sync.WaitGroup
	cancel  context.CancelFunc
	ran     chan error
}

// limit is how long one test may take on a busy machine. Whatever is waited for comes sooner; what does not come is waited for
// until then.
const limit = 3 * time.Minute

// patient makes the platforms wait for a gateway on a machine that may stand still for seconds. How fast it has to answer them
// is for other tests to say.
func patient(change func(*sandbox.Platforms)) func(*sandbox.Platforms) {
	return func(p *sandbox.Platforms) {
		p.Slack.Ack = 15 * time.Second
		p.Slack.Retries = append(p.Slack.Retries, 2*time.Second, 5*time.Second, 10*time.Second, 30*time.Second)
		if change != nil {
			change(p)
		}
	}
}

// run starts a world and a gateway in it, and ends both after the test, which runs beside others.
func run(t *testing.T, o sandbox.Options, options ...app.Option) *rig {
	t.Helper()
	t.Parallel()
	return runAlone(t, o, options...)
}

// runAlone is run for tests in which time counts.
func runAlone(t *testing.T, o sandbox.Options, options ...app.Option) *rig {
	t.Helper()
	if o.Store == "" {
		o.Store = storetest.SQLite(t)
	}
	o.Change = patient(o.Change)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	w, err := sandbox.Start(o)
	if err != nil {
		t.Fatalf("start world: %v", err)
	}
	r := &rig{World: w, t: t, ctx: ctx, clock: &clock{}, logs: &logs{}}
	r.options = append([]app.Option{app.WithMachineClock(r.clock.now)}, options...)
	t.Cleanup(func() {
		r.stop()
		if err := w.Close(); err != nil {
			t.Errorf("close world: %v", err)
		}
		if secret := r.logs.secret(); secret != "" {
			t.Errorf("the log has a secret: %s", secret)
		}
	})
	r.start()
	if err := w.Connect(ctx, r.public); err != nil {
		t.Fatalf("connect: %v", err)
	}
	return r
}

// start runs a gateway, at the same address as the one before.
func (r *rig) start() {
	r.t.Helper()
	if r.public == "" {
		r.public = "http://" + loopback.Address(r.t)
	}
	l, err := net.Listen("tcp", strings.TrimPrefix(r.public, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	conf, err := app.Parse("world.toml", []byte(r.Config(r.public)), standard.Kit())
	if err != nil {
		r.t.Fatalf("config: %v", err)
	}
	var handler slog.Handler = slog.NewJSONHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug})
	if os.Getenv("PATCHBAY_TEST_LOG") != "" {
		handler = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	r.gateway, err = app.New(r.ctx, conf, standard.Kit(), append([]app.Option{app.WithLogger(slog.New(handler))}, r.options...)...)
	if err != nil {
		r.t.Fatalf("gateway: %v", err)
	}
	r.server = &http.Server{Handler: insist(r.gateway.Handler()), ReadHeaderTimeout: 10 * time.Second}
	r.serving.Go(func() { _ = r.server.Serve(l) })
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ran = cancel, make(chan error, 1)
	gateway, ran := r.gateway, r.ran
	go func() { ran <- gateway.Run(ctx) }()
}

// stop ends the gateway as SIGTERM does, if it runs, and returns how long that took.
func (r *rig) stop() time.Duration {
	r.t.Helper()
	if r.cancel == nil {
		return 0
	}
	begin := time.Now()
	r.gateway.Stopping()
	_ = r.server.Close()
	r.cancel()
	if err := <-r.ran; err != nil {
		r.t.Errorf("Run: %v", err)
	}
	r.serving.Wait()
	r.cancel = nil
	return time.Since(begin)
}

// anna is a customer on Telegram, who writes English.
func (r *rig) anna() *telegramtest.User { return r.Telegram.User(5100200300, "Anna", "en") }

// luis is a customer on WhatsApp.
func (r *rig) luis() *whatsapptest.User { return r.WhatsApp.User("5215550001111", "Luis") }

// ana and ben are agents.
func (r *rig) ana() *slacktest.Agent { return r.Slack.Agent(slacktest.Ana) }
func (r *rig) ben() *slacktest.Agent { return r.Slack.Agent(slacktest.Ben) }

// thread returns the n-th thread of the desk, from 1, when it is open.
func (r *rig) thread(n int) string {
	r.t.Helper()
	threads, err := r.Slack.WaitThreads(r.ctx, slacktest.Support, n)
	if err != nil {
		r.t.Fatalf("%d threads are open, want %d: %v", len(threads), n, err)
	}
	return threads[n-1].ID
}

// person has Anna ask for a person, and returns the thread when the talk so far is in it.
func (r *rig) person() string {
	r.t.Helper()
	before := len(r.Slack.Threads(slacktest.Support))
	r.write(r.anna(), "I want to talk to a person")
	thread := r.thread(before + 1)
	r.posted(thread, "I want to talk to a person")
	return thread
}

// personOnWhatsApp is person for Luis.
func (r *rig) personOnWhatsApp() string {
	r.t.Helper()
	before := len(r.Slack.Threads(slacktest.Support))
	r.says(r.luis(), "I want to talk to a person")
	thread := r.thread(before + 1)
	r.posted(thread, "I want to talk to a person")
	return thread
}

// write has a customer write on Telegram, and returns the id of the message.
func (r *rig) write(u *telegramtest.User, text string) int {
	r.t.Helper()
	id, err := u.Write(r.ctx, text)
	if err != nil {
		r.t.Fatalf("write %q: %v", text, err)
	}
	return id
}

// says has a customer write on WhatsApp, and returns the id of the message.
func (r *rig) says(u *whatsapptest.User, text string) string {
	r.t.Helper()
	id, err := u.Write(r.ctx, text)
	if err != nil {
		r.t.Fatalf("write %q: %v", text, err)
	}
	return id
}

// reply has an agent reply in a thread, and returns the id of the post.
func (r *rig) reply(a *slacktest.Agent, thread, text string) string {
	r.t.Helper()
	post, err := a.Reply(r.ctx, thread, text)
	if err != nil {
		r.t.Fatalf("reply %q: %v", text, err)
	}
	return post
}

// click has an agent click a button of a post.
func (r *rig) click(a *slacktest.Agent, post, button string) {
	r.t.Helper()
	if err := a.Click(r.ctx, post, button); err != nil {
		r.t.Fatalf("click %q: %v", button, err)
	}
}

// reads waits until a customer on Telegram reads a text.
func (r *rig) reads(u *telegramtest.User, text string) {
	r.t.Helper()
	if err := u.WaitFor(r.ctx, text); err != nil {
		r.t.Fatalf("%v\nthe customer reads %q", err, u.Read())
	}
}

// sees waits until a customer on WhatsApp reads a text.
func (r *rig) sees(u *whatsapptest.User, text string) {
	r.t.Helper()
	if _, err := u.Wait(r.ctx, func(seen []whatsapptest.Message) bool { return slices.ContainsFunc(seen, contains(text)) }); err != nil {
		r.t.Fatalf("%q: %v\nthe customer reads %q", text, err, screen(u))
	}
}

func contains(text string) func(whatsapptest.Message) bool {
	return func(m whatsapptest.Message) bool { return strings.Contains(m.Text, text) }
}

// screen returns the texts on a phone with WhatsApp.
func screen(u *whatsapptest.User) (texts []string) {
	for _, m := range u.Seen() {
		texts = append(texts, m.Text)
	}
	return texts
}

// posted waits until a thread has a post with the words, and returns it.
func (r *rig) posted(thread, words string) slacktest.Post {
	r.t.Helper()
	post, err := r.Slack.WaitPost(r.ctx, thread, words)
	if err != nil {
		r.t.Fatalf("%q was not posted: %v\nthe thread reads %q", words, err, r.lines(thread))
	}
	return post
}

// card waits until the card of a thread has the words, and returns it.
func (r *rig) card(thread, words string) slacktest.Post {
	r.t.Helper()
	post, err := r.Slack.WaitCard(r.ctx, thread, words)
	if err != nil {
		r.t.Fatalf("%q is not on the card: %v\nit reads %q", words, err, post.Plain())
	}
	return post
}

// whisper waits until an agent is whispered the words, and returns the whisper.
func (r *rig) whisper(a *slacktest.Agent, words string) slacktest.Whisper {
	r.t.Helper()
	w, err := a.WaitWhisper(r.ctx, words)
	if err != nil {
		r.t.Fatalf("%q was not whispered: %v; %d others were", words, err, len(a.Whispers()))
	}
	return w
}

// lines returns what the app's posts in a thread say.
func (r *rig) lines(thread string) (all []string) {
	t, _ := r.Slack.Thread(thread)
	for _, p := range t.Posts() {
		if p.Bot {
			all = append(all, p.Plain())
		}
	}
	return all
}

// until waits until a condition holds, which is asked again after each thing that happens on Slack.
func (r *rig) until(what string, done func() bool) {
	r.t.Helper()
	if err := r.Slack.Wait(r.ctx, done); err != nil {
		r.t.Fatalf("%s: %v", what, err)
	}
}

// asked waits until the bot was asked n questions, and returns them.
func (r *rig) asked(n int) []botstest.Asked {
	r.t.Helper()
	asked, err := r.Bot.Await(r.ctx, n)
	if err != nil {
		r.t.Fatalf("the bot was asked %d questions, want %d: %v", len(asked), n, err)
	}
	return asked
}

// metrics returns /metrics, line by line.
func (r *rig) metrics() []string {
	r.t.Helper()
	w := httptest.NewRecorder()
	r.gateway.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(r.ctx, http.MethodGet, "/metrics", nil))
	return strings.Split(w.Body.String(), "\n")
}

// ok fails the test on an error.
func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
