package lanes_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
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
	for _, kind := range []channels.ErrorKind{channels.Unreachable, channels.Rejected, channels.WindowClosed} {
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

// Ensure that a reply that is changed or taken back before it went out goes as it is then, once.
func TestChangedBeforeItIsSent(t *testing.T) {
	for name, editor := range map[string]bool{"editor": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				if !editor {
					r.roster.Channels[chats].Adapter = plain{r.phone}
				}
				thread := r.person("c1")
				r.phone.on(always(channels.Temporary, "down"))
				first := r.reply(thread, "It costs 10.")
				second := r.reply(thread, "Oh no.")
				r.settle()
				r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: first, Text: "It costs 20."})
				r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: second})
				r.settle()
				r.phone.on(nil)
				r.pass(10 * time.Second)
				equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: It costs 20."})
				for _, w := range r.desk.whispered() {
					t.Errorf("the agent is told %q, though the customer saw nothing else", w.notice.Text)
				}
			})
		})
	}
}

// plain is an app that can only send.
type plain struct{ phone *phone }

func (p plain) Send(ctx context.Context, m channels.Outbound) (string, error) {
	return p.phone.Send(ctx, m)
}
func (p plain) Limits() channels.Limits { return p.phone.Limits() }

// Ensure that a reply that grows before it went out arrives whole, also where nothing can be edited.
func TestGrownBeforeItIsSent(t *testing.T) {
	for name, editor := range map[string]bool{"editor": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				if !editor {
					r.roster.Channels[chats].Adapter = plain{r.phone}
				}
				r.roster.Channels[chats].Limits = channels.Limits{Text: 20}
				thread := r.person("c1")
				sent := len(r.phone.read("c1"))
				r.phone.on(always(channels.Temporary, "down"))
				post := r.reply(thread, "Short.")
				r.settle()
				r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "One two three. Four five six. Seven eight."})
				r.settle()
				r.phone.on(nil)
				r.pass(10 * time.Second)
				got := strings.Join(r.phone.read("c1")[sent:], " ")
				if got != "Ana: One two three. Four five six. Seven eight." {
					t.Errorf("the customer reads %q", got)
				}
			})
		})
	}
}

// Ensure that what was sent is changed on the customer's screen, with more parts and with fewer, and taken back.
func TestChangedAfterItWasSent(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits = channels.Limits{Text: 20}
		thread := r.person("c1")
		sent := len(r.phone.read("c1"))
		post := r.reply(thread, "One two three.")
		r.settle()
		edit := func(text string) {
			r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: text})
			r.settle()
		}
		edit("One two. Four five six. Seven.")
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"One two.", "Four five six.", "Seven."})
		edit("One.")
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"One.", "(deleted)", "(deleted)"})
		edits := len(r.phone.made("c1"))
		edit("One.")
		if n := len(r.phone.made("c1")); n != edits {
			t.Errorf("an edit that changes nothing made %d calls", n-edits)
		}
		r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: post})
		r.settle()
		equal(t, "the customer reads", r.phone.read("c1")[sent:], []string{"(deleted)", "(deleted)", "(deleted)"})
	})
}

// Ensure that an edit that the platform cannot take for a while is not forgotten.
func TestEditThroughAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		post := r.reply(thread, "It costs 10.")
		r.settle()
		r.phone.on(always(channels.Temporary, "down"))
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "It costs 20."})
		r.pass(3 * time.Minute)
		has(t, "the thread", r.desk.read(thread), "Not delivered yet")
		r.phone.on(nil)
		r.pass(2 * time.Minute)
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"It costs 20."})
	})
}

