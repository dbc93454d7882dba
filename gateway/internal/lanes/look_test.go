package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// Ensure that what the desk took without its answer having arrived is found and recorded, and not made again: a card, the
// talk, lines that were folded; and that an edit rewrites the post that was found.
func TestLook(t *testing.T) {
	for _, tt := range []struct {
		verb string
		n    int // how many answers are lost
	}{{"open", 1}, {"post", 1}, {"open", 0}} {
		t.Run(fmt.Sprintf("%s %d", tt.verb, tt.n), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.desk.forget(tt.verb, tt.n)
				r.write("c1", "hello bot")
				r.settle()
				r.write("c1", "a person please")
				r.pass(5 * time.Second)
				threads := r.desk.threads()
				if len(threads) != 1 {
					t.Fatalf("threads = %q, want one", threads)
				}
				talk := []string{"hello bot", "re: hello bot", "a person please"}
				equal(t, "the thread reads", r.desk.read(threads[0]), talk)
				if r.desk.looked() != tt.n {
					t.Errorf("%d looks, want %d", r.desk.looked(), tt.n)
				}
				if found := r.metric("patchbay_posts_found_total", slack); int(found) != tt.n {
					t.Errorf("%v posts found, want %d", found, tt.n)
				}
				if again := r.metric("patchbay_posts_repeated_total", tt.verb, slack); again != 0 {
					t.Errorf("%v posts repeated, want none", again)
				}
				r.reply(threads[0], "Ana here.")
				r.settle()
				has(t, "the customer", r.phone.read("c1"), "Ana here.")
				if got := r.desk.card(threads[0]); got.Agent.Name != "Ana" {
					t.Errorf("the card says %q has it, want Ana", got.Agent.Name)
				}
			})
		})
	}
	t.Run("folded", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			before := len(r.desk.read(thread))
			r.desk.on(down)
			var ids []string
			for i := range 3 {
				ids = append(ids, r.write("c1", fmt.Sprintf("line %d", i)))
			}
			r.settle()
			r.desk.on(nil)
			r.desk.forget("post", 1)
			r.pass(1500 * time.Millisecond) // they are taken, and nobody knows
			r.write("c1", "line 3")
			edit(r, ids[1], "line one")
			r.pass(10 * time.Second)
			equal(t, "the thread reads", r.desk.read(thread)[before:], []string{"line 0", "line one", "line 2", "line 3"})
			if r.desk.looked() != 2 { // after the outage too, which may have taken them
				t.Errorf("%d looks, want 2", r.desk.looked())
			}
		})
	})
	t.Run("after a restart", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			thread := r.person("c1")
			before := len(r.desk.read(thread))
			r.desk.forget("post", 1)
			r.write("c1", "line 0")
			r.settle()
			r.restart()
			r.pass(10 * time.Second)
			equal(t, "the thread reads", r.desk.read(thread)[before:], []string{"line 0"})
		})
	})
}

// Ensure that what the desk surely refused is not looked for.
func TestLook_Refused(t *testing.T) {
	for name, refusal := range map[string]error{
		"too fast": &handover.DeskError{Kind: handover.DeskRateLimited, RetryAfter: 2 * time.Second},
		"no token": &handover.DeskError{Kind: handover.DeskForbidden},
		"no line":  &handover.DeskError{Kind: handover.DeskTemporary, Undone: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				thread := r.person("c1")
				r.desk.on(func(string, string) error { return refusal })
				r.write("c1", "line 0")
				r.settle()
				r.desk.on(nil)
				r.pass(2 * time.Minute)
				has(t, "the thread", r.desk.read(thread), "line 0")
				if r.desk.looked() != 0 {
					t.Errorf("%d looks, want none", r.desk.looked())
				}
				if again := r.metric("patchbay_posts_repeated_total", "post", slack); again != 0 {
					t.Errorf("%v posts repeated, want none", again)
				}
			})
		})
	}
}

// Ensure that a post is made again when it cannot be looked for, and that this is counted.
func TestLook_Blind(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.desk.blind = errors.New("missing_scope")
		r.desk.forget("post", 1)
		r.write("c1", "line 0")
		r.pass(10 * time.Second)
		equal(t, "the thread reads", r.desk.read(thread)[len(r.desk.read(thread))-2:], []string{"line 0", "line 0"})
		if again := r.metric("patchbay_posts_repeated_total", "post", slack); again != 1 {
			t.Errorf("%v posts repeated, want 1", again)
		}
	})
}

// Ensure that a post with the numbers of ours and with another message, as one from before a backup was restored has, is
// not taken for ours.
func TestLook_Restored(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.desk.mu.Lock()
		old := post{id: thread + "/old", entries: handover.Found{Post: thread + "/old", From: 3, To: 9, Last: "somebody else's"}}
		r.desk.posts[thread] = append(r.desk.posts[thread], old)
		r.desk.mu.Unlock()
		r.desk.on(down)
		r.write("c1", "line 0")
		r.settle()
		r.desk.on(nil)
		r.pass(10 * time.Second)
		has(t, "the thread", r.desk.read(thread), "line 0")
		if r.desk.looked() != 1 || r.metric("patchbay_posts_found_total", slack) != 0 {
			t.Errorf("%d looks, %v found; want 1, 0", r.desk.looked(), r.metric("patchbay_posts_found_total", slack))
		}
	})
}

// Ensure that a message to a customer that may have arrived is sent again, and counted; and that one that was refused is
// not.
func TestSendRepeated(t *testing.T) {
	refused := channels.Errorf(channels.RateLimited, "too fast")
	for name, tt := range map[string]struct {
		fails []error
		want  float64
	}{
		"taken":              {[]error{errTaken}, 1},
		"refused":            {[]error{refused}, 0},
		"taken, refused":     {[]error{errTaken, refused}, 1},
		"taken, taken again": {[]error{errTaken, errTaken}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				left := tt.fails
				var mu sync.Mutex
				r.phone.on(func(context.Context, channels.Outbound) error {
					mu.Lock()
					defer mu.Unlock()
					if len(left) == 0 {
						return nil
					}
					err := left[0]
					left = left[1:]
					return err
				})
				r.write("c1", "hello bot")
				r.pass(time.Second / 2)
				r.restart()
				r.pass(time.Minute)
				has(t, "the customer", r.phone.read("c1"), "re: hello bot")
				if got := r.metric("patchbay_sends_repeated_total", chats); got != tt.want {
					t.Errorf("%v messages repeated, want %v", got, tt.want)
				}
				if r.stateOf("re: hello bot") != models.Sent {
					t.Errorf("the answer is %s, want sent", r.stateOf("re: hello bot"))
				}
			})
		})
	}
}
