package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/models"
	"patchbay/models/store"
)

// place asks for a place in the out lanes of the app's account.
func (r *rig) place() store.Place {
	h := store.Hint{Conversation: 7, Lane: models.LaneOut, Account: r.roster.Channels[chats].Account}
	return r.engine.Place(h, models.StampOf(r.skew.now()))
}

// places takes all places that there are.
func (r *rig) places() (all []store.Place) {
	for p := r.place(); p != nil; p = r.place() {
		all = append(all, p)
	}
	return all
}

func cancelAll(all []store.Place) {
	for _, p := range all {
		p.Cancel()
	}
}

// Ensure that there are as many places as workers, and that those that are given back can be had again.
func TestPlace_Slots(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "hello")
		r.settle()
		all := r.places()
		if len(all) != lanes64 {
			t.Errorf("%d places, want %d", len(all), lanes64)
		}
		r.write("c1", "again")
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1"), []string{"re: hello"})
		cancelAll(all)
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1"), []string{"re: hello", "re: again"})
		again := r.places()
		if len(again) != lanes64 {
			t.Errorf("%d places after all were given back, want %d", len(again), lanes64)
		}
		cancelAll(again)
	})
}

// lanes64 is how many lanes of an account are worked at once.
const lanes64 = 64

// Ensure that places keep to the account's pace, also when they are given back.
func TestPlace_Pace(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits.Rate = 10
		r.engine.Use(r.roster)
		r.write("c1", "hello")
		r.pass(time.Minute)
		const burst = 5
		for range 3 {
			all := r.places()
			if len(all) != burst {
				t.Errorf("%d places, want a burst of %d", len(all), burst)
			}
			if p := r.place(); p != nil {
				t.Error("a place while others wait for the pace")
				p.Cancel()
			}
			cancelAll(all)
			r.write("c1", "the dispatcher looks again, and nobody waits")
			r.pass(time.Minute)
		}
	})
}

// Ensure that there is no place for a lane that is due later, for an account that nobody has sent for, for one that is
// paused, and in an engine that has ended.
func TestPlace_None(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		if p := r.place(); p != nil {
			t.Error("a place before the first message")
			p.Cancel()
		}
		r.write("c1", "hello")
		r.settle()
		h := store.Hint{Conversation: 7, Lane: models.LaneOut, Account: r.roster.Channels[chats].Account}
		if p := r.engine.Place(h, models.StampOf(r.skew.now().Add(time.Millisecond))); p != nil {
			t.Error("a place for a lane that is due later")
			p.Cancel()
		}
		r.phone.on(always(channels.Forbidden, "revoked"))
		r.write("c1", "again")
		r.settle()
		if p := r.place(); p != nil {
			t.Error("a place while the account is paused")
			p.Cancel()
		}
		r.phone.on(nil)
		r.pass(2 * time.Minute)
		p := r.place()
		if p == nil {
			t.Fatal("no place after the pause")
		}
		// Run waits for the commit that has the place.
		r.stop()
		select {
		case <-r.ended:
			t.Error("Run ended before the place was given back")
		case <-time.After(time.Second):
		}
		p.Cancel()
		<-r.ended
		if p := r.place(); p != nil {
			t.Error("a place after the end")
			p.Cancel()
		}
	})
}

// Ensure that chats that wait for a bot get it in the order in which they began to wait, whoever comes meanwhile.
func TestPlace_Fair(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		g := make(gate)
		r.write("c0", "first") // from here on the bot's lanes are looked after
		r.settle()
		r.bot.on(g.answer)
		var want []string
		for i := range lanes64 + 10 {
			text := fmt.Sprintf("question %d", i)
			want = append(want, text)
			r.write(fmt.Sprint("c", i), text)
			r.settle()
		}
		for i := range want {
			g <- struct{}{}
			r.settle()
			if i < 5 {
				text := fmt.Sprintf("late %d", i)
				want = append(want, text)
				r.write(fmt.Sprint("late", i), text)
				r.settle()
			}
		}
		for range 5 {
			g <- struct{}{}
			r.settle()
		}
		equal(t, "the bot was asked", asked(r)[1:], want)
	})
}