// Ensure that a platform that cannot change or take back what was sent is told to the agent alone, each time.
func TestCannotBeChanged(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Adapter = plain{r.phone}
		thread := r.person("c1")
		post := r.reply(thread, "It costs 10.")
		r.settle()
		r.act(handover.Action{Kind: handover.Edited, Thread: thread, Own: true, Post: post, Text: "It costs 20."})
		r.act(handover.Action{Kind: handover.Deleted, Thread: thread, Own: true, Post: post})
		r.settle()
		var notices []string
		for _, w := range r.desk.whispered() {
			notices = append(notices, w.notice.Text)
		}
		equal(t, "whispers", notices, []string{handover.NoticeFor(handover.NoticeNoEdit).Text, handover.NoticeFor(handover.NoticeNoDelete).Text})
		equal(t, "the customer reads", r.phone.read("c1")[1:], []string{"Ana: It costs 10."})
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

// Ensure that reports of a message are applied in any order, only upwards, and that a late failure is told.
func TestReceipts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.reply(thread, "Hello.")
		r.settle()
		report := func(id string, state models.Delivery) {
			in := channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: state, Addresses: []string{"c1"}}
			if state == models.Failed {
				in.Error = channels.Errorf(channels.Unreachable, "the customer cannot be reached")
			}
			r.take(chats, in)
			r.settle()
		}
		state := func(want models.Delivery) {
			t.Helper()
			if got := r.stateOf("Hello."); got != want {
				t.Errorf("the message is %s, want %s", got, want)
			}
		}
		state(models.Sent)
		report("out-2", models.Delivered)
		state(models.Delivered)
		report("out-2", models.Sent)
		report("out-2", models.Failed) // what was delivered did not fail
		state(models.Delivered)
		report("out-2", models.Read)
		state(models.Read)
		report("out-2", models.Delivered)
		state(models.Read)
		if n := len(r.desk.read(thread)); n != 1 {
			t.Errorf("the thread reads %q", r.desk.read(thread))
		}
		r.reply(thread, "Second.")
		r.settle()
		report("out-3", models.Failed)
		has(t, "the thread", r.desk.read(thread), "Not delivered. the customer cannot be reached")
		report("out-99", models.Failed) // nobody's
	})
}

// Ensure that reports that overtake the record of the send are found by it.
func TestReceiptBeforeTheSendIsRecorded(t *testing.T) {
	for _, early := range []models.Delivery{models.Sent, models.Delivered, models.Read, models.Failed} {
		t.Run(string(early), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				thread := r.person("c1")
				r.phone.on(func(context.Context, channels.Outbound) error {
					in := channels.Inbound{Kind: channels.Receipt, ID: "out-2", Delivery: early, Addresses: []string{"c1"}}
					if early == models.Failed {
						in.Error = channels.Errorf(channels.Unreachable, "not on the app")
					}
					r.take(chats, in)
					return nil
				})
				r.reply(thread, "Hello.")
				r.settle()
				if got := r.stateOf("Hello."); got != early {
					t.Errorf("the message is %s, want %s", got, early)
				}
				if early == models.Failed {
					has(t, "the thread", r.desk.read(thread), "Not delivered. not on the app")
				}
			})
		})
	}
}

// Ensure that a message of several parts is as far as its slowest part, and that a part that fails later is told.
func TestReceiptsOfParts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.roster.Channels[chats].Limits = channels.Limits{Text: 40}
		thread := r.person("c1")
		sent := len(r.phone.read("c1"))
		text := "The first part of the words. And the second part of the words."
		r.reply(thread, text)
		r.settle()
		if n := len(r.phone.read("c1")) - sent; n != 2 {
			t.Fatalf("%d parts, want 2", n)
		}
		ids := []string{r.phone.idOf(sent), r.phone.idOf(sent + 1)}
		report := func(id string, state models.Delivery) {
			r.take(chats, channels.Inbound{Kind: channels.Receipt, ID: id, Delivery: state, Addresses: []string{"c1"}, Error: channels.Errorf(channels.Unreachable, "lost")})
			r.settle()
		}
		report(ids[0], models.Read)
		if got := r.stateOf(text); got != models.Sent {
			t.Errorf("with one part read the message is %s, want sent", got)
		}
		report(ids[1], models.Delivered)
		if got := r.stateOf(text); got != models.Delivered {
			t.Errorf("the message is %s, want delivered", got)
		}
		r.reply(thread, text)
		r.settle()
		report(r.phone.idOf(sent+3), models.Failed)
		if got := r.desk.read(thread); !strings.HasPrefix(got[len(got)-1], "Not delivered.") {
			t.Errorf("the thread reads %q", got)
		}
	})
}
