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
	"patchbay/handover"
	"patchbay/models"
)

// signs are the marks on the agents' posts of a desk.
type signs struct {
	now   map[string][]models.Mark // by post
	calls []string                 // "+sent", "-waiting", in order
}

func (d *desk) Mark(ctx context.Context, post string, mark models.Mark) error {
	return d.sign(ctx, "+", post, mark)
}

func (d *desk) Unmark(ctx context.Context, post string, mark models.Mark) error {
	return d.sign(ctx, "-", post, mark)
}

func (d *desk) sign(ctx context.Context, sign, post string, mark models.Mark) error {
	err := d.call(ctx, "mark", post)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.signs.calls = append(d.signs.calls, sign+string(mark))
	if err != nil {
		return err
	}
	if d.signs.now == nil {
		d.signs.now = map[string][]models.Mark{}
	}
	there := slices.DeleteFunc(d.signs.now[post], func(m models.Mark) bool { return m == mark })
	if sign == "+" {
		there = append(there, mark)
	}
	d.signs.now[post] = there
	return nil
}

// marks returns the marks on a post, in the order in which they came.
func (d *desk) marks(post string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(words(d.signs.now[post]), " ")
}

func words(marks []models.Mark) (all []string) {
	for _, m := range marks {
		all = append(all, string(m))
	}
	return all
}

// signed returns all changes of marks so far.
func (d *desk) signed() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.signs.calls, " ")
}

// Ensure that a reply that goes at once is marked as sent with one call, and read beside it when the app says so.
func TestMarksOfAReply(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		post := r.reply(thread, "hello")
		r.settle()
		if got := r.desk.marks(post); got != "sent" {
			t.Fatalf("the reply is marked %q, want sent", got)
		}
		id := r.phone.idOf(len(r.phone.read("c1")) - 1)
		r.take(chats, channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: models.Delivered})
		r.pass(time.Second)
		r.take(chats, channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: models.Read})
		r.pass(time.Second)
		if got := r.desk.marks(post); got != "sent read" {
			t.Errorf("the reply is marked %q, want sent and read", got)
		}
		if got := r.desk.signed(); got != "+sent +read" {
			t.Errorf("the marks changed as %q", got)
		}
		r.restart()
		r.pass(time.Minute)
		if got := r.desk.signed(); got != "+sent +read" {
			t.Errorf("after a restart the marks changed as %q", got)
		}
	})
}

// Ensure that what is slow is marked after two seconds, and no longer once it is sent; that what failed says so, and no more
// when the app has it after all.
func TestMarksOfASlowReply(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(func(context.Context, channels.Outbound) error {
			return channels.Errorf(channels.Temporary, "the app is away")
		})
		post := r.reply(thread, "hello")
		r.pass(1900 * time.Millisecond)
		if got := r.desk.signed(); got != "" {
			t.Fatalf("before two seconds the marks changed as %q", got)
		}
		r.pass(200 * time.Millisecond)
		if got := r.desk.marks(post); got != "waiting" {
			t.Fatalf("after two seconds the reply is marked %q", got)
		}
		r.restart()
		r.phone.on(nil)
		r.pass(2 * time.Minute)
		if got := r.desk.marks(post); got != "sent" {
			t.Errorf("once it is sent the reply is marked %q", got)
		}
		id := r.phone.idOf(len(r.phone.read("c1")) - 1)
		r.take(chats, channels.Inbound{
			Kind: channels.Receipt, ID: id, Delivery: models.Failed, Error: channels.Errorf(channels.Unreachable, "the customer is gone"),
		})
		r.pass(time.Second)
		if got := r.desk.marks(post); got != "failed" {
			t.Errorf("when it failed the reply is marked %q", got)
		}
		r.take(chats, channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: models.Delivered})
		r.pass(time.Minute)
		if got := r.desk.marks(post); got != "sent" {
			t.Errorf("when it came after all the reply is marked %q", got)
		}
	})
}

// Ensure that a mark which may be there, since putting it on broke off, is taken off also when what follows breaks off too.
func TestMarksInDoubt(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(func(context.Context, channels.Outbound) error {
			return channels.Errorf(channels.Temporary, "the app is away")
		})
		r.desk.on(func(verb, _ string) error {
			if verb == "mark" {
				return &handover.DeskError{Kind: handover.DeskTemporary, Err: errors.New("no answer")}
			}
			return nil
		})
		r.reply(thread, "hello")
		r.pass(10 * time.Second)
		r.phone.on(nil)
		r.pass(3 * time.Minute)
		if got := r.desk.signed(); !strings.HasPrefix(got, "+waiting") || !strings.HasSuffix(got, "+sent") {
			t.Fatalf("the marks were to change as %q", got)
		}
		r.restart()
		r.desk.on(nil)
		r.pass(10 * time.Minute)
		if got := r.desk.signed(); !strings.HasSuffix(got, "+sent -waiting") {
			t.Errorf("the marks changed as %q", got)
		}
	})
}

