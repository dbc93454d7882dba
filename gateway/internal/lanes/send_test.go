package lanes_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
)

// always fails every call of an app with one kind of error.
func always(kind channels.ErrorKind, text string) func(context.Context, channels.Outbound) error {
	return func(context.Context, channels.Outbound) error { return channels.Errorf(kind, "%s", text) }
}

// to fails the calls for one chat.
func to(chat string, fail func(context.Context, channels.Outbound) error) func(context.Context, channels.Outbound) error {
	return func(ctx context.Context, m channels.Outbound) error {
		if m.Address != chat {
			return nil
		}
		return fail(ctx, m)
	}
}

// times fails the first n calls and takes the others.
func times(n int, fail func(context.Context, channels.Outbound) error) func(context.Context, channels.Outbound) error {
	return func(ctx context.Context, m channels.Outbound) error {
		if n--; n < 0 {
			return nil
		}
		return fail(ctx, m)
	}
}

// Ensure that an agent is told once that his line is not delivered yet, after a minute, and that it goes out when the
// platform is back.
func TestNotDeliveredYet(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(always(channels.Temporary, "the app is down"))
		r.reply(thread, "One moment.")
		r.pass(50 * time.Second)
		if n := len(r.desk.read(thread)); n != 1 {
			t.Errorf("after 50 s the thread has %d lines, want the talk so far: %q", n, r.desk.read(thread))
		}
		r.pass(90 * time.Second)
		has(t, "the thread", r.desk.read(thread), "Not delivered yet; still trying. the app is down")
		r.skew.jump(8 * time.Minute)
		r.pass(2 * time.Minute)
		if n := len(r.desk.read(thread)); n != 2 {
			t.Errorf("the thread has %d lines, want the talk and one about the delay: %q", n, r.desk.read(thread))
		}
		if line := r.desk.thread(thread)[1].lines[0]; line.Answer != "One moment." || line.Mention != "U1" {
			t.Errorf("the line is about %q and mentions %q, want the agent and his words", line.Answer, line.Mention)
		}
		r.phone.on(nil)
		r.pass(2 * time.Minute)
		has(t, "the customer", r.phone.read("c1"), "Ana: One moment.")
	})
}

// Ensure that a message is given up after a day, that the agent is told at his line, and that the next one goes.
func TestGivenUpAfterADay(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(always(channels.Temporary, "the app is down"))
		r.reply(thread, "First.")
		r.reply(thread, "Second.")
		r.pass(time.Minute)
		r.skew.jump(23 * time.Hour)
		r.pass(2 * time.Minute)
		if lines := r.desk.read(thread); slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "Not delivered.") }) {
			t.Errorf("given up within a day: %q", lines)
		}
		r.skew.jump(time.Hour)
		r.pass(2 * time.Minute)
		has(t, "the thread", r.desk.read(thread), "Not delivered. the app is down")
		r.phone.on(nil)
		r.pass(2 * time.Minute)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Second."})
	})
}

// Ensure that a chat whose messages alone fail is given up after ten minutes, but not while the whole platform is away.
func TestGivenUpAloneAfterTenMinutes(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(always(channels.Temporary, "no"))
		r.reply(thread, "To a dead chat.")
		r.pass(70 * time.Second)
		r.skew.jump(20 * time.Minute)
		r.pass(90 * time.Second)
		if told := len(r.desk.read(thread)); told != 2 {
			t.Fatalf("while the app is away for all, the thread has %q", r.desk.read(thread))
		}
		r.phone.on(to("c1", always(channels.Temporary, "no")))
		r.write("c2", "hello")
		r.pass(2 * time.Minute)
		has(t, "another customer", r.phone.read("c2"), "re: hello")
		has(t, "the thread", r.desk.read(thread), "Not delivered. no")
	})
}

// Ensure that what another chat gets before a failure does not count as others getting theirs.
func TestNotAloneAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(to("c1", always(channels.Temporary, "no")))
		r.reply(thread, "To a slow chat.")
		for range 3 {
			r.pass(30 * time.Second)
			r.write("c2", "hello "+time.Now().String())
			r.skew.jump(150 * time.Second)
		}
		r.pass(30 * time.Second)
		if lines := r.desk.read(thread); len(lines) != 2 {
			t.Errorf("after nine minutes the thread has %q", lines)
		}
	})
}

// Ensure that a refused account is left alone but for one probe a minute, that the operator is told once and once when
// it is over, that nothing is lost, and that another account does not notice.
func TestForbiddenPauses(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.phone.on(always(channels.Forbidden, "the token is not valid"))
		for _, chat := range []string{"c1", "c2", "c3", "c4"} {
			r.write(chat, "hello")
		}
		other := r.wrote("x1", "hello")
		r.take(second, other)
		r.settle()
		has(t, "the second account", r.other.read("x1"), "re: hello")
		first := len(r.phone.made(""))
		r.pass(6*time.Minute + 30*time.Second)
		if probes := len(r.phone.made("")) - first; probes != 6 {
			t.Errorf("%d calls in six minutes, want one a minute", probes)
		}
		equal(t, "the operator reads", r.operator.list(), []string{"app/main: the platform refuses this account: the token is not valid"})
		r.phone.on(nil)
		r.pass(61 * time.Second)
		for _, chat := range []string{"c1", "c2", "c3", "c4"} {
			equal(t, chat+" reads", r.phone.read(chat), []string{"re: hello"})
		}
		equal(t, "the operator reads", r.operator.list()[1:], []string{"Over: app/main: the platform refuses this account: the token is not valid"})
		if faults := r.metric("patchbay_faults"); faults != 0 {
			t.Errorf("patchbay_faults = %v, want 0", faults)
		}
	})
}

