package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"patchbay/gateway/app"
	"patchbay/gateway/bots/faq"
)

// demoWithin bounds the demo: whatever has not been seen by then is not coming.
const demoWithin = 60 * time.Second

// Demo plays the main job on stand-ins, and shows each step when it is seen on them. It fails when a step is not.
func Demo(ctx context.Context, o app.DemoOptions) error {
	started := time.Now()
	dir, err := os.MkdirTemp("", "patchbay-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := newDemo(ctx, o, dir, started)
	if err != nil {
		return err
	}
	defer d.close()
	d.screen.line("Everything here runs on this machine: stand-ins for Telegram, WhatsApp, a shop's webhook and Slack,")
	d.screen.line("and between them the real gateway with its built-in FAQ bot. Each line was seen where it stands.\n")
	d.screen.title()
	play, cancel := context.WithTimeout(ctx, demoWithin)
	defer cancel()
	for _, act := range []struct {
		title string
		play  func(context.Context) error
	}{
		{"Anna on Telegram asks for a person.", d.anna},
		{"Luis on WhatsApp asks what the bot cannot answer.", d.luis},
		{"Mia in the shop's own app is served by the bot alone.", d.mia},
	} {
		d.screen.line("%s", act.title)
		if err := act.play(play); err != nil {
			return fmt.Errorf("the demo stopped: %w", err)
		}
		d.screen.rule()
	}
	d.screen.line("%d steps, all seen, in %.1f s.", d.steps, time.Since(started).Seconds())
	if o.Keep {
		return d.keep(ctx)
	}
	d.screen.line("Next: %s demo --keep, or the ten minutes to your own bot in README.md.", cmp.Or(o.Kit.Name, "patchbay"))
	return nil
}

// demo is one run of the demo.
type demo struct {
	*World
	screen  *screen
	public  string
	conf    string // the config file
	gateway *app.Gateway
	steps   int
	close   func()
}

// newDemo starts the stand-ins and the gateway.
func newDemo(ctx context.Context, o app.DemoOptions, dir string, started time.Time) (*demo, error) {
	questions := filepath.Join(dir, "faq.md")
	if err := os.WriteFile(questions, faq.Example(), 0o600); err != nil {
		return nil, err
	}
	w, err := Start(Options{
		BotLines: fmt.Sprintf("kind = \"faq\"\nfile = %q", questions),
		Store:    "sqlite://" + filepath.Join(dir, "patchbay.db"),
	})
	if err != nil {
		return nil, err
	}
	d := &demo{World: w, screen: newScreen(o.Out, started), conf: filepath.Join(dir, "config.toml")}
	stop, err := d.serve(ctx, o.Kit)
	d.close = func() {
		stop()
		_ = w.Close()
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// serve starts the gateway on the loopback. stop ends it and is never nil.
func (d *demo) serve(ctx context.Context, kit app.Kit) (stop func(), err error) {
	stop = func() {}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return stop, err
	}
	d.public = "http://" + l.Addr().String()
	if err := os.WriteFile(d.conf, []byte(d.Config(d.public)), 0o600); err != nil {
		return stop, errors.Join(err, l.Close())
	}
	conf, err := app.Load(d.conf, kit)
	if err != nil {
		return stop, errors.Join(err, l.Close())
	}
	if d.gateway, err = app.New(ctx, conf, kit, app.WithLogger(slog.New(slog.DiscardHandler))); err != nil {
		return stop, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: d.gateway.Handler(), ReadHeaderTimeout: 5 * time.Second}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) })
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	wg.Go(func() { _ = d.gateway.Run(work) })
	stop = func() {
		cancel()
		_ = server.Close()
		wg.Wait()
	}
	return stop, d.Connect(ctx, d.public)
}

// saw counts and shows a step that was seen.
func (d *demo) saw(c column, format string, args ...any) {
	d.steps++
	d.screen.show(c, fmt.Sprintf(format, args...))
}

// keep stays up until the user has enough. The shop's stand-in leaves its address to the command send.
func (d *demo) keep(ctx context.Context) error {
	if err := d.Shop.Close(); err != nil {
		return err
	}
	d.Shop = nil
	d.screen.line(`
Still up. Write to the shop's channel from another terminal; --chat goes on with a chat:
  go run ./gateway send webhook/shop "Where is my order?" --config %s
  go run ./gateway send webhook/shop "I want a person" --config %[1]s
  curl %s/readyz
Ctrl-C ends it.`, d.conf, d.public)
	<-ctx.Done()
	return nil
}
