package lanes_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// desked is a rig whose desk is Slack, with a thread open and an agent in it.
func desked(t *testing.T, test func(t *testing.T, r *rig, w *slackWorld, thread string)) {
	t.Helper()
	bubble(t, func(t *testing.T, r *rig) {
		w := withSlack(t, r)
		defer w.end(t)
		defer r.end()
		r.write("c1", "a person please")
		r.pass(10 * time.Second)
		threads := w.Threads(slacktest.Support)
		if len(threads) != 1 {
			t.Fatalf("%d threads, want one", len(threads))
		}
		w.live(t, r, threads[0].ID, "Hi, Ana here.")
		r.pass(5 * time.Minute)
		test(t, r, w, threads[0].ID)
	})
}

// live has Ana reply, and Slack tell of it.
func (w *slackWorld) live(t *testing.T, r *rig, thread, text string) {
	t.Helper()
	w.reply(t, r, thread, text, map[string]time.Time{})
}

// unheard has Ana reply, and nobody told.
func (w *slackWorld) unheard(t *testing.T, thread, text string) (post string) {
	t.Helper()
	post, err := w.Agent(slacktest.Ana).Reply(t.Context(), thread, text)
	if err != nil {
		t.Fatal(err)
	}
	return post
}

// replies returns what the customer reads of agents.
func replies(r *rig) (all []string) {
	for _, text := range r.phone.read("c1") {
		if _, said, _ := strings.Cut(text, "reply"); said != "" {
			all = append(all, "reply"+said)
		}
	}
	return all
}

