// Package web is the gateway's face over HTTP: the platforms' calls, the desk's, and health. It is the one place that
// knows gin.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
	"patchbay/handover"
)

const (
	// maxBody is how much of a call is read, and one byte more, so that an adapter sees that it is too much.
	maxBody = 4<<20 + 1
	// storeWithin is how long a call may wait for the database: a platform that gets a 503 soon keeps its message and
	// brings it again.
	storeWithin = time.Second
)

// Options are what the handler is made of. The functions are called by many goroutines at once.
type Options struct {
	// Channel returns what takes the calls for [channels.<kind>.<name>]; ok is false when there is none, or it is off.
	Channel func(kind, name string) (c Channel, ok bool)
	// Desk returns what takes the calls for a desk; "" is the default one.
	Desk func(name string) (d Desk, ok bool)
	// Media opens the file that a token of /media/ stands for, for the caller to close.
	Media func(ctx context.Context, token string) (media.File, error)
	// Ready returns why the gateway cannot take work, nil if it can.
	Ready func(ctx context.Context) error
	Log   *slog.Logger
}

// Channel takes a platform's calls. Accept stores an update before the platform is answered.
type Channel struct {
	Receiver channels.Receiver
	Accept   func(context.Context, channels.Update) error
}

// Desk takes the calls of the desk's platform.
type Desk struct {
	Receiver handover.Receiver
	Accept   func(context.Context, handover.Update) error
}

// New returns the public handler.
func New(o Options) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false // no platform follows a redirect
	if err := engine.SetTrustedProxies(nil); err != nil {
		o.Log.Error("proxies not set", "err", err) // nil is always taken
	}
	s := server{o: o, handing: make(chan struct{}, mediaMost)}
	engine.Use(gin.CustomRecoveryWithWriter(nil, s.panicked))
	engine.NoRoute(func(c *gin.Context) { plain(c, http.StatusNotFound) })
	engine.NoMethod(func(c *gin.Context) { plain(c, http.StatusMethodNotAllowed) })
	engine.GET("/channels/:kind/:name", s.channel)
	engine.POST("/channels/:kind/:name", s.channel)
	engine.POST("/slack/:desk", s.desk) // /slack/events: the default desk's
	engine.POST("/slack/:desk/:endpoint", s.desk)
	if o.Media != nil {
		engine.GET(media.Path+":token", s.media)
	}
	engine.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "alive\n") })
	engine.GET("/readyz", s.ready)
	return engine
}

type server struct {
	o       Options
	handing chan struct{} // has one for each file that is being handed out
}

// channel stores what a platform brings, then answers.
func (s server) channel(c *gin.Context) {
	ch, ok := s.o.Channel(c.Param("kind"), c.Param("name"))
	if !ok {
		plain(c, http.StatusNotFound)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	u, err := ch.Receiver.Receive(c.Request)
	if err != nil {
		status := u.Response.Status
		if status == 0 {
			status = statusOf(err)
		}
		s.refused(c, status, err)
		if body := u.Response.Body; len(body) > 0 {
			answer(c, status, u.Response.Type, body) // the adapter says what is wrong with the call
		} else {
			plain(c, status)
		}
		return
	}
	s.store(c, func(ctx context.Context) error { return ch.Accept(ctx, u) }, u.Response)
}

// desk stores what agents did, then answers.
func (s server) desk(c *gin.Context) {
	name, endpoint := c.Param("desk"), c.Param("endpoint")
	if endpoint == "" {
		name, endpoint = "", name
	}
	d, ok := s.o.Desk(name)
	if !ok || (endpoint != "events" && endpoint != "actions" && endpoint != "commands") {
		plain(c, http.StatusNotFound)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	u, err := d.Receiver.Receive(c.Request, endpoint)
	if err != nil {
		status := deskStatus(err)
		s.refused(c, status, err)
		plain(c, status)
		return
	}
	s.store(c, func(ctx context.Context) error { return d.Accept(ctx, u) }, channels.Response(u.Response))
}

// store has what came stored, and answers with then only after that.
func (s server) store(c *gin.Context, accept func(context.Context) error, then channels.Response) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeWithin)
	defer cancel()
	if err := accept(ctx); err != nil {
		s.refused(c, http.StatusServiceUnavailable, err)
		plain(c, http.StatusServiceUnavailable)
		return
	}
	answer(c, cmp.Or(then.Status, http.StatusOK), then.Type, then.Body)
}

// statusOf maps a refusal to what the platform is answered.
func statusOf(err error) int {
	switch kind := channels.KindOf(err); {
	case errors.Is(err, channels.ErrNoWebhook):
		return http.StatusNotFound
	case tooLarge(err):
		return http.StatusRequestEntityTooLarge
	case kind == channels.Forbidden:
		return http.StatusUnauthorized
	case kind == channels.Rejected:
		return http.StatusBadRequest
	}
	return http.StatusServiceUnavailable
}

func deskStatus(err error) int {
	if tooLarge(err) {
		return http.StatusRequestEntityTooLarge
	}
	if e, ok := errors.AsType[*handover.DeskError](err); ok {
		switch e.Kind {
		case handover.DeskForbidden:
			return http.StatusUnauthorized
		case handover.DeskRejected:
			return http.StatusBadRequest
		case handover.DeskTemporary, handover.DeskRateLimited, handover.DeskGone:
		}
	}
	return http.StatusServiceUnavailable
}

func tooLarge(err error) bool {
	_, over := errors.AsType[*http.MaxBytesError](err)
	return over || errors.Is(err, channels.ErrTooLarge)
}

// refused logs why a call is refused. Anybody can call, so only what is ours to mend is a warning.
func (s server) refused(c *gin.Context, status int, err error) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	s.o.Log.Log(c.Request.Context(), level, "call refused", "to", name(c), "status", status, "err", err)
}

// panicked answers a call whose handler panicked. A panic's value may hold what a customer wrote, unless it is the
// runtime's own.
func (s server) panicked(c *gin.Context, v any) {
	what := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		what = e.Error()
	}
	s.o.Log.Error("a call panicked", "to", name(c), "panic", what, "stack", string(debug.Stack()))
	plain(c, http.StatusInternalServerError)
}

// name returns what was called, without what the caller made up: only names that the config has come this far.
func name(c *gin.Context) string {
	if c.Param("kind") != "" {
		return c.Param("kind") + "/" + c.Param("name")
	}
	if c.Param("token") != "" {
		return "media"
	}
	return strings.TrimPrefix(c.Request.URL.Path, "/")
}

// plain answers with a status in words.
func plain(c *gin.Context, status int) { answer(c, status, "", []byte(http.StatusText(status)+"\n")) }

func answer(c *gin.Context, status int, kind string, body []byte) {
	c.Abort()
	if len(body) == 0 {
		c.Status(status)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Data(status, cmp.Or(kind, "text/plain; charset=utf-8"), body)
}

// ready says whether work is taken, and why not: it is for the operator's load balancer, and names no secret.
func (s server) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeWithin)
	defer cancel()
	if err := s.o.Ready(ctx); err != nil {
		answer(c, http.StatusServiceUnavailable, "", fmt.Appendf(nil, "not ready: %v\n", err))
		return
	}
	answer(c, http.StatusOK, "", []byte("ready\n"))
}
