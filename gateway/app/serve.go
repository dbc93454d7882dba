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
	for _, w := range conf.Warnings {
		log.Warn("config", "where", w.Error())
	}
	listener, err := net.Listen("tcp", conf.Server.Listen)
	if err != nil {
		return fmt.Errorf("server.listen: %w", err)
	}
	defer listener.Close()
	servers := []*http.Server{}
	g, err := New(ctx, conf, kit, WithLogger(log))
	if err != nil {
		return err
	}
	public := server(g.Handler(), log)
	servers = append(servers, public)
	fail := make(chan error, 2)
	var wg sync.WaitGroup
	start := func(s *http.Server, l net.Listener) {
		wg.Go(func() {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				fail <- err
			}
		})
	}
	var admin net.Listener
	if conf.Server.Admin != "" {
		if admin, err = net.Listen("tcp", conf.Server.Admin); err != nil {
			return errors.Join(fmt.Errorf("server.admin: %w", err), g.Close())
		}
		s := server(g.AdminHandler(), log)
		s.WriteTimeout = 0 // a profile takes its time
		servers = append(servers, s)
		start(s, admin)
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	wg.Go(func() {
		if err := g.Run(work); err != nil {
			fail <- err
		}
	})
	wg.Go(func() { g.follow(work, conf.File, log) })
	start(public, listener)
	log.Info("serving", "listen", listener.Addr().String(), "channels", len(conf.Channels))
	if admin != nil {
		log.Info("admin", "listen", admin.Addr().String())
	}
	err = nil
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case err = <-fail:
	}
	g.Stopping()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWithin)
	defer cancel()
	stop() // the lanes finish what is under way while the listeners do
	for _, s := range servers {
		if shut := s.Shutdown(closing); shut != nil {
			err = errors.Join(err, s.Close())
		}
	}
	wg.Wait()
	log.Info("stopped")
	return err
}

func server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, IdleTimeout: idleFor,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// follow reloads the config when its files change and on SIGHUP, until ctx ends.
func (g *Gateway) follow(ctx context.Context, file string, log *slog.Logger) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	w, err := newWatcher(log)
	if err != nil {
		log.Warn("config is not watched; SIGHUP reloads it", "err", err)
	} else {
		defer w.close()
		w.watch(g.watched(file))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		case <-w.changed():
		}
		g.reloadFile(ctx, file, log)
		if w != nil {
			w.watch(g.watched(file))
		}
	}
}

// watched returns the files that the config is made of.
func (g *Gateway) watched(file string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string{file}, g.conf.files...)
}

// reloadFile loads the file again. A config with a fault changes nothing and is told.
func (g *Gateway) reloadFile(ctx context.Context, file string, log *slog.Logger) {
	conf, err := Load(file, g.kit)
	if err == nil {
		g.mu.Lock()
		restart := NeedsRestart(g.conf, conf)
		g.mu.Unlock()
		for _, section := range restart {
			log.Warn("config: the change needs a restart", "section", section)
		}
		err = g.Reload(ctx, conf)
	}
	if err != nil {
		log.Error("config not reloaded; everything goes on as before", "err", err)
		g.ops.Raise("config", "The config was not reloaded, everything goes on as before: "+err.Error())
		return
	}
	for _, w := range conf.Warnings {
		log.Warn("config", "where", w.Error())
	}
	g.ops.Clear("config")
	log.Info("config reloaded", "channels", len(conf.Channels))
}