// Ensure that replies from the time in which nothing ran reach the customer at the start, in order and once: as they read
// now, notes and those of guests not, and not again when Slack tells of them after all.
func TestCatchUp(t *testing.T) {
	desked(t, func(t *testing.T, r *rig, w *slackWorld, thread string) {
		w.AddMember(slacktest.Member{ID: "U0GUEST0001", Name: "gus", RealName: "Gus", Guest: true})
		r.end()
		r.pass(time.Hour)
		first := w.unheard(t, thread, "reply one")
		w.unheard(t, thread, "// reply among us")
		second := w.unheard(t, thread, "reply tow")
		if err := w.Agent(slacktest.Ana).Edit(t.Context(), second, "reply two"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Agent("U0GUEST0001").Reply(t.Context(), thread, "reply of a guest"); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Hour)
		r.start()
		r.pass(time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply one", "reply two"})
		if whispers := w.Agent("U0GUEST0001").Whispers(); len(whispers) != 1 {
			t.Errorf("%d whispers to the guest, want one", len(whispers))
		}
		if whispers := w.Agent(slacktest.Ana).Whispers(); len(whispers) != 0 {
			t.Errorf("%d whispers to the agent, want none", len(whispers))
		}
		// Slack tells of it late.
		channel, ts, _ := strings.Cut(first, "/")
		r.act(handover.Action{Key: slacktest.Team + "/" + channel + ":" + ts, Kind: handover.Replied, Thread: thread, Own: true, Post: first, Text: "reply one"})
		r.restart()
		r.pass(time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply one", "reply two"})
		if told := r.operator.list(); len(told) != 0 {
			t.Errorf("the operator reads %q, want nothing", told)
		}
	})
}

// Ensure that an edit from the time in which nothing ran changes what the customer has.
func TestCatchUp_Edit(t *testing.T) {
	desked(t, func(t *testing.T, r *rig, w *slackWorld, thread string) {
		post, err := w.Agent(slacktest.Ana).Reply(t.Context(), thread, "reply tow")
		if err != nil {
			t.Fatal(err)
		}
		channel, ts, _ := strings.Cut(post, "/")
		r.act(handover.Action{Key: slacktest.Team + "/" + channel + ":" + ts, Kind: handover.Replied, Thread: thread, Own: true, Post: post, Text: "reply tow"})
		r.pass(time.Second)
		r.end()
		if err := w.Agent(slacktest.Ana).Edit(t.Context(), post, "reply two"); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Minute)
		r.start()
		r.pass(time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply two"})
	})
}

// Ensure that what was missed while the line to Slack was cut is read when the desk says so, and while the process slept.
func TestCatchUp_Gap(t *testing.T) {
	desked(t, func(t *testing.T, r *rig, w *slackWorld, thread string) {
		cut := time.Now()
		w.unheard(t, thread, "reply one")
		r.pass(5 * time.Minute)
		equal(t, "the customer reads", replies(r), nil)
		if err := r.engine.AcceptDesk(t.Context(), slack, handover.Update{Missed: cut}); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply one"})
		w.unheard(t, thread, "reply two")
		r.skew.jump(10 * time.Minute)
		r.pass(2 * time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply one", "reply two"})
	})
}

// Ensure that no reply is sent twice after a backup was restored: those that a later line of the customer proves to be
// heard are recorded, of the others the agent is asked, and what was written since is sent.
func TestCatchUp_Restored(t *testing.T) {
	desked(t, func(t *testing.T, r *rig, w *slackWorld, thread string) {
		file := strings.TrimPrefix(r.url, "sqlite://")
		r.end()
		backup, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r.start()
		r.pass(10 * time.Minute)
		w.live(t, r, thread, "reply one")
		r.pass(time.Minute)
		r.write("c1", "thank you")
		r.pass(time.Minute)
		w.live(t, r, thread, "reply two")
		r.pass(10 * time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply one", "reply two"})
		r.end()
		for _, end := range []string{"-wal", "-shm"} {
			_ = os.Remove(file + end)
		}
		if err := os.WriteFile(file, backup, 0o600); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Hour)
		w.unheard(t, thread, "reply three")
		r.start()
		r.pass(time.Minute)
		equal(t, "the customer reads", replies(r), []string{"reply one", "reply two", "reply three"})
		has(t, "the operator", r.operator.list(), "a backup was restored")
		whispers := w.Agent(slacktest.Ana).Whispers()
		if len(whispers) != 1 || !strings.Contains(whispers[0].Text, "may have been sent already") {
			t.Fatalf("the agent was whispered %+v, want to be asked of one reply", whispers)
		}
		var kinds []models.MessageKind
		for _, m := range r.transcript() {
			if strings.HasPrefix(m.Content.Text, "reply") {
				kinds = append(kinds, m.Kind)
			}
		}
		if !slices.Equal(kinds, []models.MessageKind{models.Said, models.Held, models.Said}) {
			t.Errorf("the replies are recorded as %q, want said, held, said", kinds)
		}
		// A restart in between changes nothing, and the agent can send it.
		r.restart()
		r.pass(time.Minute)
		post := strings.Split(whispers[0].Buttons[0].Value, ":")
		r.act(handover.Action{Kind: handover.TookOver, Handover: post[1], Post: post[2]})
		r.pass(time.Second)
		equal(t, "the customer reads", replies(r), []string{"reply one", "reply two", "reply three", "reply two"})
	})
}

// Ensure that an app that Slack lets read one page a minute catches up all the same, and that the operator is told.
func TestCatchUp_Outsider(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		network := newPipes()
		w := &slackWorld{Transport: &http.Transport{DialContext: network.dial}, came: map[string]time.Time{}}
		var err error
		if w.Server, err = slacktest.New(slacktest.Options{Listener: network, Outsider: true}); err != nil {
			t.Fatal(err)
		}
		w.use(t, r, slackdesk.Config{})
		defer w.end(t)
		defer r.end()
		r.write("c1", "a person please")
		r.pass(10 * time.Second)
		thread := w.Threads(slacktest.Support)[0].ID
		r.pass(5 * time.Minute)
		r.end()
		r.pass(time.Minute)
		for range 40 {
			w.unheard(t, thread, "reply")
		}
		r.start()
		r.pass(15 * time.Minute)
		if got := len(r.phone.read("c1")) - 1; got != 40 {
			t.Errorf("the customer reads %d replies, want 40", got)
		}
		if told := r.operator.list(); len(told) != 2 || !strings.Contains(told[0], "one page a minute") || !strings.HasPrefix(told[1], "Over: ") {
			t.Errorf("the operator reads %q, want that it is slow, and over", told)
		}
	})
}
