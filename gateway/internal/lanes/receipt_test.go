package lanes_test

import (
	"context"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/models"
)

// Ensure that reports of a message are applied in any order, only upwards, and that a late failure is told.
func TestReceipts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.reply(thread, "Hello.")
		r.settle()
		report := func(id string, state models.Delivery) {
			in := channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: state, Addresses: []string{"c1"}}
			if state == models.Failed {
				in.Error = channels.Errorf(channels.Unreachable, "the customer cannot be reached")
			}
			r.take(chats, in)
			r.settle()
		}
		state := func(want models.Delivery) {
			t.Helper()
			if got := r.stateOf("Hello."); got != want {
				t.Errorf("the message is %s, want %s", got, want)
			}
		}
		state(models.Sent)
		report("out-2", models.Delivered)
		state(models.Delivered)
		report("out-2", models.Sent)
		report("out-2", models.Failed) // what was delivered did not fail
		state(models.Delivered)
		report("out-2", models.Read)
		state(models.Read)
		report("out-2", models.Delivered)
		state(models.Read)
		if n := len(r.desk.read(thread)); n != 1 {
			t.Errorf("the thread reads %q", r.desk.read(thread))
		}
		r.reply(thread, "Second.")
		r.settle()
		report("out-3", models.Failed)
		has(t, "the thread", r.desk.read(thread), "Not delivered. the customer cannot be reached")
		report("out-99", models.Failed) // nobody's
	})
}

// Ensure that reports that overtake the record of the send are found by it.
func TestReceiptBeforeTheSendIsRecorded(t *testing.T) {
	for _, early := range []models.Delivery{models.Sent, models.Delivered, models.Read, models.Failed} {
		t.Run(string(early), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				thread := r.person("c1")
				r.phone.on(func(context.Context, channels.Outbound) error {
					in := channels.Inbound{Kind: channels.Receipt, ID: "out-2", Delivery: early, Addresses: []string{"c1"}}
					if early == models.Failed {
						in.Error = channels.Errorf(channels.Unreachable, "not on the app")
					}
					r.take(chats, in)
					return nil
				})
				r.reply(thread, "Hello.")
				r.settle()
				if got := r.stateOf("Hello."); got != early {
					t.Errorf("the message is %s, want %s", got, early)
				}
				if early == models.Failed {
					has(t, "the thread", r.desk.read(thread), "Not delivered. not on the app")
				}
			})
		})
	}
}

// Ensure that a message of several parts is as far as its slowest part, and that a part that fails later is told.
func TestReceiptsOfParts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits = channels.Limits{Text: 40}
		thread := r.person("c1")
		sent := len(r.phone.read("c1"))
		text := "The first part of the words. And the second part of the words."
		r.reply(thread, text)
		r.settle()
		if n := len(r.phone.read("c1")) - sent; n != 2 {
			t.Fatalf("%d parts, want 2", n)
		}
		ids := []string{r.phone.idOf(sent), r.phone.idOf(sent + 1)}
		report := func(id string, state models.Delivery) {
			r.take(chats, channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: state, Addresses: []string{"c1"}, Error: channels.Errorf(channels.Unreachable, "lost")})
			r.settle()
		}
		report(ids[0], models.Read)
		if got := r.stateOf(text); got != models.Sent {
			t.Errorf("with one part read the message is %s, want sent", got)
		}
		report(ids[1], models.Delivered)
		if got := r.stateOf(text); got != models.Delivered {
			t.Errorf("the message is %s, want delivered", got)
		}
		r.reply(thread, text)
		r.settle()
		report(r.phone.idOf(sent+3), models.Failed)
		if got := r.desk.read(thread); !strings.HasPrefix(got[len(got)-1], "Not delivered.") {
			t.Errorf("the thread reads %q", got)
		}
	})
}