// Ensure that an entry whose handling panics after its lane was claimed in passing is handled again, and that a place is
// free behind each.
func TestPlace_Panic(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "hello")
		r.settle()
		panics := 3
		r.phone.on(func(context.Context, channels.Outbound) error {
			if panics--; panics >= 0 {
				panic("ouch")
			}
			return nil
		})
		r.write("c1", "again")
		r.pass(time.Minute)
		equal(t, "the customer reads", r.phone.read("c1"), []string{"re: hello", "re: again"})
		all := r.places()
		if len(all) != lanes64 {
			t.Errorf("%d places, want %d", len(all), lanes64)
		}
		cancelAll(all)
	})
}

// Ensure that a lane that was claimed in passing as the engine ended is given up at once, and not in doubt.
func TestPlace_End(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "hello")
		r.settle()
		account := r.roster.Channels[chats].Account
		p := r.place()
		if p == nil {
			t.Fatal("no place")
		}
		later := models.StampOf(r.skew.now().Add(time.Hour)) // nobody else claims it before
		err := r.store.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Append(7, models.LaneOut, account, models.Entry{Verb: models.VerbSend, Message: "gone"}, later)
		})
		if err != nil {
			t.Fatal(err)
		}
		claims, err := r.store.Claim(t.Context(), models.LaneOut, account, 1, later)
		if err != nil || len(claims) != 1 {
			t.Fatalf("Claim = %v, %v; want the lane", claims, err)
		}
		r.stop()
		p.Start(r.store.Tenure(), claims[0], store.Work{}, false)
		<-r.ended
		again, err := r.store.Claim(t.Context(), models.LaneOut, account, 1, later)
		if err != nil || len(again) != 1 || again[0].Doubt || again[0].Head != 0 {
			t.Errorf("Claim = %+v, %v; want the lane, free and without doubt", again, err)
		}
	})
}

// Ensure that a lane that was claimed by a commit of which it is not known whether it was made is freed.
func TestPlace_Stray(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "hello")
		r.settle()
		account := r.roster.Channels[chats].Account
		p := r.place()
		later := models.StampOf(r.skew.now().Add(time.Hour))
		err := r.store.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Append(7, models.LaneOut, account, models.Entry{Verb: models.VerbSend, Message: "gone"}, later)
		})
		if err != nil {
			t.Fatal(err)
		}
		// The commit was made, and its answer lost.
		if claims, err := r.store.Claim(t.Context(), models.LaneOut, account, 1, later); err != nil || len(claims) != 1 {
			t.Fatalf("Claim = %v, %v; want the lane", claims, err)
		}
		p.Cancel()
		r.pass(30 * time.Second)
		if n := len(r.logs.with("lane freed")); n != 1 {
			t.Errorf("%d lanes were freed, want 1", n)
		}
	})
}

// Ensure that what a bot is told of a chat is the same whichever way its question came to it.
func TestPlace_History(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.bot.on(func(_ context.Context, q bots.Question) (bots.Answer, error) {
			var told []string
			for _, turn := range q.History {
				told = append(told, turn.Text)
			}
			return says(q.Text + " <" + strings.Join(told, ",") + ">"), nil
		})
		for i := range 4 {
			r.write("c1", fmt.Sprint(i))
			r.settle()
		}
		read := r.phone.read("c1")
		equal(t, "the last answer", read[3:], []string{"3 <0,0 <>,1," + read[1] + ",2," + read[2] + ">"})
		// Behind others, the question is claimed and loaded.
		all := r.places()
		r.write("c1", "4")
		r.settle()
		cancelAll(all)
		r.settle()
		read = r.phone.read("c1")
		if want := "4 <0,0 <>,1," + read[1] + ",2," + read[2] + ",3," + read[3] + ">"; !slices.Contains(read, want) {
			t.Errorf("the customer reads %q, want %q", read[4:], want)
		}
	})
}

// Ensure that a commit that fails leaves no worker busy.
func TestPlace_Failing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "hello")
		r.settle()
		account := r.roster.Channels[chats].Account
		known := r.transcript()[0].ID
		for range 2 * lanes64 {
			err := r.store.Write(t.Context(), func(tx *store.Tx) error {
				return errors.Join(
					tx.Append(7, models.LaneOut, account, models.Entry{Verb: models.VerbSend, Message: "gone"}, 1),
					tx.Record(&models.Message{ID: known, Conversation: 7, Num: 1}))
			})
			if err == nil {
				t.Fatal("Write of a message that is there already succeeded")
			}
		}
		all := r.places()
		if len(all) != lanes64 {
			t.Errorf("%d places, want %d", len(all), lanes64)
		}
		cancelAll(all)
	})
}
