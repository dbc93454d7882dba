package chaos_test

import (
	"database/sql"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// badAnswers lets every platform answer with all that should not be answered, in the middle of the load.
func badAnswers(t *testing.T, s *scene) {
	s.halfway(0.15)
	// A 2xx of a webhook's receiver is a receipt, whatever stands in it.
	promised := []trouble{limited, failing, webpage, closed, halfTaken, cutOff}
	others := append([]trouble{wrongPage, empty, half}, promised...)
	// Every spread-th send has its turn: of the 13 to each of 20 chats six tenths are the webhook channel's, and two chats
	// are on WhatsApp.
	s.whatsapp.expect(closed, cutOff, half)
	for range max(1, s.shape.chats/20) {
		s.shop.expect(promised...)
		s.telegram.expect(others...)
		s.slack.expect(others...)
	}
	if s.shape.chats > 20 {
		s.whatsapp.expect(others...)
	}
	if *long {
		for _, tap := range s.taps() {
			tap.expect(silent, silent)
		}
	}
}

// allHappened checks that every answer that was planned was given.
func allHappened(t *testing.T, s *scene) {
	for _, tap := range s.taps() {
		if n := tap.left(); n > 0 {
			t.Errorf("%d bad answers of %s were not given", n, tap.target)
		}
	}
}

// revokeTokens takes every token back for a while. Then the operator sets a new one, and the config is read again.
func revokeTokens(t *testing.T, s *scene) {
	s.halfway(0.45)
	for _, tap := range s.taps() {
		tap.set(revoked)
	}
	for _, tap := range s.taps() {
		if err := poll(s.ctx, 10*time.Millisecond, func() bool { return tap.hits(revoked) > 0 }); err != nil {
			t.Errorf("%s refused nobody", tap.target)
		}
	}
	s.pause(2 * time.Second)
	for _, tap := range s.taps() {
		tap.set(fine)
	}
	for _, p := range s.copies {
		p.signal(syscall.SIGHUP)
	}
}

// replyAtOnce lets an agent reply in each new thread before the gateway is told that it opened it. The agent does not mind
// that the gateway stops waiting for that when the machine stands still.
func replyAtOnce(t *testing.T, s *scene) {
	s.slack.intercept(func(chat int, thread string) {
		m := mark{agent, chat, 0}
		page := s.book.pages[chat]
		page.mu.Lock()
		again := page.lines[agent][0] != nil
		page.mu.Unlock()
		if again {
			return
		}
		s.book.write(m)
		if _, err := s.world.Slack.Agent(slacktest.Ana).Reply(s.ctx, thread, fmt.Sprintf("I have seen it, %s.", m)); err != nil {
			t.Errorf("reply: %v", err)
		}
		if err := page.wait(s.ctx, func() bool { return !page.at(m).accepted.IsZero() }); err != nil {
			t.Errorf("the reply in chat %d is not accepted before its thread is known: %v", chat, err)
		}
	})
}

// earlyReceipts lets WhatsApp report what became of a message before it has answered the call that sent it.
func earlyReceipts(_ *testing.T, set *setting) {
	set.change = func(p *sandbox.Platforms) { p.WhatsApp.Early = true }
}

// allRead checks that each report has found its message, however early it came.
func allRead(t *testing.T, s *scene) {
	driver, source := s.database()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	seen := 0
	for chat := range s.book.pages {
		if platformOf(chat) == whatsappChat {
			seen += len(s.world.WhatsApp.User(phoneOf(chat), nameOf(chat)).Seen())
		}
	}
	var all, read int
	err = poll(s.ctx, 50*time.Millisecond, func() bool {
		err = db.QueryRowContext(s.ctx, `SELECT count(*), coalesce(sum(CASE WHEN state = 'read' THEN 1 ELSE 0 END), 0)
			FROM parts WHERE account LIKE 'whatsapp/%'`).Scan(&all, &read)
		return err != nil || all == seen && read == seen
	})
	if err != nil || seen == 0 {
		t.Errorf("%d of %d messages on WhatsApp are known, and %d known to be read: %v", all, seen, read, err)
	}
}

// database returns the driver and the source of the scene's database.
func (s *scene) database() (driver, source string) {
	if path, ok := strings.CutPrefix(s.store, "sqlite://"); ok {
		return "sqlite", path
	}
	return "pgx", s.store
}
