package app_test

import (
	"context"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/app"
	"patchbay/gateway/standard"
)

// idle is a channel whose adapter stops fetching messages again and again, with no word of why.
type idle struct {
	channels.Common
}

func (*idle) Account(name string) string   { return name }
func (*idle) Validate() []channels.Problem { return nil }

type idler struct{ polls chan struct{} }

func (idler) Send(context.Context, channels.Outbound) (string, error) { return "1", nil }
func (idler) Limits() channels.Limits                                 { return channels.Limits{} }

func (i idler) Poll(ctx context.Context, _ func(context.Context, channels.Update) error) error {
	select {
	case i.polls <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ensure that an adapter that stops fetching messages without an error is asked to begin again.
func TestPollEndsByItself(t *testing.T) {
	t.Parallel()
	kit, polls := standard.Kit(), make(chan struct{})
	kit.Channels = append(kit.Channels, app.Channel("idle", func(*idle, channels.Deps) (channels.Adapter, error) { return idler{polls}, nil }))
	e := embed(t, kit, `kind = "none"`)
	ok(t, e.Reload(t.Context(), e.parse(t, e.text+"\n[channels.idle.one]\n")))
	for range 2 {
		select {
		case <-polls:
		case <-time.After(patience):
			t.Fatal("the adapter is not asked to fetch messages")
		}
	}
}