// Ensure that a note has no mark, and a reply that is taken back has none any more.
func TestMarksOfWhatIsNotSaid(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Post: thread + "/note", Text: "between us", Note: true})
		post := r.reply(thread, "hello")
		r.pass(5 * time.Second)
		if got := r.desk.signed(); got != "+sent" {
			t.Fatalf("the marks changed as %q", got)
		}
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "not for him", Note: true})
		r.pass(5 * time.Second)
		if got := r.desk.marks(post); got != "" {
			t.Errorf("what was taken back is marked %q", got)
		}
	})
}

// Ensure that a backlog keeps Slack's limits, shows the latest first, and never what is not true any more.
func TestMarksOfABacklog(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.desk.on(func(verb, _ string) error {
			if verb == "mark" {
				return &handover.DeskError{Kind: handover.DeskRateLimited, RetryAfter: time.Minute, Err: errors.New("ratelimited")}
			}
			return nil
		})
		var posts []string
		r.phone.on(func(context.Context, channels.Outbound) error {
			return channels.Errorf(channels.Temporary, "the app is away")
		})
		for n := range 100 {
			posts = append(posts, r.reply(thread, fmt.Sprintf("line %d", n)))
			r.pass(10 * time.Millisecond)
		}
		r.pass(10 * time.Second)
		r.phone.on(nil)
		r.pass(30 * time.Second) // all are sent by now, and no mark is
		r.desk.on(nil)
		calls := strings.Count(r.desk.signed(), "+")
		if calls > 3 {
			t.Errorf("a desk that asked for a minute was called %d times", calls)
		}
		r.pass(time.Minute)
		r.desk.mu.Lock()
		shown := len(r.desk.signs.now)
		r.desk.mu.Unlock()
		if shown == 0 || shown > 50 {
			t.Errorf("%d posts are marked after a minute, want some and at most 50", shown)
		}
		if got := r.desk.marks(posts[99]); got != "sent" {
			t.Errorf("the latest reply is marked %q", got)
		}
		r.pass(3 * time.Minute)
		for n, post := range posts {
			if got := r.desk.marks(post); got != "sent" {
				t.Errorf("reply %d is marked %q in the end", n, got)
			}
		}
		if n := strings.Count(r.desk.signed(), "+waiting"); n > 1 {
			t.Errorf("%d marks were put on that were not true any more: %q", n, r.desk.signed())
		}
	})
}

// Ensure that a desk that may not mark is left alone, and that nothing else suffers; that a post which is gone is let be,
// and a passing fault is not.
func TestMarksThatFail(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string // the marks in the end
		most int    // calls
	}{
		{"forbidden", &handover.DeskError{Kind: handover.DeskForbidden, Err: errors.New("missing_scope")}, "", 1},
		{"gone", &handover.DeskError{Kind: handover.DeskGone, Err: errors.New("message_not_found")}, "", 3},
		{"rejected", &handover.DeskError{Kind: handover.DeskRejected, Err: errors.New("thread_locked")}, "", 3},
		{"temporary", &handover.DeskError{Kind: handover.DeskTemporary, Err: errors.New("internal_error")}, "sent", 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				thread := r.person("c1")
				failing := true
				r.desk.on(func(verb, _ string) error {
					if verb == "mark" && failing {
						return tt.err
					}
					return nil
				})
				var posts []string
				for n := range 3 {
					posts = append(posts, r.reply(thread, fmt.Sprintf("line %d", n)))
					r.pass(time.Second)
				}
				r.desk.mu.Lock()
				failing = false
				r.desk.mu.Unlock()
				r.pass(2 * time.Minute)
				for _, post := range posts {
					if got := r.desk.marks(post); got != tt.want {
						t.Errorf("a reply is marked %q, want %q", got, tt.want)
					}
				}
				if n := r.desk.made("mark"); n > tt.most {
					t.Errorf("%d calls, want %d at most", n, tt.most)
				}
				if got := len(r.phone.read("c1")); got < 4 {
					t.Errorf("the customer reads %q", r.phone.read("c1"))
				}
				if tt.name == "forbidden" {
					r.pass(10 * time.Minute)
					post := r.reply(thread, "later")
					r.pass(time.Second)
					if got := r.desk.marks(post); got != "sent" {
						t.Errorf("once the desk lets us a reply is marked %q", got)
					}
				}
			})
		})
	}
}

var _ handover.Marker = (*desk)(nil)
