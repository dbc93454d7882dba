package lanes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"patchbay/gateway/bots"
	"patchbay/handover"
	"patchbay/models"
)

// Ensure that the bot is told once what was said while people had the chat, and how it ended.
func TestReturned(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.reply(thread, "Hi, how can I help?")
		r.act(handover.Action{Kind: handover.Replied, Thread: thread, Own: true, Note: true, Text: "he is angry"})
		r.write("c1", "my order 17")
		r.settle()
		r.reply(thread, "It comes tomorrow.")
		r.act(handover.Action{Kind: handover.Resolved, Handover: r.desk.card(thread).Handover})
		r.settle()
		r.write("c1", "hours?")
		r.settle()
		r.write("c1", "more?")
		r.settle()
		questions := r.bot.questions()
		back := questions[0].Returned
		if back == nil || back.Ended != "resolved" || back.Agent != "Ana" {
			t.Fatalf("returned = %+v", back)
		}
		var said []string
		for _, turn := range back.Messages {
			said = append(said, string(turn.Author)+": "+turn.Text)
		}
		want := []string{"agent: Hi, how can I help?", "customer: my order 17", "agent: It comes tomorrow."}
		if !slices.Equal(said, want) {
			t.Errorf("the bot is told %q\nwant %q", said, want)
		}
		if again := questions[1].Returned; again != nil {
			t.Errorf("the bot is told twice: %+v", again)
		}
	})
}

// Ensure that the bot is told once also under a load in which answers are stored, and decided only later: the next question
// is asked in between.
func TestReturnedUnderLoad(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const chats = 64 // as many as are asked at once
		name := func(i int) string { return fmt.Sprintf("c%d", i) }
		for i := range chats {
			r.write(name(i), "a person please")
			r.write(name(i), "bot")
		}
		r.settle()
		release := make(chan struct{})
		r.bot.on(func(ctx context.Context, q bots.Question) (bots.Answer, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return says("ok: " + q.Text), nil
		})
		for i := range chats {
			r.write(name(i), "one")
		}
		for len(r.bot.questions()) < chats {
			time.Sleep(time.Millisecond)
		}
		for i := range chats {
			r.write(name(i), "two")
		}
		close(release)
		r.settle()
		told := map[string]int{}
		for _, q := range r.bot.questions() {
			if q.Returned != nil {
				told[q.Conversation.ID]++
			}
		}
		for chat, n := range told {
			if n != 1 {
				t.Errorf("the bot of chat %s is told %d times, want once", chat, n)
			}
		}
		if len(told) != chats {
			t.Errorf("the bots of %d chats are told, want %d", len(told), chats)
		}
	})
}

// Ensure that the bot is told of the end with the next question if it could not be asked the first one.
func TestReturnedWithTheNextQuestion(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.write("c1", "bot")
		r.settle()
		if card := r.desk.card(thread); card.State != models.HandoverBack {
			t.Errorf("the card says %s, want that the customer took it back", card.State)
		}
		r.bot.on(func(context.Context, bots.Question) (bots.Answer, error) { return bots.Answer{}, errors.New("broken") })
		r.write("c1", "hello")
		r.settle()
		r.write("c1", "bot")
		r.settle()
		r.bot.on(nil)
		r.write("c1", "hello again")
		r.settle()
		for i, q := range r.bot.questions() {
			if q.Returned == nil || q.Returned.Ended != string(models.HandoverBack) {
				t.Errorf("question %d: returned = %+v", i, q.Returned)
			}
		}
	})
}
