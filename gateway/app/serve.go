package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) serve() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the gateway", Args: cobra.NoArgs,
		Long: "Runs the gateway until SIGTERM or Ctrl-C. The config is read again when the file changes, or on SIGHUP;\n" +
			"a config with a fault changes nothing.",
		Example: "  patchbay serve --config config.toml",
	}
	configFlag(cmd, &file)
	cmd.RunE = p.run(func(ctx context.Context, _ []string) error {
		conf, err := p.load(file)
		if err != nil {
			return err
		}
		return Serve(ctx, conf, p.kit, p.logger())
	})
	return cmd
}

const (
	// shutdownWithin is how long calls under way may take after the door closed.
	shutdownWithin = 10 * time.Second
	// headerWithin and readWithin bound a caller who sends slowly.
	headerWithin = 10 * time.Second
	readWithin   = 30 * time.Second
	idleFor      = 2 * time.Minute
)

// Serve runs a gateway with its listeners until ctx ends, and follows its config file.
func Serve(ctx context.Context, conf *Config, kit Kit, log *slog.Logger) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP) // first of all: a SIGHUP that nobody takes ends the process
	defer signal.Stop(hup)
	for _, w := range conf.Warnings {
		log.Warn("config", "where", w.Error())
	}
	g, err := New(ctx, conf, kit, WithLogger(log))
	if err != nil {
		return err
	}
	doors, err := g.listen(conf.Server)
	if err != nil {
		return errors.Join(err, g.Close())
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, len(doors)+1) // one each
	var wg sync.WaitGroup
	ran := make(chan struct{})
	wg.Go(func() {
		defer close(ran)
		ended <- g.Run(work)
	})
	wg.Go(func() { g.follow(work, hup) })
	collectLess()
	wg.Go(func() { giveBack(work, log) })
	for _, d := range doors {
		wg.Go(func() { ended <- d.serve() })
		log.Info("serving", "what", d.what, "listen", d.listener.Addr().String())
	}
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case err = <-ended:
	}
	g.Stopping() // whoever calls from here on gets 503, and calls again where a gateway runs
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	stop()
	select {
	case <-ran: // the lanes have finished what was under way
	case <-closing.Done():
	}
	for _, d := range doors {
		if d.server.Shutdown(closing) != nil {
			err = errors.Join(err, d.server.Close()) // who has not finished by now calls again
		}
	}
	wg.Wait()
	close(ended)
	for more := range ended {
		err = errors.Join(err, more)
	}
	log.Info("stopped")
	return err
}

// door is one listener with what is behind it.
type door struct {
	what     string
	listener net.Listener
	server   *http.Server
}

func (d door) serve() error {
	if err := d.server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", d.what, err)
	}
	return nil
}

// listen opens the listeners of [server].
func (g *Gateway) listen(s Server) ([]door, error) {
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return nil, fmt.Errorf("server.listen: %w", err)
	}
	doors := []door{{"public", l, server(g.Handler(), g.log)}}
	if s.Admin == "" {
		return doors, nil
	}
	if l, err = net.Listen("tcp", s.Admin); err != nil {
		return nil, errors.Join(fmt.Errorf("server.admin: %w", err), doors[0].listener.Close())
	}
	return append(doors, door{"admin", l, server(g.AdminHandler(), g.log)}), nil
}

func server(h http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, IdleTimeout: idleFor,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	new(fresh).follow(s)
	return s
}

// follow reloads the config when its files change and on SIGHUP, until ctx ends.
func (g *Gateway) follow(ctx context.Context, hup <-chan os.Signal) {
	conf := g.config()
	w, err := newWatcher(g.log)
	if err != nil {
		g.log.Warn("config is not watched; SIGHUP reloads it", "err", err)
	}
	defer w.close()
	w.watch(conf.files)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		case <-w.changed():
		}
		if read := g.reloadFile(ctx, conf.File); read != nil {
			w.watch(read)
		}
	}
}
