// Package app is the program as a library: its commands, its config, and the gateway itself. It knows no platform: a Kit
// tells it which channels, desks and bots there are, so another program can add its own and call Main, or embed a
// Gateway into its own server.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/handover"
)

// Kit is what a program can be configured with. It is a plain value: append to the fields of somebody else's Kit to add
// to it.
type Kit struct {
	Name     string // the program's, in its help and its faults; "" is patchbay
	Channels []ChannelKind
	Desks    []DeskKind
	Bots     []BotKind
	// Demo runs everything on stand-ins for the platforms, for the command demo; nil when the program has none.
	Demo func(ctx context.Context, o DemoOptions) error
	// Bench measures the program itself, for the command bench; nil when the program cannot.
	Bench func(ctx context.Context, o BenchOptions) error
}

// name returns the program's name.
func (k Kit) name() string { return cmp.Or(k.Name, "patchbay") }

// check returns what is wrong with a Kit: two kinds of one name, of which a config could mean only one.
func (k Kit) check() error {
	return errors.Join(
		unique("channel", kindsOf(k.Channels, func(c ChannelKind) string { return c.Kind })),
		unique("desk", kindsOf(k.Desks, func(d DeskKind) string { return d.Kind })),
		unique("bot", kindsOf(k.Bots, func(b BotKind) string { return b.Kind })),
	)
}

func unique(what string, kinds []string) error {
	var errs []error
	for i, kind := range kinds {
		if !sectionName.MatchString(kind) {
			errs = append(errs, fmt.Errorf("kit: %q is no name for a kind of %s: it takes a-z, 0-9, _ and -", kind, what))
		}
		if slices.Contains(kinds[:i], kind) {
			errs = append(errs, fmt.Errorf("kit: there are two kinds of %s named %q", what, kind))
		}
	}
	return errors.Join(errs...)
}

// ChannelKind is one kind of channel: [channels.<kind>.<name>] in the config.
type ChannelKind struct {
	Kind  string
	Title string // the platform's name in words; made from Kind when it is empty
	// Trial plays a customer of a running channel, for the command send; nil when the kind has none.
	Trial func(ctx context.Context, c channels.Config, t Trial) error
	section
	make func(channels.Config, channels.Deps) (channels.Adapter, error)
}

// Channel makes a ChannelKind from an adapter's constructor.
func Channel[C any, P interface {
	*C
	channels.Config
}](kind string, build func(P, channels.Deps) (channels.Adapter, error)) ChannelKind {
	return ChannelKind{
		Kind: kind, section: sectionOf[C](),
		make: func(c channels.Config, d channels.Deps) (channels.Adapter, error) { return build(c.(P), d) },
	}
}

// Trial is what the command send is asked for.
type Trial struct {
	Name     string // of the section
	Endpoint string // the running channel's address
	Text     string
	Chat     string // the customer's chat; the same again goes on with it
	Wait     time.Duration
	Out      io.Writer
}

// DemoOptions are what the command demo is asked for.
type DemoOptions struct {
	Kit  Kit
	Keep bool // stay up afterwards
	Out  io.Writer
}

// BenchOptions are what the command bench is asked for.
type BenchOptions struct {
	Seconds     int      // how long each figure is measured
	Rounds      int      // how often: of several, the one in the middle by processor time counts; 0 is 1
	Connections int      // of the load generator
	Chats       int      // that they share
	Only        []string // "accept", "whole", "held", each also with "/sqlite" or "/postgres"; empty is all
	Postgres    string   // URL of a server on which databases may be made; "" is none
	Dir         string   // where temporary files are made; "" is the system's place
	Fill        string   // "100000x20": also on databases with so many chats of so many messages; "" is not
	Profile     string   // folder for CPU profiles of the gateway; "" is none
	JSON        bool
	Out, Err    io.Writer // figures; what is going on

	Program string    // the file to start again; "" is the running program's
	Role    string    // the part that a program which was started again plays
	In      io.Reader // for that part
}

