package handover_test

import (
	"slices"

	"pgregory.net/rapid"

	"patchbay/handover"
	"patchbay/models"
)

// agentSendsTemplate fills in the form of templates, in any chat. One goes out unasked only where nothing else would, and once.
func (w *world) agentSendsTemplate(t *rapid.T) {
	e, ok := w.agent(t, models.AgentSentTemplate, func(models.Handover) bool { return true })
	if !ok {
		return
	}
	e.Message = w.id("a")
	e.Content = &models.Content{Text: "Hello Kim.", Template: &models.Template{Name: "hello", Language: "en"}}
	before := w.c
	effects := w.happen(t, e)
	sent := slices.ContainsFunc(effects, func(f handover.Effect) bool { _, ok := f.(handover.Send); return ok })
	switch {
	case sent && !isShut(w.p, before, w.now):
		t.Fatal("a template goes out to a customer who can be written to freely, and nobody was asked")
	case sent && before.Memory.Template != "":
		t.Fatalf("a second template goes out beside %s, and nobody was asked", before.Memory.Template)
	case sent && w.c.Mode != models.ModeAgent:
		t.Fatalf("a template goes out in mode %s, and nobody has the chat", w.c.Mode)
	case sent && w.c.Memory.Template != e.Message:
		t.Fatalf("%s went out, and %q is remembered", e.Message, w.c.Memory.Template)
	case !sent && !slices.ContainsFunc(effects, func(f handover.Effect) bool { _, ok := f.(handover.Whisper); return ok }):
		t.Fatalf("a template is not sent, and its author is not told: %q", showAll(effects))
	}
}

// agentSettlesTemplate says how a template is sent that its author was asked about.
func (w *world) agentSettlesTemplate(t *rapid.T) {
	fits := func(m models.Message) bool {
		return m.Kind == models.Held && !m.Deleted && m.Content.Template != nil && !slices.Contains(shelfOf(w.c), m.ID)
	}
	ids := w.some(fits)
	if len(ids) == 0 {
		return
	}
	m := w.messages[rapid.SampledFrom(ids).Draw(t, "template")]
	e := models.Event{
		Type: models.AgentSentTemplate, Sent: w.now, Agent: &m.Person, Handover: m.Handover,
		Wish: rapid.SampledFrom([]models.TemplateWish{models.TemplateAnyway, models.TemplateWords}).Draw(t, "wish"),
	}
	before := w.c
	w.twice(t, e, func(e models.Event) models.Event {
		if fits(*m) {
			content := m.Content
			e.Message, e.Content = m.ID, &content
		}
		return e
	})
	if words := e.Wish == models.TemplateWords && m.Kind == models.Said; words && isShut(w.p, before, w.now) {
		t.Fatal("the words of a template go out after the end of the reply window")
	}
}