// Ensure that a reload with a good token lets everything go at once, and ends the fault.
func TestForbiddenEndsByReload(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.phone.on(always(channels.Forbidden, "the token is not valid"))
		r.write("c1", "hello")
		r.pass(90 * time.Second)
		r.phone.on(nil)
		r.skew.jump(time.Minute) // the lane's own backoff
		r.engine.Use(r.roster)
		r.settle()
		equal(t, "c1 reads", r.phone.read("c1"), []string{"re: hello"})
		if told := r.operator.with("Over: "); len(told) != 1 {
			t.Errorf("the operator reads %q, want that it is over", r.operator.list())
		}
	})
}

// Ensure that a message whose first parts are lost is not continued, and that the agent is told once.
func TestHalfAMessageIsNotContinued(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits = channels.Limits{Text: 20}
		thread := r.person("c1")
		sent := len(r.phone.read("c1"))
		r.phone.on(func(_ context.Context, m channels.Outbound) error {
			if strings.Contains(m.Text, "second") {
				return channels.Errorf(channels.Rejected, "the app does not like this word")
			}
			return nil
		})
		r.reply(thread, "The first part. The second part. The third part. The fourth part.")
		r.reply(thread, "Another one.")
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"Ana: The first part.", "Another one."})
		told := 0
		for _, line := range r.desk.read(thread) {
			if strings.HasPrefix(line, "Not delivered.") {
				told++
				if line != "Not delivered. the app does not like this word" {
					t.Errorf("the agent reads %q", line)
				}
			}
		}
		if told != 1 {
			t.Errorf("the agent is told %d times, want once: %q", told, r.desk.read(thread))
		}
	})
}

// Ensure that each failure for good ends the message at its first try, tells the agent why, and lets the next one go.
func TestFailuresForGood(t *testing.T) {
	for _, kind := range []channels.ErrorKind{channels.Unreachable, channels.Rejected} {
		t.Run(kind.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				thread := r.person("c1")
				before := len(r.phone.made("c1"))
				r.phone.on(times(1, always(kind, "that is why")))
				r.reply(thread, "One.")
				r.reply(thread, "Two.")
				r.settle()
				if n := len(r.phone.made("c1")) - before; n != 2 {
					t.Errorf("%d calls, want one a message", n)
				}
				has(t, "the thread", r.desk.read(thread), "Not delivered. that is why")
				if seen := r.phone.read("c1"); seen[len(seen)-1] != "Two." {
					t.Errorf("the customer reads %q", seen)
				}
				if n := r.metric("patchbay_sends_total", chats, kind.String()); n != 1 {
					t.Errorf("patchbay_sends_total = %v, want 1", n)
				}
			})
		})
	}
}

// Ensure that a bot's or our own words that are lost are told to no agent.
func TestLostWordsOfTheBotAreNobodysLine(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.phone.on(times(2, always(channels.Unreachable, "gone")))
		r.write("c1", "hello")
		r.settle()
		thread := r.person("c1")
		r.pass(time.Minute)
		if lines := r.desk.read(thread); len(lines) != 3 {
			t.Errorf("the thread reads %q, want the talk alone", lines)
		}
	})
}

// Ensure that a message that was taken although the line was cut comes twice at most, and that order holds.
func TestCutLineKeepsOrder(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(func(_ context.Context, m channels.Outbound) error {
			if m.Text == "2" && len(r.phone.read("c1")) == 2 {
				return errTaken
			}
			return nil
		})
		for _, text := range []string{"1", "2", "3"} {
			r.reply(thread, text)
		}
		r.pass(5 * time.Second)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: 1", "2", "2", "3"})
	})
}

// Ensure that the wait that a platform asks for is kept, and that nothing of the chat overtakes the message meanwhile.
func TestRetryAfterIsKept(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.phone.on(times(1, func(context.Context, channels.Outbound) error {
			return &channels.Error{Kind: channels.RateLimited, RetryAfter: 40 * time.Second}
		}))
		begin := time.Now()
		r.reply(thread, "1")
		r.reply(thread, "2")
		r.pass(39 * time.Second)
		if n := len(r.phone.read("c1")); n != 1 {
			t.Errorf("the customer reads %q before the wait is over", r.phone.read("c1"))
		}
		r.pass(2 * time.Second)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: 1", "2"})
		calls := r.phone.made("c1")
		if wait := calls[len(calls)-2].at.Sub(begin); wait < 40*time.Second {
			t.Errorf("tried again after %v, want 40s", wait)
		}
	})
}

// Ensure that the entries of a channel whose section is gone fail for good, and that the agent is told.
func TestSectionIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.engine.Use(without(r, chats))
		r.reply(thread, "Hello?")
		r.settle()
		has(t, "the thread", r.desk.read(thread), "Not delivered. This channel was removed from the config.")
	})
}

// Ensure that a chat that is refused all the time delays no other, and that a hanging call does neither.
func TestDeadChatDelaysNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.phone.on(func(ctx context.Context, m channels.Outbound) error {
			switch m.Address {
			case "dead":
				return channels.Errorf(channels.Temporary, "no")
			case "hangs":
				<-ctx.Done()
				return channels.Errorf(channels.Temporary, "timed out")
			}
			return nil
		})
		r.write("dead", "hello")
		r.write("hangs", "hello")
		begin := time.Now()
		for _, chat := range []string{"c1", "c2", "c3"} {
			r.write(chat, "hello")
		}
		r.settle()
		for _, chat := range []string{"c1", "c2", "c3"} {
			equal(t, chat+" reads", r.phone.read(chat), []string{"re: hello"})
		}
		if took := time.Since(begin); took > 10*time.Millisecond {
			t.Errorf("the others waited %v", took)
		}
	})
}
