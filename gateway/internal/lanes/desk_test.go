package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"patchbay/gateway/internal/lanes"
	"patchbay/handover"
	"patchbay/models"
)

// down is how the desk fails while its platform is away.
func down(string, string) error {
	return &handover.DeskError{Kind: handover.DeskTemporary, Err: errors.New("slack answered 503")}
}

// Ensure that what customers write while the desk is away comes into the thread when it is back: all of it, in order, in
// fewer posts than lines. The operator is told once, and once when it is over.
func TestDeskOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.desk.on(down)
		var want []string
		for i := range 30 {
			text := fmt.Sprintf("line %d of the customer", i)
			want = append(want, text)
			r.write("c1", text)
			r.pass(5 * time.Second)
		}
		if told := r.operator.list(); len(told) != 1 || !strings.Contains(told[0], "cannot be reached") {
			t.Errorf("the operator reads %q, want one line", told)
		}
		posts := len(r.desk.thread(thread))
		r.desk.on(nil)
		r.pass(75 * time.Second)
		equal(t, "the thread reads", r.desk.read(thread)[posts:], want)
		if n := len(r.desk.thread(thread)) - posts; n > 10 {
			t.Errorf("%d posts for 30 lines, want them folded", n)
		}
		if told := r.operator.list(); len(told) != 2 || !strings.HasPrefix(told[1], "Over: ") {
			t.Errorf("the operator reads %q, want that it is over", told)
		}
	})
}

// Ensure that a thread that cannot be opened in time is given up: the customer is told, the bot has the chat, the
// operator knows; that nothing of it is posted later; and that each further time is told once the desk worked between.
func TestGiveUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.desk.on(down)
		r.write("c1", "a person please")
		r.pass(9 * time.Minute)
		r.write("c1", "are you there?")
		r.pass(70 * time.Second)
		seen := r.phone.read("c1")
		has(t, "the customer", seen[1:], "Sorry")
		if told := r.operator.with("could not be opened in time"); len(told) != 1 {
			t.Errorf("the operator reads %q", r.operator.list())
		}
		r.write("c1", "hello again")
		r.settle()
		has(t, "the customer", r.phone.read("c1"), "re: hello again")
		r.desk.on(nil)
		r.pass(75 * time.Second)
		if threads := r.desk.threads(); len(threads) != 0 {
			t.Errorf("threads %q are open, want none", threads)
		}
		thread := r.person("c1")
		has(t, "the talk so far", r.desk.read(thread), "are you there?")
		if told := r.operator.with("Over: "); len(told) != 2 {
			t.Errorf("the operator reads %q, want that both faults are over", r.operator.list())
		}
		r.desk.on(down)
		r.write("c2", "a person please")
		r.pass(11 * time.Minute)
		if told := r.operator.with("A thread could not be opened in time"); len(told) != 3 { // twice, and over
			t.Errorf("the operator reads %q, want the second time too", r.operator.list())
		}
	})
}

// Ensure that cards that cannot be shown keep no others from being shown, of the same desk or of another, and are shown
// in the end.
func TestCardTroubleIsItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		threads := []string{r.person("c1"), r.person("c2"), r.person("c3")}
		r.desk.on(func(verb, thread string) error {
			if verb == "card" && thread != threads[2] {
				return &handover.DeskError{Kind: handover.DeskForbidden, Err: errors.New("is_archived")}
			}
			return nil
		})
		for _, thread := range threads {
			r.act(handover.Action{Kind: handover.Claimed, Handover: r.desk.card(thread).Handover})
		}
		r.pass(10 * time.Second)
		for i, want := range []models.HandoverState{models.HandoverWaiting, models.HandoverWaiting, models.HandoverClaimed} {
			if card := r.desk.card(threads[i]); card.State != want {
				t.Errorf("the card of %s says %s, want %s", threads[i], card.State, want)
			}
		}
		r.desk.on(nil)
		r.pass(30 * time.Second)
		for _, thread := range threads {
			if card := r.desk.card(thread); card.State != models.HandoverClaimed {
				t.Errorf("the card of %s says %s, want claimed", thread, card.State)
			}
		}
	})
}

// Ensure that a desk that is away is not asked for each of its cards again and again, and that other desks do not wait.
func TestCardsOfADeskThatIsAway(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		other := emptyDesk()
		r.roster.Desks["other"] = &lanes.Desk{Name: "other", Desk: other, Place: "C2"}
		r.roster.Channels[second].Desk = "other"
		r.engine.Use(r.roster)
		for i := range 8 {
			r.person(fmt.Sprintf("c%d", i))
		}
		r.take(second, r.wrote("x1", "a person please"))
		r.settle()
		r.desk.on(down)
		for _, thread := range r.desk.threads() {
			r.act(handover.Action{Kind: handover.Claimed, Handover: r.desk.card(thread).Handover})
		}
		r.settle()
		if n := r.desk.made("card"); n > 6 {
			t.Errorf("%d calls for cards at a desk that is away", n)
		}
		card := other.card(other.threads()[0])
		if err := r.engine.AcceptDesk(t.Context(), "other", handover.Update{Actions: []handover.Action{
			{Key: "k1", Kind: handover.Claimed, Handover: card.Handover, Person: models.Person{ID: "U9", Name: "Ben"}},
		}}); err != nil {
			t.Fatal(err)
		}
		r.pass(3 * time.Second)
		if card := other.card(other.threads()[0]); card.State != models.HandoverClaimed {
			t.Errorf("the other desk's card says %s, want claimed", card.State)
		}
	})
}

