// Command jumpclock is the gateway with a clock that jumps when it is told to. It is the program as a library, so that
// the program itself has no door for this. Tests build and run it.
package main

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
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "jumpclock:", err)
		os.Exit(1)
	}
}

// serve takes the arguments serve --config FILE, as the program does.
func serve() error {
	if len(os.Args) != 4 {
		return errors.New("it is called with: serve --config FILE")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	conf, err := app.Load(os.Args[3], standard.Kit())
	if err != nil {
		return err
	}
	var c clock
	if err := c.check(); err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	g, err := app.New(ctx, conf, standard.Kit(), app.WithLogger(log), app.WithMachineClock(c.now))
	if err != nil {
		return err
	}
	admin := http.NewServeMux()
	admin.Handle("/", g.AdminHandler())
	admin.HandleFunc("GET /jump", c.jump)
	var wg sync.WaitGroup
	for address, handler := range map[string]http.Handler{conf.Server.Listen: g.Handler(), conf.Server.Admin: admin} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		defer func() { _ = server.Close() }()
		wg.Go(func() { _ = server.Serve(l) })
	}
	return g.Run(ctx)
}

// clock is the system's, shifted. As on a real machine that is set, what is measured with the monotonic clock does not
// jump.
type clock struct{ shift atomic.Int64 } // seconds

func (c *clock) now() time.Time { return shifted(time.Now(), c.shift.Load()) }

// jump sets the shift: GET /jump?by=240s.
func (c *clock) jump(w http.ResponseWriter, r *http.Request) {
	by, err := time.ParseDuration(r.URL.Query().Get("by"))
	if err != nil {
		http.Error(w, "by is no duration", http.StatusBadRequest)
		return
	}
	c.shift.Store(int64(by / time.Second))
}

// shifted returns t with another wall clock and the same monotonic one, which no function of the package time does: a
// time.Time begins with a word whose low 30 bits are nanoseconds and whose next 33 are seconds, when it has a monotonic
// reading.
func shifted(t time.Time, seconds int64) time.Time {
	word := (*uint64)(unsafe.Pointer(&t)) // #nosec G103 -- a program for tests; check proves that it does what it says
	*word += uint64(seconds) << 30        // #nosec G115 -- a negative one wraps, and subtracts
	return t
}

// check fails if a time.Time is not laid out as shifted has it.
func (c *clock) check() error {
	now := time.Now()
	for _, seconds := range []int64{240, -240} {
		s := shifted(now, seconds)
		if s.Sub(now) != 0 || s.Unix() != now.Unix()+seconds || s.Round(0).Sub(now.Round(0)) != time.Duration(seconds)*time.Second {
			return errors.New("the clock cannot be shifted with this release of Go")
		}
	}
	return nil
}
