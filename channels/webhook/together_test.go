package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"patchbay/channels"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/models"
)

// TestTogether: a customer's system and the adapter talk to each other, both ways, over HTTP.
func TestTogether(t *testing.T) {
	s, a := system(t, webhooktest.Config{})
	var (
		mu  sync.Mutex
		got []channels.Inbound
	)
	patchbay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := a.(channels.Receiver).Receive(r)
		if err != nil {
			t.Errorf("Receive error = %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, u.Inbound...)
		w.WriteHeader(u.Response.Status)
	}))
	defer patchbay.Close()

	ann := s.Customer(patchbay.URL, "c9", webhooktest.Person{ID: "u1", Name: "Ann", Fields: map[string]string{"plan": "gold"}})
	first, err := ann.Write(t.Context(), "Where is my parcel?")
	if err != nil {
		t.Fatal(err)
	}
	m := out("On its way.")
	m.Address, m.ReplyTo = got[0].Addresses[0], got[0].ID
	m.Buttons = []models.Button{{Title: "Thanks"}}
	id, err := a.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("Send error = %v", err)
	}
	seen := s.Chat("c9")
	if len(seen) != 1 || seen[0].Text != "On its way." || seen[0].ReplyTo != first || seen[0].Author.Name != "Ben" {
		t.Fatalf("the customer sees %+v", seen)
	}
	for _, err := range []error{
		ann.Report(t.Context(), id, "read"),
		ann.Press(t.Context(), id, seen[0].Buttons[0]),
		ann.React(t.Context(), id, "👍"),
		ann.Edit(t.Context(), first, "Where is it?"),
		ann.Delete(t.Context(), first),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []struct {
		kind channels.Kind
		id   string
		text string
	}{
		{channels.Message, first, "Where is my parcel?"},
		{channels.Receipt, id, ""},
		{channels.Pressed, "", "Thanks"},
		{channels.Reacted, id, "👍"},
		{channels.Edited, first, "Where is it?"},
		{channels.Deleted, first, ""},
	}
	if len(got) != len(want) {
		t.Fatalf("Receive gave %d things, want %d", len(got), len(want))
	}
	for i, w := range want {
		in := got[i]
		if in.Kind != w.kind || w.id != "" && in.ID != w.id || in.Content.Text != w.text || in.Addresses[0] != "c9" || in.Contact.Fields["plan"] != "gold" {
			t.Errorf("Receive[%d] = %+v, want %+v", i, in, w)
		}
	}
	if got[2].Content.Payload != "Thanks" || got[2].Content.ReplyTo != id || got[1].Delivery != models.Read {
		t.Errorf("press %+v, receipt %+v", got[2], got[1])
	}

	before := len(got)
	if _, err := s.PostTwice(t.Context(), patchbay.URL, webhooktest.Event{
		Type: "message", ID: "m9", Chat: webhooktest.Ref{ID: "c9"}, Text: "twice",
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != before+2 || got[before].Key != got[before+1].Key {
		t.Errorf("a message twice gives %+v, want one Key", got[before:])
	}
}