// Ensure that the cards of a desk with many that changed at once come at its pace, and that another desk's does not wait for
// them, nor for a desk that has been away for long.
func TestCardsOfABusyDesk(t *testing.T) {
	for name, busy := range map[string]func(verb, thread string) error{"many": nil, "away": down} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				other := emptyDesk()
				r.roster.Desks["other"] = &lanes.Desk{Name: "other", Desk: other, Place: "C2"}
				r.roster.Channels[second].Desk = "other"
				r.engine.Use(r.roster)
				const many = 60
				for i := range many {
					r.write(fmt.Sprintf("c%d", i), "a person please")
				}
				r.take(second, r.wrote("x1", "a person please"))
				r.pass(2 * time.Minute)
				threads := r.desk.threads()
				if len(threads) != many || len(other.threads()) != 1 {
					t.Fatalf("%d and %d threads, want %d and one", len(threads), len(other.threads()), many)
				}
				r.desk.on(busy)
				for _, thread := range threads {
					r.act(handover.Action{Kind: handover.Claimed, Handover: r.desk.card(thread).Handover})
				}
				r.pass(20 * time.Second)
				card := other.card(other.threads()[0])
				if err := r.engine.AcceptDesk(t.Context(), "other", handover.Update{Actions: []handover.Action{
					{Key: "k1", Kind: handover.Claimed, Handover: card.Handover, Person: models.Person{ID: "U9", Name: "Ben"}},
				}}); err != nil {
					t.Fatal(err)
				}
				r.pass(2 * time.Second)
				if card := other.card(other.threads()[0]); card.State != models.HandoverClaimed {
					t.Errorf("the other desk's card says %s after two seconds, want claimed", card.State)
				}
				behind := func() (n int) {
					for _, thread := range threads {
						if r.desk.card(thread).State != models.HandoverClaimed {
							n++
						}
					}
					return n
				}
				if n := behind(); n == 0 {
					t.Error("all cards of the busy desk are shown already: this tests nothing")
				}
				r.desk.on(nil)
				r.pass(3 * time.Minute)
				if n := behind(); n > 0 {
					t.Errorf("%d cards of the busy desk are behind", n)
				}
			})
		})
	}
}

// Ensure that a refused desk keeps everything, is tried once a minute, and is told once.
func TestDeskForbidden(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		threads := []string{r.person("c1"), r.person("c2"), r.person("c3")}
		r.desk.on(func(verb, _ string) error {
			if verb == "card" {
				return nil
			}
			return &handover.DeskError{Kind: handover.DeskForbidden, Err: errors.New("not_in_channel")}
		})
		for i := range threads {
			r.write(fmt.Sprintf("c%d", i+1), "still here")
		}
		r.settle()
		before := r.desk.made("post")
		r.pass(5*time.Minute + 30*time.Second)
		if n := r.desk.made("post") - before; n != 5 {
			t.Errorf("%d calls in five minutes, want one a minute", n)
		}
		if told := r.operator.list(); len(told) != 1 || !strings.Contains(told[0], "not_in_channel") {
			t.Errorf("the operator reads %q", told)
		}
		r.desk.on(nil)
		r.pass(70 * time.Second)
		for _, thread := range threads {
			has(t, "the thread", r.desk.read(thread), "still here")
		}
		if told := r.operator.list(); len(told) != 2 {
			t.Errorf("the operator reads %q, want that it is over", told)
		}
	})
}

// Ensure that a post that the desk will never take leaves a line in its place, that what follows is posted, that the
// operator is told each time it begins anew, and that nothing vanishes even if the line is refused too.
func TestRejectedPost(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		reject := func(n int) func(verb, thread string) error {
			return func(verb, _ string) error {
				if verb == "post" && n > 0 {
					n--
					return &handover.DeskError{Kind: handover.DeskRejected, Err: errors.New("invalid_blocks")}
				}
				return nil
			}
		}
		r.desk.on(reject(1))
		r.write("c1", "bad")
		r.settle()
		r.write("c1", "good")
		r.settle()
		equal(t, "the thread reads", r.desk.read(thread)[1:], []string{"A message could not be shown here. Ask the customer to send it again in another form.", "good"})
		told := len(r.operator.with("Slack refused a post"))
		if told == 0 {
			t.Errorf("the operator reads %q", r.operator.list())
		}
		r.desk.on(reject(2))
		r.write("c1", "worse")
		r.settle()
		r.write("c1", "fine")
		r.settle()
		if got := r.desk.read(thread); got[len(got)-1] != "fine" || len(got) != 4 {
			t.Errorf("the thread reads %q", got)
		}
		if n := r.setAside(models.LaneDesk); n != 1 {
			t.Errorf("%d entries are set aside, want 1", n)
		}
		if again := len(r.operator.with("Slack refused a post")); again <= told {
			t.Errorf("the operator reads %q, want the second time too", r.operator.list())
		}
	})
}

