package lanes

import (
	"context"
	"time"

	"patchbay/channels"
	"patchbay/models"
	"patchbay/models/store"
)

// Pace is pace, for tests.
type Pace struct{ p pace }

func (p *Pace) Set(rate float64, burst int)                               { p.p.set(rate, burst) }
func (p *Pace) Grant(now time.Time, n int) (granted int, w time.Duration) { return p.p.grant(now, n) }
func (p *Pace) Used(until time.Time)                                      { p.p.used(until) }
func (p *Pace) Refund(n int)                                              { p.p.refund(n) }

// ChatPace, BackoffOf, PartsOf and Outbounds are what their lower-case names are, for tests.
var (
	ChatPace  = chatPace
	BackoffOf = backoffOf
)

func PartsOf(m models.Message, l channels.Limits) []models.Rich { return partsOf(m, l) }

func Outbounds(m models.Message, address string, l channels.Limits) []channels.Outbound {
	return outbounds(m, address, l)
}

// Net is how often the database is asked for work that no hint told of.
const Net = net

// Suspect has the engine look soon for lanes that were claimed without an answer.
func (e *Engine) Suspect() { e.strays.suspect(e.now()) }

// Place keeps a place as for a commit that gives a lane work.
func (e *Engine) Place(h store.Hint, ready models.Stamp) store.Place { return e.place(h, ready) }

// Calm is during how many calls of Accept those who decide need not stand back.
const Calm = calm

// Idle is how many calls of Accept may be under way before it is a rush, and LoadWindow how long there must be more.
const (
	Idle       = idle
	LoadWindow = loadWindow
)

// Accepting counts a call of Accept that begins, Accepted one that ends.
func (e *Engine) Accepting() { e.accepting.add(1) }
func (e *Engine) Accepted()  { e.accepted() }

// StandBack waits as the one who decides does between two rounds, the first of which took so long.
func (e *Engine) StandBack(ctx context.Context, took time.Duration) bool {
	return e.standBack(ctx, took)
}

// WriteFor is writeFor, for tests.
var WriteFor = writeFor

// Load is load, for tests.
type Load struct{ load }

// Add is add.
func (l *Load) Add(d int) int { return l.add(d) }

// Mean is mean.
func (l *Load) Mean() float64 { return l.mean() }
