package lanes_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"patchbay/handover"
)

// Ensure that a talk says how many lines came before it and are not in the thread, also once it was changed, and that a
// thread that is opened again counts only what it has not shown.
func TestTalkSaysWhatItLeavesOut(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		say := func(n int) (first string) {
			for i := range n {
				id := r.write("c1", fmt.Sprintf("line %d", i))
				if i == n-9 { // the talk has it first: each line is answered
					first = id
				}
				r.settle()
			}
			return first
		}
		hidden := func(thread string, post, want int) {
			t.Helper()
			if p := r.desk.thread(thread)[post]; p.hidden != want || len(p.lines) != 20 {
				t.Errorf("a talk of %d lines says that %d are hidden, want 20 and %d", len(p.lines), p.hidden, want)
			}
		}
		first := say(15)
		thread := r.person("c1")
		hidden(thread, 0, 2*15+1-20)
		edit(r, first, "changed")
		r.settle()
		has(t, "the talk", r.desk.read(thread), "changed")
		hidden(thread, 0, 2*15+1-20)

		r.act(handover.Action{Kind: handover.Resolved, Handover: r.desk.card(thread).Handover})
		r.settle()
		say(12)
		r.write("c1", "a person please")
		r.settle()
		posts := r.desk.thread(thread)
		at := slices.IndexFunc(posts[1:], func(p post) bool { return p.title != "" })
		if at < 0 {
			t.Fatal("the thread that was opened again has no talk")
		}
		hidden(thread, at+1, 2*12+1-20)

		r.desk.vanish(thread)
		r.write("c1", "hello?")
		r.pass(time.Second)
		threads := r.desk.threads()
		if p := r.desk.thread(threads[len(threads)-1])[0]; p.hidden < 30 {
			t.Errorf("the new thread says that %d lines are hidden, want all that it has not", p.hidden)
		}
	})
}

// Ensure that a change of a line in a talk leaves the agents' lines in it.
func TestTalkKeepsAgents(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		old := r.person("c1")
		r.reply(old, "Hi, Ana here.")
		first := r.write("c1", "order 17")
		r.settle()
		r.reply(old, "It comes tomorrow.")
		r.reply(old, "At nine.")
		second := r.write("c1", "thank you")
		r.settle()
		r.reply(old, "Bye.")
		r.act(handover.Action{Kind: handover.Resolved, Handover: r.desk.card(old).Handover})
		r.settle()
		r.skew.jump(25 * time.Hour)
		thread := r.person("c1")
		want := r.desk.read(thread)
		for _, text := range []string{"Hi, Ana here.", "It comes tomorrow.", "At nine.", "Bye."} {
			has(t, "the talk", want, text)
		}
		for id, texts := range map[string][2]string{first: {"order 17", "order 71"}, second: {"thank you", "thanks a lot"}} {
			edit(r, id, texts[1])
			r.settle()
			want[slices.Index(want, texts[0])] = texts[1]
			equal(t, "the thread reads", r.desk.read(thread), want)
		}
		if title := r.desk.thread(thread)[0].title; title != "The talk so far" {
			t.Errorf("the talk's title is %q", title)
		}
	})
}
