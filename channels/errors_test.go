package channels_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"patchbay/channels"
)

func TestKindOf(t *testing.T) {
	limited := &channels.Error{Kind: channels.RateLimited, RetryAfter: 3 * time.Second, Err: io.EOF}
	tests := []struct {
		name string
		err  error
		kind channels.ErrorKind
		wait time.Duration
	}{
		{"an adapter's", limited, channels.RateLimited, 3 * time.Second},
		{"wrapped", fmt.Errorf("send: %w", limited), channels.RateLimited, 3 * time.Second},
		{"the outer of two", channels.Errorf(channels.Rejected, "send: %w", limited), channels.Rejected, 0},
		{"somebody else's", io.EOF, channels.Temporary, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if kind, wait := channels.KindOf(tt.err), channels.RetryAfter(tt.err); kind != tt.kind || wait != tt.wait {
				t.Errorf("KindOf(%v) = %v, RetryAfter %v, want %v, %v", tt.err, kind, wait, tt.kind, tt.wait)
			}
		})
	}
	if !errors.Is(limited, io.EOF) {
		t.Error("an Error does not wrap its cause")
	}
	if got := (&channels.Error{Kind: channels.WindowClosed}).Error(); got != "window_closed" {
		t.Errorf("Error without a cause = %q, want its kind", got)
	}
}

func TestErrorKindString(t *testing.T) {
	seen := map[string]bool{}
	for kind := channels.Temporary; kind <= channels.Forbidden; kind++ {
		name := kind.String()
		if name == "unknown" || seen[name] || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("String of kind %d = %q, want a name of its own, fit for a metric", kind, name)
		}
		seen[name] = true
	}
	if got := channels.ErrorKind(0).String(); got != "unknown" {
		t.Errorf("String of no kind = %q, want unknown", got)
	}
}

// TestCommon decodes a section as the program does: strictly, into a struct that embeds Common.
func TestCommon(t *testing.T) {
	type section struct {
		channels.Common
		Token string `toml:"token"`
	}
	for text, on := range map[string]bool{"": true, "enabled = true": true, "enabled = false": false} {
		var s section
		if err := toml.NewDecoder(strings.NewReader(text + "\ntoken = 'x'\nonly_from = ['u1']\nchat_rate = 0.5")).DisallowUnknownFields().Decode(&s); err != nil {
			t.Fatalf("Decode(%q) error = %v", text, err)
		}
		if c := s.Shared(); c.On() != on || c.ChatRate != 0.5 || len(c.OnlyFrom) != 1 {
			t.Errorf("Decode(%q) = %+v, want on %v", text, c, on)
		}
	}
}
