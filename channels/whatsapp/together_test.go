package whatsapp_test

import (
	"slices"
	"sync"
	"testing"

	"patchbay/channels"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

// inbox is what a gateway got.
type inbox struct {
	mu   sync.Mutex
	list []channels.Inbound
}

func (i *inbox) add(in channels.Inbound) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.list = append(i.list, in)
}

// last returns the newest Inbound.
func (i *inbox) last(t *testing.T) channels.Inbound {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.list) == 0 {
		t.Fatal("nothing was received")
	}
	return i.list[len(i.list)-1]
}

// receipts returns the receipts of a message of ours.
func (i *inbox) receipts(id string) []channels.Inbound {
	i.mu.Lock()
	defer i.mu.Unlock()
	var list []channels.Inbound
	for _, in := range i.list {
		if in.Kind == channels.Receipt && in.ID == id {
			list = append(list, in)
		}
	}
	return list
}

// TestAllThatAUserDoes lets a user of the fake do everything he can, over real HTTP in both directions.
func TestAllThatAUserDoes(t *testing.T) {
	ctx := soon(t)
	s := fake(t, whatsapptest.Options{})
	a := open(t, config(s.URL()), quiet())
	var got inbox
	if err := s.Subscribe(ctx, receiver(t, a, got.add)); err != nil {
		t.Fatalf("Subscribe() = %v", err)
	}
	luis := s.User("5215550001111", "Luis Pérez")
	home := []string{luisPhone, "user:" + luis.ID()}
	is := func(what string, err error, kind channels.Kind, id string, content models.Content) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s = %v", what, err)
		}
		in := got.last(t)
		same := in.Content.Text == content.Text && in.Content.Payload == content.Payload && in.Content.ReplyTo == content.ReplyTo &&
			slices.Equal(in.Content.Lines, content.Lines) && len(in.Content.Attachments) == len(content.Attachments)
		if in.Kind != kind || in.ID != id || !same || !slices.Equal(in.Addresses, home) || in.Account != number {
			t.Errorf("%s came as %+v, want %s of %s: %+v", what, in, kind, id, content)
		}
	}

	first, err := luis.Write(ctx, "Hola, ¿dónde está mi pedido? 👍")
	is("Write", err, channels.Message, first, models.Content{Text: "Hola, ¿dónde está mi pedido? 👍"})
	if at := got.last(t).At; at.IsZero() {
		t.Error("Write has no time")
	}
	sent, err := a.Send(ctx, channels.Outbound{ID: "m1", Address: got.last(t).Addresses[0], Text: "¿Cuál?", ReplyTo: first, Buttons: buttons("Uno", "Dos")})
	if err != nil {
		t.Fatalf("Send() = %v", err)
	}
	if _, err := luis.Wait(ctx, func(seen []whatsapptest.Message) bool { return len(seen) == 1 && seen[0].ReplyTo == first }); err != nil {
		t.Fatal(err)
	}
	if err := s.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	receipts := got.receipts(sent)
	for i, want := range []models.Delivery{models.Sent, models.Delivered, models.Read} {
		if len(receipts) != 3 || receipts[i].Delivery != want || receipts[i].Ours != "m1" || !slices.Equal(receipts[i].Addresses, home) {
			t.Fatalf("receipts = %+v, want sent, delivered, read", receipts)
		}
	}

	id, err := luis.Press(ctx, "Dos")
	is("Press", err, channels.Pressed, id, models.Content{Text: "Dos", Payload: "pay:Dos", ReplyTo: sent})
	id, err = luis.Reply(ctx, sent, "Este")
	is("Reply", err, channels.Message, id, models.Content{Text: "Este", ReplyTo: sent})
	is("Edit", luis.Edit(ctx, first, "Hola"), channels.Edited, first, models.Content{Text: "Hola"})
	is("React", luis.React(ctx, sent, "👍"), channels.Reacted, sent, models.Content{Text: "👍"})
	is("React with nothing", luis.React(ctx, sent, ""), channels.Reacted, sent, models.Content{})
	is("Revoke", luis.Revoke(ctx, first), channels.Deleted, first, models.Content{})
	id, err = luis.SendFile(ctx, "audio", "", whatsapptest.Media{MIME: "audio/ogg", Data: []byte("OggS")})
	is("SendFile", err, channels.Message, id, models.Content{Attachments: make([]models.Attachment, 1)})
	if file := got.last(t).Content.Attachments[0]; file.Kind != models.Voice || file.Ref == "" || file.URL != "" || file.MIME != "audio/ogg" {
		t.Errorf("SendFile came as %+v, want a voice message without a URL", file)
	}
	id, err = luis.Act(ctx, map[string]any{"type": "location", "location": map[string]any{"latitude": 1.5, "longitude": -2}})
	is("Act", err, channels.Message, id, models.Content{Location: &models.Location{Latitude: 1.5, Longitude: -2}})

	if _, err := luis.Press(ctx, "Tres"); err == nil {
		t.Error("Press() of a button that is not there = no error")
	}
	if err := s.Report(ctx, 130429); err != nil {
		t.Errorf("Report() = %v", err)
	}
	if err := s.Tell(ctx, "flows", map[string]any{"event": "x"}); err != nil {
		t.Errorf("Tell() = %v", err)
	}

	luis.TakeUsername("luis.p")
	home = home[1:]
	id, err = luis.Write(ctx, "sin número")
	is("Write under a username", err, channels.Message, id, models.Content{Text: "sin número"})
	if _, err := a.Send(ctx, channels.Outbound{ID: "m2", Address: home[0], Text: "Hola"}); err != nil {
		t.Errorf("Send() to a user id = %v", err)
	}

	before := luis.ID()
	if err := luis.ChangeNumber(ctx, "5215550009999"); err != nil {
		t.Fatal(err)
	}
	if in := got.last(t); in.Kind != channels.Moved ||
		!slices.Equal(in.Addresses, []string{"phone:5215550009999", "user:" + luis.ID(), "user:" + before}) {
		t.Errorf("ChangeNumber came as %+v, want the new addresses, then the old", in)
	}
	if seen := luis.Seen(); len(seen) != 2 {
		t.Errorf("Seen() = %+v, want two messages", seen)
	}
}
