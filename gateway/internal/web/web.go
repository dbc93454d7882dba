// Package web is the gateway's face over HTTP: the platforms' calls, the desk's, and health. It is the one place that
// knows gin.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"patchbay/channels"
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
	if err := engine.SetTrustedProxies(nil); err != nil {
		o.Log.Error("proxies not set", "err", err) // nil is always taken
	}
	engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, v any) {
		o.Log.Error("a call panicked", "path", c.FullPath(), "panic", v)
		c.AbortWithStatus(http.StatusInternalServerError)
	}))
	s := server{o}
	engine.GET("/channels/:kind/:name", s.channel)
	engine.POST("/channels/:kind/:name", s.channel)
	engine.POST("/slack/:desk", s.desk) // /slack/events: the default desk's
	engine.POST("/slack/:desk/:endpoint", s.desk)
	engine.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "alive\n") })
	engine.GET("/readyz", s.ready)
	return engine
}

type server struct{ o Options }

// channel stores what a platform brings, then answers.
func (s server) channel(c *gin.Context) {
	ch, ok := s.o.Channel(c.Param("kind"), c.Param("name"))
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	u, err := ch.Receiver.Receive(c.Request)
	if err != nil {
		status := u.Response.Status
		if status == 0 {
			status = statusOf(channels.KindOf(err), err)
		}
		s.refuse(c, status, err)
		if len(u.Response.Body) > 0 {
			answer(c, status, u.Response.Type, u.Response.Body) // the adapter says what is wrong with the call
			return
		}
		c.String(status, http.StatusText(status)+"\n")
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeWithin)
	defer cancel()
	if err := ch.Accept(ctx, u); err != nil {
		s.refuse(c, http.StatusServiceUnavailable, err)
		c.String(http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)+"\n")
		return
	}
	answer(c, u.Response.Status, u.Response.Type, u.Response.Body)
}

// desk stores what agents did, then answers.
func (s server) desk(c *gin.Context) {
	name, endpoint := c.Param("desk"), c.Param("endpoint")
	if endpoint == "" {
		name, endpoint = "", name
	}
	d, ok := s.o.Desk(name)
	if !ok || (endpoint != "events" && endpoint != "actions" && endpoint != "commands") {
		c.Status(http.StatusNotFound)
		return
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	u, err := d.Receiver.Receive(c.Request, endpoint)
	if err != nil {
		s.refuse(c, deskStatus(err), err)
		c.String(deskStatus(err), http.StatusText(deskStatus(err))+"\n")
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeWithin)
	defer cancel()
	if err := d.Accept(ctx, u); err != nil {
		s.refuse(c, http.StatusServiceUnavailable, err)
		c.String(http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)+"\n")
		return
	}
	answer(c, u.Response.Status, u.Response.Type, u.Response.Body)
}

// statusOf maps a refusal to what the platform is answered.
func statusOf(kind channels.ErrorKind, err error) int {
	switch {
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

// refuse logs why a call is refused. The caller answers: an authentic caller is told, others only get the status.
func (s server) refuse(c *gin.Context, status int, err error) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	s.o.Log.Log(c.Request.Context(), level, "call refused", "path", c.FullPath(), "channel", c.Param("kind")+"/"+c.Param("name"),
		"status", status, "err", err)
}

func answer(c *gin.Context, status int, kind string, body []byte) {
	if status == 0 {
		status = http.StatusOK
	}
	if len(body) == 0 {
		c.Status(status)
		c.Writer.WriteHeaderNow()
		return
	}
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	c.Data(status, kind, body)
}

func (s server) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeWithin)
	defer cancel()
	if err := s.o.Ready(ctx); err != nil {
		c.String(http.StatusServiceUnavailable, "not ready: %v\n", err)
		return
	}
	c.String(http.StatusOK, "ready\n")
}
