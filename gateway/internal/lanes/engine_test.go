package lanes_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models/store/storetest"
)

func TestMain(m *testing.M) {
	code := storetest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// ends stops the rig's engine and returns how long that took.
func (r *rig) ends() time.Duration {
	begin := time.Now()
	r.stop()
	<-r.ended
	return time.Since(begin)
}

// Ensure that calls under way get ten seconds at the end, whoever hangs, and that nothing of them is lost.
func TestEndWhileEverybodyHangs(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c3")
		r.bot.on(make(gate).answer)
		r.phone.on(func(ctx context.Context, _ channels.Outbound) error {
			<-ctx.Done()
			return channels.Errorf(channels.Temporary, "cut off")
		})
		r.desk.hang = func(ctx context.Context, verb string) error {
			if verb == "post" {
				<-ctx.Done()
				return &handover.DeskError{Kind: handover.DeskTemporary, Err: ctx.Err()}
			}
			return nil
		}
		r.write("c1", "hello")
		r.reply(thread, "Hi.")
		r.write("c3", "to the thread")
		r.settle()
		if took := r.ends(); took != 10*time.Second {
			t.Errorf("Run ended after %v, want 10s", took)
		}
		if err := r.store.Close(); err != nil {
			t.Fatal(err)
		}
		r.bot.on(nil)
		r.phone.on(nil)
		r.desk.hang = nil
		r.start()
		r.pass(time.Second)
		equal(t, "c1 reads", r.phone.read("c1"), []string{"re: hello"})
		equal(t, "c3 reads", r.phone.read("c3")[1:], []string{"Ana: Hi."})
		has(t, "the thread", r.desk.read(thread), "to the thread")
		questions := r.bot.questions()
		if questions[0].ID != questions[len(questions)-1].ID {
			t.Errorf("the question has the id %q after the restart, want %q", questions[len(questions)-1].ID, questions[0].ID)
		}
	})
}

// Ensure that a call that ends within the ten seconds is recorded, and that nothing more of its lane is begun.
func TestEndLetsCallsFinish(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		g := make(gate)
		r.bot.on(g.answer)
		r.write("c1", "one")
		r.settle()
		r.write("c1", "two")
		r.settle()
		go func() {
			time.Sleep(4 * time.Second)
			g <- struct{}{}
		}()
		if took := r.ends(); took != 4*time.Second {
			t.Errorf("Run ended after %v, want 4s", took)
		}
		equal(t, "the bot was asked", asked(r), []string{"one"})
		if err := r.store.Close(); err != nil {
			t.Fatal(err)
		}
		r.bot.on(nil)
		r.start()
		r.pass(time.Second)
		equal(t, "the customer reads", r.phone.read("c1"), []string{"re: one", "re: two"})
	})
}

// Ensure that nobody waits for pacing, backoff, or a timer at the end.
func TestEndWaitsForNoPause(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits.ChatRate = 0.01
		r.roster.Channels[second].Limits.Rate = 0.01
		r.roster.Desks[slack].PlaceRate = 0.01
		r.engine.Use(r.roster)
		for _, chat := range []string{"c1", "c2"} {
			r.write(chat, "hello")
			r.write(chat, "hello")
			r.write(chat, "a person please")
		}
		r.take(second, r.wrote("x1", "hello"), r.wrote("x2", "hello"), r.wrote("x3", "hello"))
		r.phone.on(always(channels.Temporary, "down"))
		r.desk.on(func(string, string) error {
			return &handover.DeskError{Kind: handover.DeskRateLimited, RetryAfter: time.Hour, Err: errors.New("ratelimited")}
		})
		r.pass(3 * time.Second)
		if took := r.ends(); took > time.Millisecond {
			t.Errorf("Run ended after %v, want at once", took)
		}
	})
}

// Ensure that what is accepted while nothing runs is handled by the next start.
func TestStoredBeforeTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.ends()
		r.write("c1", "hello")
		r.write("c1", "again")
		if err := r.store.Close(); err != nil {
			t.Fatal(err)
		}
		r.start()
		r.pass(time.Second)
		equal(t, "the bot was asked", asked(r), []string{"hello\nagain"})
	})
}

// Ensure that repeats are known after a restart.
func TestRepeatedAfterRestart(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		in := r.wrote("c1", "hello")
		in.Key = "the same"
		r.take(chats, in)
		r.restart()
		r.take(chats, in)
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1"), []string{"re: hello"})
	})
}

// Ensure that an agent who takes a chat is announced to the customer unless he writes at once, also through a restart.
func TestJoined(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.act(handover.Action{Kind: handover.Claimed, Handover: r.desk.card(thread).Handover})
		r.pass(2 * time.Second)
		r.restart()
		r.pass(4 * time.Second)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana is here."})
		thread = r.person("c2")
		r.act(handover.Action{Kind: handover.Claimed, Handover: r.desk.card(thread).Handover})
		r.pass(2 * time.Second)
		r.reply(thread, "Hi.")
		r.pass(10 * time.Second)
		equal(t, "the customer reads", r.phone.read("c2")[1:], []string{"Ana: Hi."})
	})
}
