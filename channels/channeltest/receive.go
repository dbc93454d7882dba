package channeltest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"sync"
	"time"

	"patchbay/channels"
)

// receiver returns the adapter as a Receiver.
func (b *bench) receiver() channels.Receiver {
	b.Helper()
	r, ok := b.adapter.(channels.Receiver)
	if !ok {
		b.Fatal("the adapter is no Receiver any more")
	}
	return r
}

// wrote returns messages of two chats, and makes their words private.
func (b *bench) wrote() []Wrote {
	at := Now().Add(-30 * time.Second)
	list := []Wrote{
		{Chat: 7, Message: 501, Name: "Zoë Quill", Text: "Where is <my> parcel 2*3*4? 👩‍👩‍👧", At: at},
		{Chat: 8, Message: 502, Name: "Bao Wren", Text: "مرحبا\nsecond line", At: at.Add(time.Second)},
		{Chat: 7, Message: 503, Name: "Zoë Quill", Text: "Where is <my> parcel 2*3*4? 👩‍👩‍👧", At: at.Add(2 * time.Second)},
	}
	for _, w := range list {
		b.private(w.Name, w.Text)
	}
	return list
}

// same fails b unless in is the message w.
func (b *bench) same(what string, in channels.Inbound, w Wrote) {
	b.Helper()
	if in.Kind != channels.Message || in.Content.Text != w.Text {
		b.Errorf("%s: %v %q, want the message %q", what, in.Kind, in.Content.Text, w.Text)
	}
	if in.Key == "" || in.ID == "" {
		b.Errorf("%s: Key %q and ID %q, want both", what, in.Key, in.ID)
	}
	if len(in.Addresses) == 0 || in.Addresses[0] != b.h.Address(w.Chat) {
		b.Errorf("%s: Addresses %q, want %q first", what, in.Addresses, b.h.Address(w.Chat))
	}
	if in.Contact.Name != w.Name || in.Contact.ID == "" {
		b.Errorf("%s: Contact %+v, want the name %q and an id", what, in.Contact, w.Name)
	}
	if !in.At.Equal(w.At) {
		b.Errorf("%s: At %v, want %v", what, in.At, w.At)
	}
}

// receive: a call of the platform's comes out as what the customer wrote, the same each time, and an answer to its
// address goes to that customer.
func receive(b *bench) {
	r := b.receiver()
	keys := map[string]bool{}
	for _, w := range b.wrote() {
		what := fmt.Sprintf("Receive(message %d)", w.Message)
		body := b.h.Body(w)
		first, err := r.Receive(b.h.Sign(body))
		if err != nil {
			b.Fatalf("%s error = %v, want none", what, err)
		}
		if s := first.Response.Status; s != 0 && (s < 200 || s > 299) {
			b.Errorf("%s is answered with %d, want 2xx", what, s)
		}
		if len(first.Inbound) != 1 {
			b.Fatalf("%s = %d messages, want 1", what, len(first.Inbound))
		}
		in := first.Inbound[0]
		b.same(what, in, w)
		if keys[in.Key] {
			b.Errorf("%s has the Key %q of another message", what, in.Key)
		}
		keys[in.Key] = true
		again, err := r.Receive(b.h.Sign(body))
		if err != nil || !reflect.DeepEqual(first, again) {
			b.Errorf("%s = %+v, the second time %+v, %v, want the same", what, first, again, err)
		}

		m := b.out("Thank you.")
		m.Address = in.Addresses[0]
		b.answers(nil)
		if _, err := b.adapter.Send(b.Context(), m); err != nil {
			b.Errorf("Send to the address of a message error = %v, want none", err)
		}
		if seen := b.once("Send"); seen.Address != b.h.Address(w.Chat) {
			b.Errorf("Send to the address of a message goes to %q, want %q", seen.Address, b.h.Address(w.Chat))
		}
		b.answers(nil)
	}
}

// receiveBatch: all messages of a call come out, in the platform's order.
func receiveBatch(b *bench) {
	if !b.h.Batch {
		return
	}
	list := b.wrote()
	u, err := b.receiver().Receive(b.h.Sign(b.h.Body(list...)))
	if err != nil || len(u.Inbound) != len(list) {
		b.Fatalf("Receive(%d messages) = %d, %v, want all", len(list), len(u.Inbound), err)
	}
	for i, w := range list {
		b.same(fmt.Sprintf("Receive(batch)[%d]", i), u.Inbound[i], w)
	}
}

// receiveUnknown: what the platform may bring one day is taken and does nothing.
func receiveUnknown(b *bench) {
	u, err := b.receiver().Receive(b.h.Sign(b.h.Unknown))
	if err != nil || len(u.Inbound) != 0 {
		b.Errorf("Receive(unknown) = %d messages, %v, want none and no error", len(u.Inbound), err)
	}
	if s := u.Response.Status; s != 0 && (s < 200 || s > 299) {
		b.Errorf("Receive(unknown) is answered with %d, want 2xx", s)
	}
}

