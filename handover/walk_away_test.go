package handover_test

import (
	"slices"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// agentComesAndGoes has one who was here be away, or the other way round.
func (w *world) agentComesAndGoes(t *rapid.T) {
	who := rapid.SampledFrom([]string{ana.ID, ben.ID, "U9"}).Draw(t, "who")
	was := len(w.gone)
	if w.gone = slices.DeleteFunc(slices.Clone(w.gone), func(id string) bool { return id == who }); len(w.gone) == was {
		w.gone = append(w.gone, who)
	}
}

// agentStepsBack gives all chats of an agent back to the team, twice.
func (w *world) agentStepsBack(t *rapid.T) {
	if e, ok := w.agent(t, models.AgentStepped, func(models.Handover) bool { return true }); ok {
		w.twice(t, e, func(e models.Event) models.Event { return e })
	}
}

// agentIsAbout tells of somebody who was looked for, twice: the desk's lane does things again after a crash.
func (w *world) agentIsAbout(t *rapid.T) {
	if len(w.sought) > 0 {
		i := rapid.IntRange(0, len(w.sought)-1).Draw(t, "sought")
		e := w.sought[i]
		w.sought = slices.Delete(w.sought, i, i+1)
		w.twice(t, e, func(e models.Event) models.Event { return e })
	}
}

func (w *world) agentTags(t *rapid.T) {
	e, ok := w.agent(t, models.AgentTagged, func(models.Handover) bool { return true })
	if !ok {
		return
	}
	e.Ref = handover.ShownTags(w.c.Memory.Tags)
	e.Values = map[string]string{handover.FieldTags: rapid.SampledFrom([]string{"", "vip", "vip,late"}).Draw(t, "tags")}
	before := w.c
	w.twice(t, e, func(e models.Event) models.Event { return e })
	if c := w.c; c.Mode != before.Mode || c.Epoch != before.Epoch || c.Handover != before.Handover {
		t.Fatalf("tags bring the chat from %s to %s", before.Mode, c.Mode)
	}
}

// away: nobody is given a chat by who is looked for, nobody is called who is away, and who gives a chat back leaves it to
// somebody who waits for an answer.
func (w *world) away(t *rapid.T, before models.Conversation, e models.Event, effects []handover.Effect) {
	if (e.Type == models.AgentAbout || e.Type == models.AgentTagged) && (w.c.Mode != before.Mode || w.c.Holder != before.Holder) {
		t.Fatalf("%s brings the chat from %s to %s", e.Type, before.Mode, w.c.Mode)
	}
	if e.Type == models.AgentStepped && w.c.Mode != before.Mode &&
		(w.c.Mode != models.ModeWaiting || before.Holder.ID != e.Agent.ID || w.c.Memory.WaitSince != w.now) {
		t.Fatalf("%s gave the chat back, which %+v had: it is in mode %s", e.Agent.Name, before.Holder, w.c.Mode)
	}
	if w.c.Memory.Called != "" && w.c.Mode != models.ModeWaiting {
		t.Fatalf("%s is called in mode %s", w.c.Memory.Called, w.c.Mode)
	}
	if w.c.Memory.Uncovered && w.c.Mode != models.ModeAgent {
		t.Fatalf("in mode %s the thread knows that who has the chat is away", w.c.Mode)
	}
	for _, effect := range effects {
		page, paged := effect.(handover.Page)
		if paged && slices.Contains(e.Absent, page.To) {
			t.Fatalf("%s is told of the chat, and is away", page.To)
		}
		remark, said := effect.(handover.Remark)
		if said && e.Type == models.TimerRang && slices.Contains(e.Absent, remark.Mention) {
			t.Fatalf("%s is mentioned by a timer, and is away: %q", remark.Mention, remark.Text)
		}
	}
}