// title returns the platform's name in words.
func (k ChannelKind) title() string {
	if k.Title != "" {
		return k.Title
	}
	return strings.ToUpper(k.Kind[:1]) + k.Kind[1:]
}

// BotKind is one kind of bot: [bot] and [bots.<name>] with kind = "<kind>".
type BotKind struct {
	Kind string
	section
	make func(bots.Config, bots.Deps) (bots.Bot, error)
}

// Bot makes a BotKind from a connector's constructor.
func Bot[C any, P interface {
	*C
	bots.Config
}](kind string, build func(P, bots.Deps) (bots.Bot, error)) BotKind {
	return BotKind{
		Kind: kind, section: sectionOf[C](),
		make: func(c bots.Config, d bots.Deps) (bots.Bot, error) { return build(c.(P), d) },
	}
}

// DeskDeps is what a desk is given beside its section.
type DeskDeps struct {
	Name    string       // "slack", or the <name> of [desks.<name>]
	Install string       // this installation's id: several may share one app of the platform
	HTTP    *http.Client // has timeouts
	Log     *slog.Logger
	Now     func() time.Time
	Places  func() []string // all places where threads open
}

// PacedDesk is a Desk that knows the platform's limits: posts a second for the whole workspace, and for one place.
type PacedDesk interface {
	Rates() (workspace, place float64)
}

// EditPacedDesk is a Desk that knows how many changes of posts a second the platform takes, for the whole workspace.
type EditPacedDesk interface {
	EditRate() float64
}

// ManifestOptions say what a desk's manifest is made for.
type ManifestOptions struct {
	Name      string // the desk's
	Default   bool   // it is [slack], not [desks.<name>]
	PublicURL string // without a path; "" when the config has none
}

// DeskSpec tells all that the program has to know of a kind of desk whose section decodes into a C, a struct with toml
// tags.
type DeskSpec[C any] struct {
	New      func(C, DeskDeps) (handover.Desk, error)
	Validate func(C) []channels.Problem
	// Places returns where threads open when a channel does not say, and where the operator is told ("" for nowhere).
	Places func(C) (threads, operator string)
	// Called reports whether the platform calls us over HTTP.
	Called func(C) bool
	// Account returns what may stand in one section only, such as the token of the app that the desk works as; it is
	// compared, and not shown. It may be nil.
	Account func(C) string
	// Policy returns what the section says of the desk's chats; it may be nil.
	Policy func(C) handover.DeskPolicy
	// Replies returns the folder of the desk's canned replies, "" for none; it may be nil.
	Replies func(C) string
	// Manifest returns what an admin pastes into the platform to make the app that the desk works as; it may be nil.
	Manifest func(C, ManifestOptions) string
}

// DeskKind is one kind of desk: [<kind>] is the default desk, [desks.<name>] are further ones.
type DeskKind struct {
	Kind string
	section
	spec DeskSpec[any]
}

// Desk makes a DeskKind.
func Desk[C any](kind string, s DeskSpec[C]) DeskKind {
	k := DeskKind{Kind: kind, section: sectionOf[C](), spec: DeskSpec[any]{
		New:      func(c any, d DeskDeps) (handover.Desk, error) { return s.New(c.(C), d) },
		Validate: func(c any) []channels.Problem { return s.Validate(c.(C)) },
		Places:   func(c any) (string, string) { return s.Places(c.(C)) },
		Called:   func(c any) bool { return s.Called(c.(C)) },
	}}
	if s.Account != nil {
		k.spec.Account = func(c any) string { return s.Account(c.(C)) }
	}
	if s.Policy != nil {
		k.spec.Policy = func(c any) handover.DeskPolicy { return s.Policy(c.(C)) }
	}
	if s.Replies != nil {
		k.spec.Replies = func(c any) string { return s.Replies(c.(C)) }
	}
	if s.Manifest != nil {
		k.spec.Manifest = func(c any, o ManifestOptions) string { return s.Manifest(c.(C), o) }
	}
	return k
}

// section is the type of a kind's part of the config.
type section struct{ typ reflect.Type }

func sectionOf[C any]() section { return section{typ: reflect.TypeFor[C]()} }