// receiveBroken: an authentic call that cannot be decoded is Rejected.
func receiveBroken(b *bench) {
	whole := b.h.Body(b.wrote()[0])
	for name, body := range map[string][]byte{
		"half":       whole[:len(whole)/2],
		"last cut":   whole[:len(whole)-1],
		"no JSON":    []byte("hello"),
		"one byte":   {'{'},
		"binary":     {0, 0xff, 0xfe},
		"deep":       bytes.Repeat([]byte("["), 100_000),
		"wrong type": []byte(`"text"`),
	} {
		what := "Receive(" + name + ")"
		u, err := b.receiver().Receive(b.h.Sign(body))
		b.fails(what, err, channels.Rejected)
		if len(u.Inbound) != 0 {
			b.Errorf("%s = %d messages, want none", what, len(u.Inbound))
		}
	}
	large := append(bytes.Repeat([]byte(" "), channels.MaxBody), whole...)
	for _, length := range []int64{int64(len(large)), -1} {
		r := b.h.Sign(large)
		r.ContentLength = length
		u, err := b.receiver().Receive(r)
		b.fails("Receive(over 4 MiB)", err, channels.Rejected)
		if !errors.Is(err, channels.ErrTooLarge) || len(u.Inbound) != 0 {
			b.Errorf("Receive(over 4 MiB) = %d messages, %v, want ErrTooLarge", len(u.Inbound), err)
		}
	}
	r := b.h.Sign(whole)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), broken{}))
	if u, err := b.receiver().Receive(r); err == nil || len(u.Inbound) != 0 {
		b.Errorf("Receive(line cut) = %d messages, %v, want an error", len(u.Inbound), err)
	}
}

// broken is a body whose line was cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// receiveForged: what is not authentic is Forbidden, before anything is decoded.
func receiveForged(b *bench) {
	whole := b.h.Body(b.wrote()[0])
	forged := func(what string, r *http.Request) {
		b.Helper()
		u, err := b.receiver().Receive(r)
		b.fails(what, err, channels.Forbidden)
		if len(u.Inbound) != 0 {
			b.Errorf("%s = %d messages, want none", what, len(u.Inbound))
		}
	}
	bare := func(body []byte) *http.Request {
		r := b.h.Sign(body)
		r.Header = http.Header{"Content-Type": r.Header["Content-Type"]}
		return r
	}
	forged("Receive(unsigned)", bare(whole))
	forged("Receive(unsigned, no JSON)", bare([]byte("{")))
	forged("Receive(unsigned, empty)", bare(nil))
	proofs := 0
	for key := range b.h.Sign(whole).Header {
		if key == "Content-Type" || key == "Content-Length" {
			continue
		}
		proofs++
		r := b.h.Sign(whole)
		value := r.Header.Get(key)
		r.Header.Del(key)
		forged("Receive(without "+key+")", r)
		for _, alter := range []string{"", "x", value[:len(value)-1], value + "x", flipped(value, 0), flipped(value, len(value)/2)} {
			r := b.h.Sign(whole)
			r.Header.Set(key, alter)
			forged("Receive(altered "+key+")", r)
		}
	}
	if proofs == 0 {
		b.Fatal("Harness.Sign sets no header: nothing authenticates a call")
	}
	if !b.h.Signed {
		return
	}
	swap := func(body []byte) *http.Request {
		r := b.h.Sign(whole)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return r
	}
	forged("Receive(body altered)", swap(bytes.Replace(whole, []byte("parcel"), []byte("pARCEL"), 1)))
	forged("Receive(body longer)", swap(append(bytes.Clone(whole), '\n')))
	forged("Receive(body shorter)", swap(whole[:len(whole)-1]))
	forged("Receive(body empty)", swap(nil))
	forged("Receive(body no JSON)", swap([]byte("{")))
}

// flipped returns s with another character at i, one that is no hexadecimal digit: case does not count among those.
func flipped(s string, i int) string {
	c := byte('G')
	if s[i] == c {
		c = 'H'
	}
	return s[:i] + string(c) + s[i+1:]
}

// receiveConcurrent: calls at once do not mix.
func receiveConcurrent(b *bench) {
	r, list := b.receiver(), b.wrote()
	var calls sync.WaitGroup
	for i := range 16 {
		calls.Go(func() {
			w := list[i%len(list)]
			w.Message += 1000 + i
			u, err := r.Receive(b.h.Sign(b.h.Body(w)))
			if err != nil || len(u.Inbound) != 1 {
				b.Errorf("Receive(at once) = %d messages, %v, want 1", len(u.Inbound), err)
				return
			}
			b.same("Receive(at once)", u.Inbound[0], w)
		})
	}
	calls.Wait()
}
