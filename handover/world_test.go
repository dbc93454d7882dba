package handover_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// world is a small stand-in for all that a decision has effects on: one chat with its lanes, timers, threads and the
// customer's screen. It carries effects out as the lanes do, and fails the test where one of them cannot be.
type world struct {
	c   models.Conversation
	p   handover.Policy
	now models.Stamp
	ids int

	messages  map[string]*models.Message
	handovers map[string]*models.Handover
	order     []string                      // ids of the handovers, oldest first
	alarms    map[models.Timer]models.Alarm // that are set
	past      []models.Alarm                // that were stopped, moved or rung
	waits     *handover.Wait                // the chat waits for the bot to be back
	outage    string                        // the incident under way, "" while the bot works
	told      map[string]int                // how often the customer was told of an outage, by incident
	queue     []question                    // in the bot's lane
	flight    *question                     // what the bot is asked now
	opening   []string                      // handovers whose thread the desk is to open

	screen   string // the last text of ours on the customer's screen, "" where something else came after it
	notices  int    // how often the customer was told of the handover, since it opened
	answered bool   // an agent replied, since the last claim by button
	owed     bool   // the bot is to be told of a handover

	places map[string]string // where the handovers' threads are
	spoke  bool              // an agent wrote to him, since the last chat was asked about
	asked  map[string]bool   // the customer was asked what he thinks of the handover
	last   string            // the one that he was asked about last

	gone   []string       // agents who are away
	sought []models.Event // agents who are looked for

	line models.Tier // where a customer is who begins to wait
}

type question struct {
	message string
	asked   []string // the messages that were joined into it
	at      models.Stamp
	again   bool
	epoch   int64
	small   bool
}

func newWorld(t *rapid.T) *world {
	w := &world{
		c: inBot(func(c *models.Conversation) { c.Epoch = 0 }), p: handover.DefaultPolicy(), now: noon,
		told: map[string]int{}, places: map[string]string{}, asked: map[string]bool{}, messages: map[string]*models.Message{}, handovers: map[string]*models.Handover{}, alarms: map[models.Timer]models.Alarm{},
	}
	w.p.HasBot = rapid.IntRange(0, 4).Draw(t, "has bot") > 0
	w.p.BreakAfter = rapid.IntRange(0, 3).Draw(t, "break after")
	w.p.Desk.Confirm = rapid.IntRange(0, 3).Draw(t, "confirm") == 0
	w.p.Window = rapid.SampledFrom([]time.Duration{0, 24 * time.Hour, 10 * time.Minute}).Draw(t, "window")
	w.p.Undo = rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(t, "undo")
	w.drawQueue(t)
	w.p.Desk.Lock = rapid.SampledFrom([]handover.Lock{handover.LockNone, handover.LockOwner}).Draw(t, "lock")
	w.p.Desk.Rating = rapid.SampledFrom([]handover.Rating{handover.RateNothing, handover.RateThumbs, handover.RateStars}).Draw(t, "rating")
	w.p.Desk.Returning = rapid.SampledFrom([]time.Duration{0, 48 * time.Hour}).Draw(t, "returning")
	w.p.Desk.Teams = map[string]string{"here": "C1", "billing": "C2"}
	return w
}

func (w *world) id(kind string) string {
	w.ids++
	return fmt.Sprintf("%s%d", kind, w.ids)
}

// happen decides an event, carries its effects out and checks the laws.
func (w *world) happen(t *rapid.T, e models.Event) []handover.Effect {
	e.At, e.Absent = w.now, w.gone
	before, was := w.c, dump(w.c)+dump(e)
	next, effects := handover.Decide(before, e, w.p, w.now)
	t.Logf("%s %s in %s@%d -> %s@%d %q", e.Type, dump(e), before.Mode, before.Epoch, next.Mode, next.Epoch, showAll(effects))
	if again, same := handover.Decide(before, e, w.p, w.now); !reflect.DeepEqual(next, again) || !reflect.DeepEqual(effects, same) {
		t.Fatalf("Decide(%s) gives something else the second time", e.Type)
	}
	if dump(before)+dump(e) != was {
		t.Fatalf("Decide(%s) changes what it was given", e.Type)
	}
	w.c = next
	for _, effect := range effects {
		w.do(t, effect)
	}
	w.laws(t, before, e, effects)
	return effects
}