// Ensure that a busy thread does not keep others of the same place waiting for ever: slots go round.
func TestThreadsTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const n = 6
		var threads []string
		for i := range n {
			threads = append(threads, r.person(fmt.Sprintf("c%d", i)))
		}
		r.roster.Desks[slack].PlaceRate = 1
		r.engine.Use(r.roster)
		for second := range 20 {
			for i := range n {
				r.write(fmt.Sprintf("c%d", i), fmt.Sprintf("line %d", second))
			}
			r.pass(time.Second)
		}
		for i, thread := range threads {
			if posts := len(r.desk.thread(thread)) - 1; posts < 2 {
				t.Errorf("thread %d got %d posts of 20, want its turn", i, posts)
			}
		}
	})
}

// Ensure that a desk whose section is gone keeps what waits for it, and that it goes on when it is there again.
func TestDeskSectionIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		gone := *r.roster
		gone.Desks = nil
		r.engine.Use(&gone)
		r.write("c1", "anybody?")
		r.pass(2 * time.Minute)
		if told := r.operator.with("is not in the config any more"); len(told) != 1 {
			t.Errorf("the operator reads %q", r.operator.list())
		}
		r.engine.Use(r.roster)
		r.pass(80 * time.Second)
		has(t, "the thread", r.desk.read(thread), "anybody?")
	})
}

// Ensure that guests, strangers and apps are told privately, each in his words, and that nothing of theirs is sent.
func TestNoAgents(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		for _, refusal := range []string{"guest", "stranger", "app"} {
			r.act(handover.Action{
				Kind: handover.Replied, Thread: thread, Own: true, Post: "P" + refusal, Text: "pssst", Refusal: refusal,
				Person: models.Person{ID: "U" + refusal},
			})
			r.act(handover.Action{Kind: handover.Resolved, Handover: r.desk.card(thread).Handover, Refusal: refusal, Person: models.Person{ID: "U" + refusal}})
		}
		r.settle()
		whispers := r.desk.whispered()
		if len(whispers) != 6 {
			t.Fatalf("%d whispers, want one for each try", len(whispers))
		}
		for i, key := range []handover.NoticeKey{handover.NoticeGuest, handover.NoticeGuest, handover.NoticeStranger, handover.NoticeStranger, handover.NoticeApp, handover.NoticeApp} {
			if whispers[i].notice.Text != handover.NoticeFor(key).Text {
				t.Errorf("whisper %d is %q, want that of %s", i, whispers[i].notice.Text, key)
			}
		}
		if card := r.desk.card(thread); card.State != models.HandoverWaiting {
			t.Errorf("the card says %s", card.State)
		}
		equal(t, "the customer reads", r.phone.read("c1")[1:], nil)
	})
}

// Ensure that the desk's own pace holds for the whole workspace, whatever the place.
func TestWorkspacePace(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Desks[slack].Rate = 2
		r.engine.Use(r.roster)
		for i := range 10 {
			r.write(fmt.Sprintf("c%d", i), "a person please")
		}
		r.pass(3 * time.Second)
		// Five at once, then two a second.
		if n := r.desk.made("open") + r.desk.made("post"); n < 10 || n > 12 {
			t.Errorf("%d posts in 3 s, want 11", n)
		}
		r.pass(10 * time.Second)
		if n := r.desk.made("open") + r.desk.made("post"); n != 20 {
			t.Errorf("%d posts, want 20", n)
		}
	})
}

// Ensure that a hanging desk is given up on after its timeout and tried again.
func TestDeskHangs(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		hangs := 1
		r.desk.hang = func(ctx context.Context, verb string) error {
			if verb == "open" && hangs > 0 {
				hangs--
				<-ctx.Done()
				return &handover.DeskError{Kind: handover.DeskTemporary, Err: ctx.Err()}
			}
			return nil
		}
		r.write("c1", "a person please")
		r.pass(29 * time.Second)
		if n := len(r.desk.threads()); n != 0 {
			t.Errorf("%d threads, want none yet", n)
		}
		r.pass(3 * time.Second)
		if n := len(r.desk.threads()); n != 1 {
			t.Errorf("%d threads, want one", n)
		}
	})
}
