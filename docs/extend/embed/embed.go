// Package embed runs Patchbay inside a server that has other work too. The gateway sets no signal handler, ends no process
// and listens on nothing: the server does that.
package embed

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"patchbay/gateway/app"
)

const (
	// headerWithin bounds a caller who sends slowly.
	headerWithin = 10 * time.Second
	// closeWithin is how long calls under way may take when the server stops.
	closeWithin = 10 * time.Second
)

// Serve serves mux on l, with the gateway's routes beside those that mux has already, until ctx ends; then it finishes
// what is under way. It closes l. [server] listen and admin of the config have no effect here.
func Serve(ctx context.Context, l net.Listener, mux *http.ServeMux, conf *app.Config, kit app.Kit, log *slog.Logger) error {
	gateway, err := app.New(ctx, conf, kit, app.WithLogger(log))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	for _, path := range []string{"/channels/", "/slack/", "/healthz", "/readyz"} {
		mux.Handle(path, gateway.Handler())
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerWithin}

	ctx, end := context.WithCancel(ctx) // it also ends when one of the two does
	defer end()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var ran, served error
	var wg sync.WaitGroup
	wg.Go(func() { defer end(); ran = gateway.Run(work) })
	wg.Go(func() { defer end(); served = server.Serve(l) })
	<-ctx.Done()

	// First the load balancer is told, then the door closes, and Run last: what came through the door is still stored.
	gateway.Stopping()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	err = server.Shutdown(closing)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	stop()
	wg.Wait()
	if errors.Is(served, http.ErrServerClosed) {
		served = nil
	}
	return errors.Join(err, served, ran)
}