// do carries one effect out.
func (w *world) do(t *rapid.T, effect handover.Effect) {
	switch f := effect.(type) {
	case handover.Record:
		if w.messages[f.Message.ID] != nil || f.Message.ID == "" {
			t.Fatalf("message %q is recorded twice, or has no id", f.Message.ID)
		}
		w.messages[f.Message.ID] = &f.Message
		if m := f.Message; m.Author == models.ByCustomer && (m.Kind == models.Said || m.PlatformID != "" && m.About == "" && m.PlatformID != handover.ReactionRef("")) { // a reaction is no message
			w.screen = ""
		}
	case handover.Ask:
		id := w.message(t, f.Message).ID
		w.queue = append(w.queue, question{message: id, asked: []string{id}, at: w.messages[id].At, epoch: w.c.Epoch, again: f.Again})
	case handover.Wait:
		w.waits = &f
	case handover.Unwait:
		if w.waits == nil {
			t.Fatal("the end of a wait that is none")
		}
		w.waits = nil
	case handover.Send:
		w.reach(t, w.message(t, f.Message))
	case handover.Release:
		m := w.message(t, f.Message)
		if m.Kind != models.Held && m.Kind != models.Note || m.Deleted {
			t.Fatalf("release of %+v, which is not held back", m)
		}
		m.Kind = models.Said
		if !f.Template {
			m.Content.Template = nil
		}
		w.reach(t, m)
	case handover.Shelve:
		m := w.message(t, f.Message)
		if m.Author != models.ByAgent || m.Deleted {
			t.Fatalf("shelve of %+v", m)
		}
		m.Kind = models.Held
	case handover.Cancel:
		m := w.message(t, f.Message)
		if m.Kind != models.Said || m.Deleted || m.Author != models.ByAgent {
			t.Fatalf("cancel of %+v", m)
		}
		m.Deleted = true
	case handover.Withdraw:
		m := w.message(t, f.Message)
		if m.Kind != models.Said || m.Deleted || m.Author != models.ByAgent {
			t.Fatalf("withdraw of %+v", m)
		}
		m.Kind = models.Note
	case handover.Resend:
		w.reach(t, w.message(t, f.Message))
	case handover.React:
		if m := w.message(t, f.Message); m.Kind != models.Reaction || m.Author != models.ByCustomer {
			t.Fatalf("reaction %+v", m)
		}
	case handover.Emote:
		m := w.message(t, f.Message)
		if m.Kind != models.Reaction || m.Author != models.ByAgent || w.c.Mode == models.ModeBot || m.Handover != w.c.Handover {
			t.Fatalf("emote of %+v, which reaches the customer from a thread that is not open", m)
		}
	case handover.Correct:
		if m := w.message(t, f.Message); m.Kind != models.Said || m.Author != models.ByAgent {
			t.Fatalf("correction of %+v", m)
		}
		w.screen = ""
		w.answered, w.spoke = true, true
	case handover.Tell:
		w.tell(t, f)
	case handover.Open:
		h := &models.Handover{ID: w.id("h"), State: models.HandoverWaiting}
		w.handovers[h.ID], w.order = h, append(w.order, h.ID)
		w.c.Handover, w.c.Memory.Opened = h.ID, false
		if f.Owed {
			w.c.Memory.Promised = h.ID
			if w.c.Mode == models.ModeBot {
				h.State, h.EndedAt = models.HandoverPromised, w.now
			}
		}
		w.opening, w.notices = append(w.opening, h.ID), 0
		if w.places[h.ID] = cmp.Or(f.Place, "C1"); f.Reason.Cause == models.CausePassed {
			w.notices = 1 // he was told of the handover, and now that somebody else comes
		}
	case handover.Reopen:
		h := w.handover(t, f.Handover)
		if !h.State.Ended() {
			t.Fatalf("reopen of %+v, which has not ended", h)
		}
		h.State, h.Agent = models.HandoverWaiting, models.Person{}
		w.c.Handover, w.c.Memory.Opened, w.notices = h.ID, h.Thread != "", 0
		h.EndedAt = 0
		if h.Thread == "" {
			w.opening = append(w.opening, h.ID)
		}
	case handover.Claim:
		h := w.handover(t, w.c.Handover)
		h.State, h.Agent, w.answered = models.HandoverClaimed, f.Agent, false
	case handover.Close:
		h := w.handover(t, w.c.Handover)
		excused := h.State == models.HandoverPromised && f.State == models.HandoverResolved
		passed := h.State == models.HandoverPromised && f.State == models.HandoverPassed
		cut := h.State == models.HandoverPromised && f.State == models.HandoverBlocked
		if h.State.Ended() && !excused && !passed && !cut || !f.State.Ended() {
			t.Fatalf("close of %+v as %s", h, f.State)
		}
		if f.State == models.HandoverGaveUp && h.Thread != "" {
			t.Fatalf("gave up %s, whose thread is open", h.ID)
		}
		if h.State, h.EndedAt, w.owed = f.State, w.now, w.owed || !excused && f.State != models.HandoverPassed; f.State == models.HandoverGaveUp {
			h.EndedAt = 0
		}
	case handover.Offer:
		h := w.handover(t, w.c.Handover)
		if h.State != models.HandoverClaimed {
			t.Fatalf("offer of %+v, which nobody has", h)
		}
		h.State, h.Agent = models.HandoverWaiting, models.Person{}
	case handover.Page:
		if f.To == "" || handover.PageText(f.Key) == "" {
			t.Fatalf("page %+v, to nobody or of nothing", f)
		}
	case handover.Display:
		w.message(t, f.Message).Handover = w.handover(t, w.c.Handover).ID
	case handover.Remark:
		w.handover(t, cmp.Or(f.Handover, w.c.Handover))
	case handover.Rewrite:
		m := w.message(t, f.Message)
		m.Deleted = f.Deleted || m.Deleted && m.Kind != models.Reaction
		if f.Content != nil {
			m.Content = *f.Content
		}
	case handover.Amend:
		if m := w.message(t, f.Message); m.Kind == models.Said && !f.Deleted {
			w.reads(t, m)
		}
	case handover.Keep:
		m := w.message(t, f.Message)
		if m.Kind != models.Held {
			t.Fatalf("keep of %+v, which is not held back", m)
		}
		m.Kind = models.Note
	case handover.Rated:
		if h := w.handover(t, f.Handover); f.Rating < 1 || f.Rating > f.Scale || !f.Again && h.Details.Rating != 0 {
			t.Fatalf("rating %+v of %+v", f, h)
		}
		w.handover(t, f.Handover).Details.Rating = f.Rating
	case handover.Detail:
		w.handover(t, cmp.Or(f.Handover, w.c.Handover))
	case handover.Whisper:
		if f.Agent == "" || handover.NoticeFor(f.Notice).Text == "" {
			t.Fatalf("whisper %+v, to nobody or of nothing", f)
		}
	case handover.Set:
		if f.Due <= w.now {
			t.Fatalf("timer %s is set to the past", f.Timer)
		}
		w.stop(f.Timer)
		w.alarms[f.Timer] = models.Alarm{Kind: f.Timer, Due: f.Due, Epoch: w.c.Epoch}
	case handover.Stop:
		w.stop(f.Timer)
	case handover.Seek:
		if f.Agent == "" || w.c.Mode != models.ModeWaiting {
			t.Fatalf("seek %q in mode %s", f.Agent, w.c.Mode)
		}
		w.sought = append(w.sought, models.Event{Type: models.AgentAbout, Handover: w.c.Handover, Agent: &models.Person{ID: f.Agent}})
	case handover.Tag:
		for _, tag := range f.Tags {
			if !slices.Contains(w.c.Memory.Tags, tag) {
				t.Fatalf("the tag %q is remembered, and the customer has %q", tag, w.c.Memory.Tags)
			}
		}
	case handover.Refresh, handover.Alert:
	}
}

