package lanes_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/models"
	"patchbay/models/store"
)

// corrupt plants an event that cannot be read at the end of a chat's in lane.
func (r *rig) corrupt(chat string) {
	r.t.Helper()
	var id int64
	err := r.store.Write(r.t.Context(), func(tx *store.Tx) (err error) {
		if id, err = tx.Find(r.roster.Channels[chats].Account, []string{chat}); err != nil {
			return err
		}
		return tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: models.StampOf(r.skew.now())})
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.exec("UPDATE entries SET body = '{\"type\":' WHERE conversation = ? AND lane = 0 AND seq = (SELECT seq FROM lanes WHERE conversation = ? AND lane = 0)", id, id)
	// The clock moves by nothing, and the store reads anew what it remembers.
	err = r.store.Write(r.t.Context(), func(tx *store.Tx) error { return tx.Shift(models.StampOf(r.skew.now()), 0) })
	if err != nil {
		r.t.Fatal(err)
	}
}

// exec runs a statement beside the engine.
func (r *rig) exec(statement string, args ...any) {
	r.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(r.url, "sqlite://")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(r.t.Context(), statement, args...); err != nil {
		r.t.Fatal(err)
	}
}

// Ensure that an event whose decision fails is kept and tried five times, that what follows in its chat waits for it and
// other chats do not, and that it is set aside then: with a line for who reads the log, one for the operator, and its
// body kept. The chat goes on.
func TestDecisionThatFails(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "hello")
		r.settle()
		r.corrupt("c1")
		r.write("c1", "anybody there?")
		r.write("c2", "hello")
		r.settle()
		equal(t, "another chat reads", r.phone.read("c2"), []string{"re: hello"})
		r.pass(12 * time.Second)
		if r.setAside(models.LaneIn) != 0 {
			t.Error("set aside after twelve seconds")
		}
		equal(t, "the chat reads", r.phone.read("c1"), []string{"re: hello"})
		r.pass(30 * time.Second)
		if n := r.setAside(models.LaneIn); n != 1 {
			t.Errorf("%d events are set aside, want 1", n)
		}
		equal(t, "the chat reads", r.phone.read("c1"), []string{"re: hello", "re: anybody there?"})
		if told := r.operator.with("set aside"); len(told) != 1 {
			t.Errorf("the operator reads %q", r.operator.list())
		}
		if logged := r.logs.with("level=ERROR msg=\"event set aside"); len(logged) != 1 {
			t.Errorf("%d lines in the log, want one: %q", len(logged), logged)
		}
		if tried := len(r.logs.with("decision failed\" conversation")); tried != 5 {
			t.Errorf("tried %d times, want 5", tried)
		}
		r.write("c1", "and now?")
		r.settle()
		has(t, "the chat", r.phone.read("c1"), "re: and now?")
	})
}

// Ensure that a decision that panics is treated as one that fails: what arrived is stored and accepted all the same, and
// is decided when the fault is mended in time.
func TestDecisionThatPanics(t *testing.T) {
	for name, mended := range map[string]bool{"mended in time": true, "set aside": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				broken := *r.roster
				broken.Words = nil // our words to the customer cannot be said
				r.engine.Use(&broken)
				r.write("c1", "a person please")
				r.write("c1", "still here")
				r.write("c2", "hello")
				r.settle()
				equal(t, "another chat reads", r.phone.read("c2"), []string{"re: hello"})
				if n := len(r.logs.with("panic")); n == 0 {
					t.Errorf("the log does not speak of a panic: %q", r.logs.list())
				}
				if mended {
					r.engine.Use(r.roster)
				}
				r.pass(45 * time.Second)
				if mended {
					threads := r.desk.threads()
					if len(threads) != 1 {
						t.Fatalf("threads = %q, want one", threads)
					}
					equal(t, "the thread reads", r.desk.read(threads[0]), []string{"a person please", "still here"})
					return
				}
				if n := r.setAside(models.LaneIn); n != 1 {
					t.Errorf("%d events are set aside, want 1", n)
				}
				equal(t, "the chat reads", r.phone.read("c1"), []string{"re: still here"})
			})
		})
	}
}

// Ensure that an event that is put off is tried again after a restart, not lost.
func TestDecisionPutOffSurvivesRestart(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		broken := *r.roster
		broken.Words = nil
		r.engine.Use(&broken)
		r.write("c1", "a person please")
		r.settle()
		r.restart()
		r.pass(10 * time.Second)
		if n := len(r.desk.threads()); n != 1 {
			t.Errorf("%d threads after the restart, want 1", n)
		}
	})
}

