package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

// shape is how big the load is. In each chat the customer writes to the bot, asks for a person, and writes on while an
// agent replies.
type shape struct {
	chats              int
	atOnce             int           // how many chats go on at the same time
	bot, held, replies int           // messages of a chat: to the bot, to the agent, of the agent
	window             int           // how many messages a customer writes ahead of what is across
	gap                time.Duration // between two messages of a customer
	swapped            bool          // customers at the webhook channel have each two messages to the bot come in the wrong order
	warm               int           // chats that are done before anything goes wrong
}

// each is how many messages a chat has; one of them asks for a person.
func (h shape) each() int { return h.bot + 1 + h.held + h.replies }

func (h shape) total() int { return h.chats * h.each() }

// theShape is 10,000 messages of 500 chats in the long form, 1,000 of 50 in CI, and 400 of 20 on somebody's machine.
func theShape() shape {
	h := shape{chats: 20, atOnce: 16, bot: 8, held: 6, replies: 5, window: 3, warm: 4}
	switch {
	case *long:
		h.chats, h.atOnce, h.warm = 500, 60, 10
	case os.Getenv(storetest.EnvRequire) != "":
		h.chats, h.atOnce, h.warm = 50, 30, 5
	}
	return h
}

// nameOf returns the name of a chat's customer, by which its thread is known.
func nameOf(chat int) string { return fmt.Sprintf("Kim k%dz", chat) }

// platform is where a chat's customer writes from: six of ten at the webhook channel, three on Telegram, one on
// WhatsApp.
type platform int

const (
	shopChat platform = iota
	telegramChat
	whatsappChat
)

func platformOf(chat int) platform {
	switch chat % 10 {
	case 1, 4, 7:
		return telegramChat
	case 2:
		return whatsappChat
	}
	return shopChat
}

// phoneOf returns the number of a WhatsApp chat's customer, shopID the id of a chat at the webhook channel.
func phoneOf(chat int) string { return strconv.Itoa(4_915_550_000_000 + chat) }

func shopID(chat int) string { return "c" + strconv.Itoa(chat) }

// load plays the chats from first up to last and returns when every message is across. When one is over the next begins,
// so that what goes wrong meets chats in all states.
func (s *scene) load(first, last int) error {
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	var next atomic.Int64
	next.Store(int64(first))
	var wg sync.WaitGroup
	for range min(s.shape.atOnce, last-first) {
		wg.Go(func() {
			for ctx.Err() == nil {
				chat := int(next.Add(1)) - 1
				if chat >= last {
					return
				}
				if err := s.play(ctx, chat); err != nil && ctx.Err() == nil {
					cancel(fmt.Errorf("chat %d: %w", chat, err))
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// play is one chat.
func (s *scene) play(ctx context.Context, chat int) error {
	page, write := s.book.pages[chat], s.writer(chat)
	say := func(n int, text string) error {
		m := mark{customer, chat, n}
		if err := page.wait(ctx, func() bool { return n-page.crossed(customer, 0) < s.shape.window }); err != nil {
			return err
		}
		if s.shape.gap > 0 {
			s.pause(s.shape.gap)
		}
		s.book.write(m)
		return write(ctx, fmt.Sprintf(text, m))
	}
	across := func(side side, n int) error {
		return page.wait(ctx, func() bool { return page.crossed(side, 0) >= n })
	}
	for n := range s.shape.bot {
		if s.shape.swapped && platformOf(chat) == shopChat {
			n ^= 1
		}
		if err := say(n, "Where is my parcel %s now?"); err != nil {
			return err
		}
	}
	if err := across(customer, s.shape.bot); err != nil {
		return err
	}
	asks := s.shape.bot
	if err := say(asks, "I want to talk to a person, it is about %s"); err != nil {
		return err
	}
	var agents sync.WaitGroup
	var failed error
	agents.Go(func() { failed = s.answer(ctx, chat) })
	for n := range s.shape.held {
		if err := say(asks+1+n, "One more thing: %s is broken."); err != nil {
			return err
		}
	}
	agents.Wait()
	if failed != nil {
		return failed
	}
	if err := across(customer, asks+1+s.shape.held); err != nil {
		return err
	}
	return across(agent, s.shape.replies)
}

// answer is the agent: he replies once the talk so far stands in the thread, and writes on when Slack has brought what
// he wrote.
func (s *scene) answer(ctx context.Context, chat int) error {
	page := s.book.pages[chat]
	ana := s.world.Slack.Agent(slacktest.Ana)
	for n := range s.shape.replies {
		m := mark{agent, chat, n}
		if err := page.wait(ctx, func() bool { return page.crossed(customer, 0) > s.shape.bot }); err != nil {
			return err
		}
		page.mu.Lock()
		thread, known := page.thread, page.lines[agent][n] != nil
		page.mu.Unlock()
		if known {
			continue // written already, by a case of its own
		}
		s.book.write(m)
		if _, err := ana.Reply(ctx, thread, fmt.Sprintf("I look into %s for you.", m)); err != nil {
			return err
		}
		if err := page.wait(ctx, func() bool { return !page.at(m).accepted.IsZero() }); err != nil {
			return err
		}
	}
	return nil
}

// writer returns what writes as the customer of a chat. The platforms bring a message until it is taken; so does the
// webhook channel's sender.
func (s *scene) writer(chat int) func(ctx context.Context, text string) error {
	switch platformOf(chat) {
	case telegramChat:
		u := s.telegramUser(chat)
		return func(ctx context.Context, text string) error {
			_, err := u.Write(ctx, text)
			return err
		}
	case whatsappChat:
		u := s.world.WhatsApp.User(phoneOf(chat), nameOf(chat))
		return func(_ context.Context, text string) error {
			u.Say(text)
			return nil
		}
	case shopChat:
	}
	return func(ctx context.Context, text string) error { return s.post(ctx, chat, text) }
}

// post writes at the webhook channel until the gateway takes it.
func (s *scene) post(ctx context.Context, chat int, text string) error {
	shop := s.world.Shop
	e := webhooktest.Event{
		Type: "message", ID: shop.NewID("m"), Timestamp: time.Now().UTC().Format(time.RFC3339Nano),
		Chat: webhooktest.Ref{ID: shopID(chat)}, Sender: &webhooktest.Person{ID: shopID(chat), Name: nameOf(chat), Locale: "en"}, Text: text,
	}
	id := shop.NewID("evt")
	var refused error
	err := poll(ctx, 50*time.Millisecond, func() bool {
		got, err := shop.PostAs(ctx, s.front.url+"/channels/"+sandbox.Shop, id, e)
		if err == nil && got.Status/100 == 4 && got.Status != http.StatusUnauthorized {
			refused = fmt.Errorf("the message was answered %d", got.Status)
		}
		return refused != nil || err == nil && got.Status/100 == 2
	})
	return errors.Join(err, refused)
}
