package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/models"
)

// gate is a bot that answers when it is let.
type gate chan struct{}

func (g gate) answer(ctx context.Context, q bots.Question) (bots.Answer, error) {
	select {
	case <-g:
		return says("re: " + q.Text), nil
	case <-ctx.Done():
		return bots.Answer{}, fmt.Errorf("ask: %w", ctx.Err())
	}
}

// texts returns what was asked.
func asked(r *rig) (texts []string) {
	for _, q := range r.bot.questions() {
		texts = append(texts, q.Text)
	}
	return texts
}

// Ensure that what a customer writes while the bot is busy is joined into one question, twenty at most, with what was
// said before as history.
func TestBurst(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		g := make(gate)
		r.bot.on(g.answer)
		r.write("c1", "first")
		r.settle()
		var rest []string
		for i := range 23 {
			rest = append(rest, fmt.Sprintf("part %d", i))
			r.write("c1", rest[i])
		}
		r.settle()
		for range 3 {
			g <- struct{}{}
			r.settle()
		}
		equal(t, "the bot was asked", asked(r), []string{"first", strings.Join(rest[:20], "\n"), strings.Join(rest[20:], "\n")})
		q := r.bot.questions()[1]
		var history []string
		for _, turn := range q.History {
			history = append(history, string(turn.Author)+": "+turn.Text)
		}
		equal(t, "the history", history, []string{"customer: first", "bot: re: first"})
		if ids := r.bot.questions(); ids[0].ID == ids[1].ID || ids[1].ID == ids[2].ID {
			t.Errorf("questions share an id: %q, %q, %q", ids[0].ID, ids[1].ID, ids[2].ID)
		}
		if n := len(r.phone.read("c1")); n != 3 {
			t.Errorf("the customer reads %d answers, want 3", n)
		}
	})
}

// Ensure that files, lines and a payload of joined messages are not lost.
func TestBurstWithFiles(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		g := make(gate)
		r.bot.on(g.answer)
		r.write("c1", "first")
		r.settle()
		photo := r.wrote("c1", "look")
		photo.Content.Attachments = []models.Attachment{{Kind: models.Image, Size: 82_000}}
		place := r.wrote("c1", "")
		place.Content.Lines = []string{"[place]"}
		press := r.wrote("c1", "Yes")
		press.Kind, press.Content.Payload = channels.Pressed, "yes"
		r.take(chats, photo, place, press)
		r.settle()
		g <- struct{}{}
		r.settle()
		q := r.bot.questions()[1]
		if q.Text != "look\nYes\n[photo, 82 kB]\n[place]" || q.Payload != "yes" || len(q.Attachments) != 1 {
			t.Errorf("the bot was asked %+v", q)
		}
	})
}

// Ensure that the history has the last twenty messages, without our own words and without what was taken back.
func TestHistory(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		var ids []string
		for i := range 14 {
			ids = append(ids, r.write("c1", fmt.Sprintf("q%d", i)))
			r.settle()
		}
		r.take(chats, channels.Inbound{Kind: channels.Deleted, ID: ids[13], Addresses: []string{"c1"}})
		r.write("c1", "last")
		r.settle()
		questions := r.bot.questions()
		q := questions[len(questions)-1]
		if first, last := q.History[0].Text, q.History[len(q.History)-1].Text; len(q.History) != 19 || first != "q4" || last != "re: q13" {
			t.Errorf("%d turns from %q to %q, want 19 from q4 to re: q13", len(q.History), first, last)
		}
	})
}

