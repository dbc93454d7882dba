package channeltest

import (
	"bytes"
	"log/slog"
	"net/http"
	"reflect"
	"testing"
	"time"

	"patchbay/channels"
)

// FuzzReceive fuzzes the adapter's decoder with authentic calls. Call it from a fuzz test of the adapter's package, after
// adding recorded bodies as seeds: any body gives messages with a Key, an address and a Kind, the same twice, or a
// Rejected error, and no panic.
func FuzzReceive(f *testing.F, h Harness) {
	f.Helper()
	a, err := h.New("http://127.0.0.1:1", channels.Deps{
		Name: "fuzz", HTTP: &http.Client{Timeout: time.Second}, Now: Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		f.Fatalf("New error = %v", err)
	}
	r, ok := a.(channels.Receiver)
	if !ok {
		f.Fatal("the adapter is no Receiver")
	}
	f.Add(h.Body(Wrote{Chat: 1, Message: 2, Name: "Ann", Text: "hello", At: Now()}))
	f.Add(h.Unknown)
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := r.Receive(h.Sign(bytes.Clone(body)))
		again, errAgain := r.Receive(h.Sign(bytes.Clone(body)))
		if (err == nil) != (errAgain == nil) || !reflect.DeepEqual(first.Inbound, again.Inbound) {
			t.Errorf("Receive = %+v, %v, the second time %+v, %v", first, err, again, errAgain)
		}
		if err != nil && channels.KindOf(err) != channels.Rejected {
			t.Errorf("Receive error = %v (%v), want Rejected", err, channels.KindOf(err))
		}
		if err != nil && len(first.Inbound) > 0 {
			t.Errorf("Receive = %d messages beside an error", len(first.Inbound))
		}
		for _, in := range first.Inbound {
			if in.Key == "" || in.Kind == "" || in.Kind != channels.Receipt && (len(in.Addresses) == 0 || in.Addresses[0] == "") {
				t.Errorf("Receive = %+v, want a Key, a Kind and an address", in)
			}
		}
	})
}
