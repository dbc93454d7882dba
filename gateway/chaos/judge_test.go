package chaos_test

import (
	"fmt"
	"slices"
	"time"

	"patchbay/handover/slackdesk/slacktest"
)

// verdict is what became of the messages of a case.
type verdict struct {
	messages   int // that were accepted
	lost       int // accepted, and not on the other side
	outOfOrder int // before one that was accepted earlier
	twice      int // sends that came again
	repeats    int // posts that came again at the webhook channel, which knows them by their webhook-id
	longest    time.Duration
	faults     []string
}

// seen is what one side of a chat sees: for each message there, which of the other side's it carries.
type seen [][]int

// judge compares what was accepted with what the customers' apps and the threads show.
func (s *scene) judge() (v verdict) {
	posts := s.posts()
	// A machine that stands still for longer than a lease makes a copy one that was paused, whatever else goes wrong.
	crashes := s.crashes
	for _, p := range s.copies {
		crashes += p.lapses()
	}
	for chat, page := range s.book.pages {
		screen := s.screen(chat)
		talk, again, thread := split(posts[chat], s.shape.bot)
		allowed := crashes + page.cuts
		v.twice += again

		v.messages += len(page.order[customer]) + len(page.order[agent])
		v.compare(fmt.Sprintf("chat %d, agent's replies", chat), page.order[agent], sideOf(screen, agent), nil, allowed)
		echoes := sideOf(screen, customer)
		both := make(seen, 0, len(echoes)+len(thread))
		both = append(append(both, echoes...), thread...)
		if !s.loose {
			// What was written to the bot must have been answered: that the talk shows it is not enough.
			talk = slices.DeleteFunc(talk, func(n int) bool { return n < s.shape.bot })
		}
		v.compare(fmt.Sprintf("chat %d, customer's messages", chat), page.order[customer], both, talk, 2*allowed-again)
	}
	v.repeats = s.world.Shop.Repeats()
	v.longest = s.book.longest()
	return v
}

// compare counts what is lost, out of order and there twice. known are messages that were shown in another way.
func (v *verdict) compare(where string, accepted []int, got seen, known []int, allowed int) {
	place := map[int]int{}
	for i, n := range accepted {
		place[n] = i
	}
	last, again := -1, 0
	var before []int
	found := map[int]bool{}
	for _, one := range got {
		if slices.Equal(one, before) {
			again++
			continue
		}
		before = one
		for _, n := range one {
			switch at, ok := place[n]; {
			case !ok:
				v.fault("%s: #%d is there and was never accepted", where, n)
			case found[n]:
				again++
			case at < last:
				v.outOfOrder++
				v.fault("%s: #%d came too late: %v", where, n, got)
			default:
				last = at
			}
			found[n] = true
		}
	}
	for _, n := range known {
		found[n] = true
	}
	for _, n := range accepted {
		if !found[n] {
			v.lost++
			v.fault("%s: #%d is lost: accepted %v, there %v, known %v", where, n, accepted, got, known)
		}
	}
	v.twice += again
	if again > allowed {
		v.fault("%s: %d came again, at most %d may: %v", where, again, allowed, got)
	}
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// sideOf returns what messages carry of one side's.
func sideOf(texts []string, from side) (all seen) {
	for _, text := range texts {
		var one []int
		for _, m := range marksIn(text) {
			if m.side == from {
				one = append(one, m.n)
			}
		}
		if len(one) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// screen returns what the customer of a chat reads.
func (s *scene) screen(chat int) (texts []string) {
	switch platformOf(chat) {
	case telegramChat:
		return s.telegramUser(chat).Read()
	case whatsappChat:
		for _, m := range s.world.WhatsApp.User(phoneOf(chat), nameOf(chat)).Seen() {
			texts = append(texts, m.Text)
		}
	case shopChat:
		for _, m := range s.world.Shop.Chat(shopID(chat)) {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// posts returns what agents read of each chat, by the gateway, without the cards. A chat has one thread; where an answer
// of Slack's was lost, its card may stand there twice.
func (s *scene) posts() map[int][]string {
	all := map[int][]string{}
	for _, thread := range s.world.Slack.Threads(support) {
		for _, p := range thread.Posts() {
			if marks := marksIn(p.Shown()); p.Bot && len(marks) > 0 && p.User == slacktest.BotUser {
				all[marks[0].chat] = append(all[marks[0].chat], p.Shown())
			}
		}
	}
	return all
}

// split takes the talk so far apart from what was posted after it, and counts how often it came again. The talk shows
// what the customer and the bot said before, and the message that asked for a person, which is number asks.
func split(texts []string, asks int) (talk []int, again int, rest seen) {
	for _, one := range sideOf(texts, customer) {
		switch {
		case !slices.Contains(one, asks):
			rest = append(rest, one)
		case talk == nil:
			talk = one
		default:
			again++
		}
	}
	return talk, again, rest
}