// Ensure that a bot that cannot be reached is asked once more, with the same id, and that the chat is handed over then.
func TestQuickRetry(t *testing.T) {
	for name, works := range map[string]bool{"works again": true, "stays away": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				var at []time.Time
				r.bot.on(func(_ context.Context, q bots.Question) (bots.Answer, error) {
					at = append(at, time.Now())
					if works && len(at) > 1 {
						return says("here I am"), nil
					}
					return bots.Answer{}, fmt.Errorf("%w: connection refused", bots.ErrUnavailable)
				})
				r.write("c1", "hello")
				r.pass(2 * time.Second)
				questions := r.bot.questions()
				if len(questions) != 2 || questions[0].ID != questions[1].ID {
					t.Fatalf("asked %d times, want twice with one id", len(questions))
				}
				if wait := at[1].Sub(at[0]); wait != 250*time.Millisecond {
					t.Errorf("asked again after %v", wait)
				}
				if works {
					equal(t, "the customer reads", r.phone.read("c1"), []string{"here I am"})
					return
				}
				card := r.desk.card(r.desk.threads()[0])
				if card.Reason.Cause != models.CauseError || !strings.Contains(card.Reason.Error, "connection refused") || card.Reason.Asked != "hello" {
					t.Errorf("the card's reason is %+v", card.Reason)
				}
				if n := r.metric("patchbay_bot_answers_total", "", string(models.CauseError)); n != 1 {
					t.Errorf("patchbay_bot_answers_total = %v, want 1", n)
				}
			})
		})
	}
}

// Ensure that other failures are not tried again.
func TestNoRetryOfAnswersThatAreNone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.bot.on(func(context.Context, bots.Question) (bots.Answer, error) {
			return bots.Answer{}, errors.New("bot answered 404")
		})
		r.write("c1", "hello")
		r.pass(2 * time.Second)
		if n := len(r.bot.questions()); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		if reason := r.desk.card(r.desk.threads()[0]).Reason; reason.Cause != models.CauseError {
			t.Errorf("the card's reason is %+v", reason)
		}
	})
}

// Ensure that the customer sees typing when he waits longer than the bot's patience, as long as he waits, and that a bot
// that hangs hands over at its timeout.
func TestSlowBot(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.bot.on(make(gate).answer)
		r.write("c1", "hello")
		r.pass(4900 * time.Millisecond)
		if n := r.phone.typed(); n != 0 {
			t.Errorf("typing was shown %d times before the patience was over", n)
		}
		r.pass(200 * time.Millisecond)
		if n := r.phone.typed(); n != 1 {
			t.Errorf("typing was shown %d times, want once", n)
		}
		r.pass(14 * time.Second)
		if n := r.phone.typed(); n != 4 { // it lasts five seconds and is shown again after four
			t.Errorf("typing was shown %d times in 19 s, want 4", n)
		}
		if n := len(r.desk.threads()); n != 0 {
			t.Errorf("handed over before the timeout")
		}
		r.pass(time.Second)
		reason := r.desk.card(r.desk.threads()[0]).Reason
		if reason.Cause != models.CauseTimeout || !strings.Contains(reason.Error, "20s") {
			t.Errorf("the card's reason is %+v", reason)
		}
		shown := r.phone.typed()
		r.pass(10 * time.Second)
		if n := r.phone.typed(); n != shown {
			t.Errorf("typing goes on after the end")
		}
		if n := r.metric("patchbay_bot_answers_total", "", string(models.CauseTimeout)); n != 1 {
			t.Errorf("patchbay_bot_answers_total = %v, want 1", n)
		}
	})
}

// Ensure that the wish for a person gets through at once while the bot hangs, and that its late answer is shown to the
// agents and not sent.
func TestPersonWhileTheBotHangs(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		g := make(gate)
		r.bot.on(g.answer)
		r.write("c1", "where is my order?")
		r.pass(3 * time.Second)
		begin := time.Now()
		thread := r.person("c1")
		if took := time.Since(begin); took > 10*time.Millisecond {
			t.Errorf("it took %v to get a person", took)
		}
		g <- struct{}{}
		r.settle()
		posts := r.desk.thread(thread)
		last := posts[len(posts)-1].lines[0]
		if last.Kind != models.Draft || last.Text != "re: where is my order?" {
			t.Errorf("the last line is %+v, want the late answer as a draft", last)
		}
		for _, text := range r.phone.read("c1") {
			if strings.HasPrefix(text, "re:") {
				t.Errorf("the customer reads %q", text)
			}
		}
		r.reply(thread, "Let me look.")
		r.settle()
		has(t, "the customer", r.phone.read("c1"), "Ana: Let me look.")
	})
}

