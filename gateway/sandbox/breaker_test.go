package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/app"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

// sorry is what customers are told of an outage.
const sorry = "Sorry, we're having technical trouble."

// down is a bot that fails.
var down = botstest.Rule{Status: http.StatusBadGateway}

// crowd has n customers write on Telegram.
func (r *rig) crowd(from, n int) (all []*telegramtest.User) {
	r.t.Helper()
	for i := from; i < from+n; i++ {
		u := r.Telegram.User(int64(7000000+i), fmt.Sprintf("Customer %d", i), "en")
		r.write(u, fmt.Sprintf("Where is parcel %d?", i))
		all = append(all, u)
	}
	return all
}

// counts waits until as many customers as want read a text, and returns the others.
func (r *rig) counts(all []*telegramtest.User, text string, want int) (others []*telegramtest.User) {
	r.t.Helper()
	err := r.Telegram.Wait(r.ctx, func() bool {
		others = nil
		for _, u := range all {
			if !slices.ContainsFunc(u.Read(), func(s string) bool { return strings.HasPrefix(s, text) }) {
				others = append(others, u)
			}
		}
		return len(all)-len(others) == want
	})
	if err != nil {
		r.t.Fatalf("%d customers read %q, want %d: %v; %d do not", len(all)-len(others), text, want, err, len(others))
	}
	return others
}

// outagePost waits until the one post of an outage in a channel has the words, and returns it.
func (r *rig) outagePost(channel, words string) (post slacktest.Post) {
	r.t.Helper()
	n := 0
	r.until("the post of the outage has "+words, func() bool {
		n, post = 0, slacktest.Post{}
		for _, p := range r.Slack.Top(channel) {
			if text := p.Plain(); strings.HasPrefix(text, "The bot ") {
				if n++; strings.Contains(text, words) {
					post = p
				}
			}
		}
		return post.ID != ""
	})
	if n != 1 {
		r.t.Errorf("%d posts of outages, want one", n)
	}
	return post
}

// threads returns how many threads of customers are open.
func (r *rig) threads() int {
	return len(slices.DeleteFunc(r.Slack.Threads(slacktest.Support), func(t slacktest.Thread) bool {
		return strings.HasPrefix(t.Root.Plain(), "The bot ")
	}))
}

// Ensure that an outage of the bot for 500 customers is one post, and not 500 threads; that each of them is told once; that
// one who asks for a person gets one; and that all others are answered when the bot is back. The operator is told once, and
// once when it is over.
func TestOutageOfTheBot(t *testing.T) {
	for name, socket := range map[string]bool{"socket": true, "webhooks": false} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, url string) {
				n := 50
				if socket == strings.HasPrefix(url, "postgres") {
					n = 500 // once on each database and once on each way to Slack
				}
				c, o, place := &clock{}, newOperator(t), slacktest.Support
				sections := o.sections()
				if socket {
					delete(sections, "slack")
				} else {
					place = opsChannel
				}
				r := runAlone(t, sandbox.Options{Store: url, Webhooks: !socket, Unpaced: true, Bot: []botstest.Rule{down}, Sections: sections}, app.WithClock(c.now))
				ctx, cancel := context.WithTimeout(t.Context(), 4*limit)
				defer cancel()
				r.ctx = ctx
				r.Slack.AddChannel(slacktest.Channel{ID: opsChannel, Name: "ops"})
				all := r.crowd(0, n)
				before := r.counts(all, sorry, n-4)
				r.outagePost(place, fmt.Sprintf("%d chats waiting", n-4))
				if got := r.threads(); got != 4 {
					t.Errorf("%d threads, want 4", got)
				}
				if asked := len(r.Bot.Asked()); asked > 2*(5+64)+20 {
					t.Errorf("the bot was asked %d times", asked)
				}
				waiting := slices.DeleteFunc(slices.Clone(all), func(u *telegramtest.User) bool { return slices.Contains(before, u) })
				anna := waiting[0]
				r.write(anna, "I want to talk to a person")
				r.until("there is a thread", func() bool { return r.threads() == 5 })
				r.reads(anna, "I'm getting a colleague")
				for _, u := range waiting[1:20] {
					r.write(u, "hello?")
				}
				r.outagePost(place, fmt.Sprintf("%d chats waiting", n-5))
				r.Bot.Script()
				c.jump(time.Minute) // the next probe is due
				r.counts(waiting[1:], "You wrote: ", n-5)
				if got := r.outagePost(place, "The bot is back").Buttons; len(got) != 0 {
					t.Errorf("the post has the buttons %+v in the end", got)
				}
				r.toldByWebhook(o, "The bot does not answer: 5 chats broke within a minute.", 2)
				if texts, _ := o.read(); len(texts) != 2 || !strings.HasPrefix(texts[1], "Patchbay: Over: ") {
					t.Errorf("the operator reads %q", texts)
				}
				for _, u := range waiting[1:] {
					if got := u.Read(); count(got, sorry) != 1 || count(got, "You wrote: ") != 1 {
						t.Fatalf("a customer reads %q", got)
					}
				}
				if got := r.threads(); got != 5 {
					t.Errorf("%d threads in the end, want 5", got)
				}
				if got := len(r.Slack.Top(opsChannel)); !socket && got != 1 {
					t.Errorf("%d posts in the operator's channel, want one", got)
				}
			})
		})
	}
}

// Ensure that Hand all over opens a thread for each who waits, also when the gateway is restarted meanwhile, and that
// clicking again does nothing more.
func TestHandAllOver(t *testing.T) {
	for name, socket := range map[string]bool{"socket": true, "webhooks": false} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, url string) {
				const n = 30
				c := &clock{}
				r := runAlone(t, sandbox.Options{Store: url, Webhooks: !socket, Unpaced: true, Bot: []botstest.Rule{down}}, app.WithClock(c.now))
				all := r.crowd(0, n+4)
				r.counts(all, sorry, n)
				post := r.outagePost(slacktest.Support, fmt.Sprintf("%d chats waiting", n))
				for range 2 {
					r.click(r.ana(), post.ID, "Hand all over")
				}
				r.until("some threads are open", func() bool { return r.threads() > 6 })
				r.stop()
				r.start()
				r.outagePost(slacktest.Support, fmt.Sprintf("%d chats handed over by Ana", n))
				r.until("all threads are open", func() bool { return r.threads() == n+4 })
				r.counts(all, "Let me get a colleague", n+4)
				post = r.outagePost(slacktest.Support, "Nobody is waiting")
				if len(post.Buttons) != 0 {
					t.Errorf("the post has the buttons %+v while nobody waits", post.Buttons)
				}
				r.Bot.Script()
				c.jump(time.Minute)
				r.says(r.luis(), "hello") // nobody else asks the bot whether it is back
				r.sees(r.luis(), "You wrote: hello")
				r.outagePost(slacktest.Support, "This outage is over.")
				if got := r.threads(); got != n+4 {
					t.Errorf("%d threads in the end, want %d", got, n+4)
				}
			})
		})
	}
}