func (w *world) stop(timer models.Timer) {
	if a, ok := w.alarms[timer]; ok {
		w.past = append(w.past, a)
		delete(w.alarms, timer)
	}
}

// reads fails for what the customer must not read.
func (w *world) reads(t *rapid.T, m *models.Message) {
	if m.Kind != models.Said || m.Deleted || m.Content.Text == secret {
		t.Fatalf("the customer reads %+v", m)
	}
}

// reach brings a message to the customer.
func (w *world) reach(t *rapid.T, m *models.Message) {
	w.reads(t, m)
	w.screen = ""
	w.answered = w.answered || m.Author == models.ByAgent
	w.spoke = w.spoke || m.Author == models.ByAgent
}

func (w *world) tell(t *rapid.T, f handover.Tell) {
	text := spaced(f.Key, f.Vars["agent"])
	if w.screen == text {
		t.Fatalf("the customer reads %q twice in a row", text)
	}
	w.screen = text
	if f.Rate > 0 {
		if w.last == w.c.Handover || !w.spoke {
			t.Fatalf("the customer is asked of %s: asked last of %s, an agent spoke to him: %v", w.c.Handover, w.last, w.spoke)
		}
		w.asked[w.c.Handover], w.last, w.spoke = true, w.c.Handover, false
	}
	switch f.Key {
	case "handover", "break", "closed_hours":
		w.notices++
		if f.Line {
			w.c.Memory.Tier = w.line
		}
	case "outage":
		if w.told[w.outage]++; w.outage == "" || w.told[w.outage] > 1 {
			t.Fatalf("the customer is told of the outage %q the %d. time", w.outage, w.told[w.outage])
		}
	case "joined":
		if w.answered || f.Vars["agent"] != w.c.Holder.Name {
			t.Fatalf("the customer is told that %q joined; %+v has the chat, replied: %v", f.Vars["agent"], w.c.Holder, w.answered)
		}
	}
}

func (w *world) message(t *rapid.T, id string) *models.Message {
	m := w.messages[id]
	if m == nil {
		t.Fatalf("message %q is not recorded", id)
	}
	return m
}

func (w *world) handover(t *rapid.T, id string) *models.Handover {
	h := w.handovers[id]
	if h == nil {
		t.Fatalf("there is no handover %q", id)
	}
	return h
}

// some returns the ids of the messages that fit, in an order that is always the same.
func (w *world) some(fit func(models.Message) bool) (ids []string) {
	for id, m := range w.messages {
		if fit(*m) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// dump returns all of v as text.
func dump(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}