// Ensure that what was queued for the bot is not asked once people have the chat, and that a late failure does nothing.
func TestQuestionsOfAnEarlierEpoch(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.bot.on(make(gate).answer)
		r.write("c1", "one")
		r.settle()
		r.write("c1", "two")
		thread := r.person("c1")
		r.pass(30 * time.Second) // the first question times out
		equal(t, "the bot was asked", asked(r), []string{"one"})
		if n := len(r.desk.threads()); n != 1 {
			t.Errorf("%d threads, want one", n)
		}
		equal(t, "the thread reads", r.desk.read(thread), []string{"one", "two", "a person please"})
	})
}

// Ensure that a message that is changed or taken back before the bot was asked is asked as it is then, or not at all.
func TestChangedBeforeItIsAsked(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		g := make(gate)
		r.bot.on(g.answer)
		r.write("c1", "first")
		r.settle()
		changed := r.write("c1", "wrong")
		gone := r.write("c1", "oops")
		r.take(chats,
			channels.Inbound{Kind: channels.Edited, ID: changed, Addresses: []string{"c1"}, Content: models.Content{Text: "right"}},
			channels.Inbound{Kind: channels.Deleted, ID: gone, Addresses: []string{"c1"}})
		g <- struct{}{}
		r.settle()
		g <- struct{}{}
		r.settle()
		alone := r.write("c2", "first")
		r.settle()
		gone = r.write("c2", "oops")
		r.take(chats, channels.Inbound{Kind: channels.Deleted, ID: gone, Addresses: []string{"c2"}})
		g <- struct{}{}
		r.settle()
		_ = alone
		equal(t, "the bot was asked", asked(r), []string{"first", "right", "first"})
	})
}

// Ensure that a question that is too old when its turn comes, as after an outage, is not answered out of the blue.
func TestStaleQuestion(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.end()
		r.start()
		r.stop() // what comes now is stored, and nobody works on it
		<-r.ended
		r.write("c1", "anybody?")
		r.write("c1", "thanks")
		if err := r.store.Close(); err != nil {
			t.Fatal(err)
		}
		r.skew.jump(11 * time.Minute)
		r.start()
		r.pass(time.Second)
		if n := len(r.bot.questions()); n != 0 {
			t.Errorf("the bot was asked %q", asked(r))
		}
		threads := r.desk.threads()
		if len(threads) != 1 {
			t.Fatalf("threads = %q, want one", threads)
		}
		if reason := r.desk.card(threads[0]).Reason; reason.Cause != models.CauseStale {
			t.Errorf("the card's reason is %+v", reason)
		}
	})
}

// Ensure that a bot that is not in the config any more hands over.
func TestBotIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		gone := *r.roster
		gone.Bots = nil
		r.engine.Use(&gone)
		r.write("c1", "hello")
		r.settle()
		if n := len(r.desk.threads()); n != 1 {
			t.Errorf("%d threads, want one", n)
		}
	})
}

// Ensure that where there is no bot every chat goes to people, with the first message.
func TestNoBot(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Policy.HasBot = false
		r.write("c1", "hello")
		r.settle()
		threads := r.desk.threads()
		if len(threads) != 1 || len(r.bot.questions()) != 0 {
			t.Fatalf("threads = %q, questions %q", threads, asked(r))
		}
		if reason := r.desk.card(threads[0]).Reason; reason.Cause != models.CauseNoBot {
			t.Errorf("the card's reason is %+v", reason)
		}
		equal(t, "the thread reads", r.desk.read(threads[0]), []string{"hello"})
	})
}

// Ensure that a slow bot of one chat keeps no other chat waiting.
func TestSlowBotDelaysNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		hang := make(gate)
		r.bot.on(func(ctx context.Context, q bots.Question) (bots.Answer, error) {
			if q.Text == "slow" {
				return hang.answer(ctx, q)
			}
			return says("re: " + q.Text), nil
		})
		for i := range 40 {
			r.write(fmt.Sprintf("slow%d", i), "slow")
		}
		r.settle()
		begin := time.Now()
		r.write("c1", "fast")
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1"), []string{"re: fast"})
		if took := time.Since(begin); took > 10*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}