// Ensure that one call that brings messages of several chats is stored whole, in order, and that what is repeated in it
// is stored once.
func TestBatch(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		var batch []channels.Inbound
		for i := range 6 {
			in := r.wrote(fmt.Sprintf("c%d", i%2+1), fmt.Sprint(i))
			in.Key = in.ID
			batch = append(batch, in, in)
		}
		r.take(chats, batch...)
		r.take(chats, batch...)
		r.settle()
		for chat, want := range map[string][]string{"c1": {"0", "2", "4"}, "c2": {"1", "3", "5"}} {
			var asked []string
			for _, q := range r.bot.questions() {
				if q.Conversation.Contact.ID == chat {
					asked = append(asked, strings.Split(q.Text, "\n")...)
				}
			}
			equal(t, chat+" asked", asked, want)
		}
		if n := r.metric("patchbay_inbound_total", chats, "repeated"); n != 18 {
			t.Errorf("patchbay_inbound_total repeated = %v, want 18", n)
		}
		if n := r.metric("patchbay_inbound_total", chats, "accepted"); n != 6 {
			t.Errorf("patchbay_inbound_total accepted = %v, want 6", n)
		}
	})
}

// Ensure that a chat with two names is one chat, by whichever name it comes, and that it follows its customer.
func TestAddresses(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		write := func(text string, addresses ...string) {
			in := r.wrote(addresses[0], text)
			in.Addresses, in.Contact.ID = addresses, "person"
			r.take(chats, in)
			r.settle()
		}
		write("one", "number")
		write("two", "id", "number")
		write("three", "id")
		r.take(chats, channels.Inbound{Kind: channels.Moved, Addresses: []string{"new", "number"}, Contact: models.Contact{ID: "person"}})
		r.settle()
		write("four", "new")
		if n := len(r.bot.questions()[3].History); n != 6 {
			t.Errorf("the bot was told of %d messages, want those of one chat", n)
		}
		equal(t, "the new address reads", r.phone.read("new"), []string{"re: four"})
	})
}

// Ensure that only testers are heard where the config names some, and that what comes for another account of the
// platform goes to the channel that has it, or nowhere.
func TestWhoIsHeard(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].OnlyFrom = map[string]bool{"c1": true}
		r.write("c1", "hello")
		r.write("c2", "hello")
		in := r.wrote("x1", "hello")
		in.Account = strings.TrimPrefix(r.roster.Channels[second].Account, "app/")
		r.take(chats, in)
		in = r.wrote("x2", "hello")
		in.Account = "nobody's"
		r.take(chats, in)
		r.settle()
		equal(t, "the tester reads", r.phone.read("c1"), []string{"re: hello"})
		equal(t, "somebody else reads", r.phone.read("c2"), nil)
		equal(t, "the other account's customer reads", r.other.read("x1"), []string{"re: hello"})
		for why, want := range map[string]float64{"only_from": 1, "no_channel": 1} {
			if n := r.metric("patchbay_inbound_total", chats, why); n != want {
				t.Errorf("patchbay_inbound_total %s = %v, want %v", why, n, want)
			}
		}
	})
}

// Ensure that a channel that is switched off is told to its open threads, once.
func TestSwitch(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.write("c2", "hello")
		for range 2 {
			if err := r.engine.Switch(t.Context(), chats, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.engine.Switch(t.Context(), chats, true); err != nil {
			t.Fatal(err)
		}
		r.settle()
		got := r.desk.read(thread)[1:]
		if len(got) != 2 || !strings.Contains(got[0], "switched off") || !strings.Contains(got[1], "on again") {
			t.Errorf("the thread reads %q", got)
		}
	})
}

// Ensure that deciding stands back while much is to be stored, keeps a share of the time, and goes on at once when little is:
// who waits for an answer writes nothing that would have to be stored.
func TestStandBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		start := time.Now()
		if !r.engine.StandBack(t.Context(), time.Second) || time.Since(start) != 0 {
			t.Errorf("with nothing to store, deciding stood back for %v", time.Since(start))
		}
		for range lanes.Calm + 1 {
			r.engine.Accepting()
		}
		if !r.engine.StandBack(t.Context(), time.Second) || time.Since(start) < 5*time.Second || time.Since(start) > time.Minute {
			t.Errorf("with much to store, deciding stood back for %v after a second's work", time.Since(start))
		}
		start = time.Now()
		time.AfterFunc(time.Second, r.engine.Accepted)
		if !r.engine.StandBack(t.Context(), time.Minute) || time.Since(start) != time.Second {
			t.Errorf("deciding stood back for %v, want no longer than there was much to store: 1s", time.Since(start))
		}
		for range lanes.Calm {
			r.engine.Accepted()
		}
	})
}
