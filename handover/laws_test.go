package handover_test

import (
	"slices"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// laws checks, after an event, what holds of every chat at every time.
func (w *world) laws(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	w.oneAnswerer(t)
	if before.Memory.Muted {
		w.blocked(t, before, e, effects)
		return
	}
	if e.Type == models.AgentBlocked {
		w.timers(t)
		return
	}
	w.epochs(t, before, effects)
	w.timers(t)
	w.nothingLost(t, before, e, effects)
	w.botSpeaksInTime(t, before, e, effects)
	w.everyModeIsLeft(t)
	w.moves(t, before, e, effects)
	w.opensRightly(t, before, e, effects)
	w.wordsCount(t, before, e, effects)
	w.waitsForTheBot(t, before, e)
	w.waitsForPeople(t, before, e, effects)
	w.locked(t, before, e)
	w.ratings(t, before, e, effects)
	w.quietChats(t, before, e, effects)
	w.shelf(t, before, e, effects)
	w.away(t, before, e, effects)
}

// oneAnswerer: somebody answers, and nobody else does.
func (w *world) oneAnswerer(t *rapid.T) {
	h := w.handovers[w.c.Handover]
	if (w.c.Mode == models.ModeAgent) != (w.c.Holder.ID != "") {
		t.Fatalf("in mode %s the chat is held by %+v", w.c.Mode, w.c.Holder)
	}
	switch w.c.Mode {
	case models.ModeBot:
		if h != nil && !h.State.Ended() {
			t.Fatalf("the bot has the chat, and the handover is %s", h.State)
		}
	case models.ModeWaiting:
		if h == nil || h.State != models.HandoverWaiting {
			t.Fatalf("the customer waits in the handover %+v", h)
		}
		if _, timed := w.alarms[models.TimerGiveUp]; h.Thread == "" && !timed {
			t.Fatal("the customer waits for a thread without an end")
		}
		if h.Thread == "" && !slices.Contains(w.opening, h.ID) {
			t.Fatal("the customer waits for a thread that nobody opens")
		}
	case models.ModeAgent:
		if h == nil || h.State != models.HandoverClaimed || h.Agent != w.c.Holder {
			t.Fatalf("%+v has the chat, and the handover is %+v", w.c.Holder, h)
		}
	}
	if h != nil && w.c.Memory.Opened != (h.Thread != "") {
		t.Fatalf("Opened = %v, and the thread is %q", w.c.Memory.Opened, h.Thread)
	}
	for id, other := range w.handovers {
		if id != w.c.Handover && !other.State.Ended() {
			t.Fatalf("%s is %s beside %s", id, other.State, w.c.Handover)
		}
	}
}

// epochs: one more with each change of who answers, the same otherwise; and the customer is told once of each handover.
func (w *world) epochs(t *rapid.T, before models.Conversation, effects []handover.Effect) {
	want := before.Epoch
	moved := before.Mode != models.ModeBot && w.c.Mode != models.ModeBot && before.Handover != w.c.Handover
	if before.Mode != w.c.Mode || before.Holder.ID != w.c.Holder.ID || moved {
		want++
	}
	if w.c.Epoch != want {
		t.Fatalf("epoch %d of %s/%s becomes %d of %s/%s, want %d",
			before.Epoch, before.Mode, before.Holder.ID, w.c.Epoch, w.c.Mode, w.c.Holder.ID, want)
	}
	quiet := slices.ContainsFunc(effects, func(f handover.Effect) bool {
		switch f := f.(type) {
		case handover.Reopen:
			return f.Quiet
		case handover.Open:
			return f.Reason.Cause == models.CauseTakenOver // he reads who is here
		}
		return false
	})
	switch opened := opens(effects); {
	case opened && !quiet && w.notices != 1, quiet && w.notices != 0, !opened && w.notices > 1:
		t.Fatalf("the customer was told of the handover %d times", w.notices)
	}
}

func opens(effects []handover.Effect) bool {
	return slices.ContainsFunc(effects, func(f handover.Effect) bool {
		switch f.(type) {
		case handover.Open, handover.Reopen:
			return true
		}
		return false
	})
}

// timers: each is set in its mode alone, for the epoch that it is about.
func (w *world) timers(t *rapid.T) {
	for kind, a := range w.alarms {
		if a.Epoch != w.c.Epoch {
			t.Fatalf("timer %s of epoch %d is set in epoch %d", kind, a.Epoch, w.c.Epoch)
		}
	}
	if _, set := w.alarms[models.TimerGiveUp]; set && w.c.Mode != models.ModeWaiting && !w.c.Memory.Opening {
		t.Fatalf("the wait for a thread is timed in mode %s", w.c.Mode)
	}
	if _, set := w.alarms[models.TimerJoined]; set != w.c.Memory.Joining {
		t.Fatalf("Joining = %v, and its timer is set = %v", w.c.Memory.Joining, set)
	}
}

// nothingLost: what somebody wrote goes to who answers, or back to who wrote it.
func (w *world) nothingLost(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	has := func(want handover.Effect) bool {
		return slices.ContainsFunc(effects, func(f handover.Effect) bool { return show(f) == show(want) })
	}
	switch e.Type {
	case models.CustomerWrote, models.CustomerPressed:
		if slices.ContainsFunc(effects, func(f handover.Effect) bool {
			r, ok := f.(handover.Record)
			return ok && r.Message.ID == e.Message && r.Message.Kind == models.Reaction
		}) {
			return // it rates a chat
		}
		toBot := has(handover.Ask{Message: e.Message})
		shown := has(handover.Display{Message: e.Message}) || has(handover.Display{Message: e.Message, Broadcast: true})
		back := has(handover.Tell{Key: "back"})
		if toBot == (shown || opens(effects) || back) {
			t.Fatalf("a customer's message is asked: %v, shown: %v, opens: %v, takes back: %v; want one", toBot, shown, opens(effects), back)
		}
		if toBot && !w.p.HasBot {
			t.Fatal("a question to a bot that is none")
		}
	case models.AgentReplied:
		sent := has(handover.Send{Message: e.Message, Wait: w.p.Undo})
		kind := w.message(t, e.Message).Kind
		told := slices.ContainsFunc(effects, func(f handover.Effect) bool {
			whisper, ok := f.(handover.Whisper)
			return ok && whisper.Agent == e.Agent.ID && whisper.Message == e.Message && whisper.Notice != handover.NoticeUndo &&
				len(handover.NoticeFor(whisper.Notice).Choices) > 0
		})
		canUndo := has(handover.Whisper{Agent: e.Agent.ID, Notice: handover.NoticeUndo, Handover: e.Handover, Message: e.Message, Now: true})
		switch {
		case e.Canned == models.CannedUnknown || e.Canned == models.CannedBare:
			if kind != models.Note || sent {
				t.Fatalf("the name of no canned reply is recorded as %s; sent: %v", kind, sent)
			}
		case e.Note && (kind != models.Note || sent || told != e.Mention || len(effects) > 2 || !told && len(effects) > 1):
			t.Fatalf("a note is recorded as %s and does %q", kind, showAll(effects))
		case canUndo != (sent && w.p.Undo > 0):
			t.Fatalf("a reply that waits %s does %q", w.p.Undo, showAll(effects))
		case !e.Note && w.p.Desk.Confirm && e.Again == "":
			if sent || kind != models.Held || !told && !slices.Contains(before.Memory.Shown, e.Agent.ID) {
				t.Fatalf("a reply without consent is recorded as %s; sent: %v, its author told: %v", kind, sent, told)
			}
		case !e.Note && sent && (told || kind != models.Said), !e.Note && !sent && (!told || kind != models.Held):
			t.Fatalf("a reply is recorded as %s; sent: %v, its author told: %v", kind, sent, told)
		case sent && before.Mode == models.ModeBot && e.Sent > before.Memory.Resolved && before.Memory.Promised != e.Handover:
			t.Fatalf("a reply of %d is sent after the end at %d", e.Sent, before.Memory.Resolved)
		}
	case models.SendFailed, models.SendDelayed:
		if e.Failure.Kind == handover.FailedWindow {
			w.keptOrSent(t, e)
			return
		}
		if remark, ok := effects[0].(handover.Remark); !ok || remark.Handover != e.Handover {
			t.Fatalf("a line that failed does %q, want a remark in %s", showAll(effects), e.Handover)
		}
		if asked := len(effects) == 2 && len(handover.NoticeFor(effects[1].(handover.Whisper).Notice).Choices) > 0; asked != (e.Type == models.SendFailed) {
			t.Fatalf("a line with %s does %q", e.Type, showAll(effects))
		}
	case models.BotAnswered, models.BotFailed:
		if late := before.Mode != models.ModeBot || e.Epoch != before.Epoch; late || e.Signals.Small || e.Outage != "" {
			return
		}
		spoke := slices.ContainsFunc(effects, func(f handover.Effect) bool {
			switch f.(type) {
			case handover.Send, handover.Tell:
				return true
			}
			return false
		})
		if !spoke && before.Memory.Told != "trouble" {
			t.Fatalf("a question was not answered: %q", showAll(effects))
		}
		if e.Type == models.BotFailed && w.p.BreakAfter <= 1 && w.c.Mode != models.ModeWaiting {
			t.Fatalf("an error leaves the chat in mode %s", w.c.Mode)
		}
	default:
	}
}

// botSpeaksInTime: the bot's words are sent while the chat is its own, and it is told once of what others did with it.
func (w *world) botSpeaksInTime(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	late := before.Mode != models.ModeBot || e.Epoch != before.Epoch
	for _, effect := range effects {
		if send, ok := effect.(handover.Send); ok && late && w.message(t, send.Message).Author == models.ByBot {
			t.Fatalf("the bot's words are sent in %s@%d, asked in %d", before.Mode, before.Epoch, e.Epoch)
		}
	}
	if e.Type == models.BotAnswered && late && (w.c.Mode != before.Mode || w.c.Epoch != before.Epoch) {
		t.Fatalf("a late answer brings the chat from %s to %s", before.Mode, w.c.Mode)
	}
	if e.Type == models.BotAnswered && !late && !slices.ContainsFunc(effects, isClose) {
		w.owed = false
	}
	if (w.c.Memory.Returned != nil) != w.owed {
		t.Fatalf("the bot is to be told of a handover: %v, want %v", w.c.Memory.Returned != nil, w.owed)
	}
}

func isClose(f handover.Effect) bool { _, ok := f.(handover.Close); return ok }

// everyModeIsLeft: an agent's Resolve, or the timer where no agent can come, brings the chat back to the bot.
func (w *world) everyModeIsLeft(t *rapid.T) {
	if w.c.Mode == models.ModeBot {
		return
	}
	end := by(ben, models.AgentResolved, in(w.c.Handover))
	if c, _ := handover.Decide(w.c, end, w.p, w.now); c.Mode != models.ModeBot {
		t.Fatalf("Resolve leads from %s to %s", w.c.Mode, c.Mode)
	}
	a, timed := w.alarms[models.TimerGiveUp]
	if !timed || !w.p.HasBot || w.c.Memory.Opened {
		return
	}
	ring := models.Event{Type: models.TimerRang, Timer: a.Kind, Epoch: a.Epoch}
	if c, _ := handover.Decide(w.c, ring, w.p, a.Due); c.Mode != models.ModeBot {
		t.Fatalf("the end of the wait leads from %s to %s", w.c.Mode, c.Mode)
	}
}
