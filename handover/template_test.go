package handover_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that a template goes out after the reply window and claims as a reply does, that its author is asked where it may not be
// wanted any more, and that each answer is carried out once.
func TestDecide_template(t *testing.T) {
	const agent, wait, bot = models.ModeAgent, models.ModeWaiting, models.ModeBot
	day := func(p *handover.Policy) { p.Window = 24 * time.Hour }
	lockedDay := func(p *handover.Policy) { day(p); locked(p) }
	over := func(c *models.Conversation) { c.LastInbound = now.Add(-24 * time.Hour) }
	open := func(c *models.Conversation) { c.LastInbound = now.Add(-time.Minute) }
	had := func(c *models.Conversation) { c.Memory.Template = "a0" }
	words := &models.Content{Text: "Hello Kim.", Template: &models.Template{Name: "hello", Language: "en"}}
	sent := func(who models.Person, change ...func(*models.Event)) models.Event {
		e := by(who, models.AgentSentTemplate, func(e *models.Event) { e.Message, e.Content = "a1", words })
		for _, fn := range change {
			fn(&e)
		}
		return e
	}
	wish := func(wish models.TemplateWish) func(*models.Event) { return func(e *models.Event) { e.Wish = wish } }
	anyway, plain := wish(models.TemplateAnyway), wish(models.TemplateWords)
	answered := func(e *models.Event) { e.Message, e.Content = "", nil }
	other := func(e *models.Event) { e.Handover = "h0" }
	goes := []string{"record a1 agent said", "send a1", "display a1"}
	asks := func(notice string) []string {
		return []string{"record a1 agent held", "whisper U1 h1 " + notice + " a1"}
	}
	remembers := func(template, kept string) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if c.Memory.Template != template || c.Memory.Kept != kept {
				t.Errorf("Template = %q, Kept = %q, want %q and %q", c.Memory.Template, c.Memory.Kept, template, kept)
			}
		}
	}
	check(t, []row{
		{name: "over", c: held(over), e: sent(ana), p: day, mode: agent, want: goes, then: remembers("a1", "")},
		{name: "the platform said so", c: held(open, func(c *models.Conversation) { c.Memory.Shut = true }), e: sent(ana), p: day, mode: agent, want: goes},
		{name: "who waits", c: waiting(over), e: sent(ana), p: day, mode: agent, epoch: 1, want: append([]string{"stop give_up", "claim U1", `remark U1 "has this chat."`}, goes...), then: holds(ana)},
		{name: "a colleague's chat", c: held(over), e: sent(ben), p: day, mode: agent, want: append(append([]string{}, goes...), "whisper U1 h1 intruder a1"), then: holds(ana)},
		{name: "a locked one", c: held(over), e: sent(ben), p: lockedDay, mode: agent, want: []string{"whisper U2 h1 not_yours"}},
		{name: "an old thread", c: held(over), e: sent(ana, other), p: day, mode: agent, want: []string{"whisper U1 h0 not_here"}},
		{name: "closed", c: closed(over), e: sent(ana), p: day, mode: bot, want: []string{"whisper U1 h1 not_now"}},
		{name: "a promise", c: closed(over, owed), e: sent(ana), p: day, mode: agent, epoch: 1, then: remembers("a1", ""),
			want: append([]string{"reopen quietly h1: taken_over", "claim U1", `remark U1 "has this chat."`}, goes...)},
		{name: "gone from the config", c: held(over), e: sent(ana, func(e *models.Event) { e.Content = nil }), p: day, mode: agent, want: []string{"whisper U1 h1 no_template"}},
		{name: "not filled in", c: held(over), p: day, mode: agent, want: []string{"whisper U1 h1 bare_template"},
			e: sent(ana, func(e *models.Event) { e.Content = &models.Content{Template: words.Template} })},
		{name: "the customer wrote", c: held(open), e: sent(ana), p: day, mode: agent, want: asks("template_open")},
		{name: "the customer wrote, nobody has it", c: waiting(open), e: sent(ana), p: day, mode: wait, want: asks("template_open")},
		{name: "another went out", c: held(over, had), e: sent(ana), p: day, mode: agent, want: asks("template_again"), then: remembers("a0", "")},
		{name: "all the same", c: held(open), e: sent(ana, anyway), p: day, mode: agent, then: remembers("a1", ""), want: []string{
			"release a1 as template", "whisper U1 h1 on_its_way a1 now", "display a1",
		}},
		{name: "its words", c: held(open), e: sent(ana, plain), p: day, mode: agent, then: remembers("", ""), want: []string{
			"release a1", "whisper U1 h1 on_its_way a1 now", "display a1",
		}},
		{name: "its words, too late", c: held(over), e: sent(ana, plain), p: day, mode: agent, want: []string{
			"shelve a1", "whisper U1 h1 shelved a1", "display a1",
		}},
		{name: "answered already", c: held(open), e: sent(ana, anyway, answered), p: day, mode: agent},
		{name: "it failed", c: held(over, had), p: day, mode: agent, then: remembers("", ""),
			want: []string{`remark h1 U1 a0 "Not delivered. Paused."`, "whisper U1 h1 failed a0"},
			e:    by(ana, models.SendFailed, func(e *models.Event) { e.Message, e.Failure = "a0", &models.Failure{Kind: "rejected", Text: "Paused."} })},
		{name: "the customer answers it", c: held(over, had), e: wrote("Yes", models.Signals{}), p: day, mode: agent, then: remembers("", ""), want: []string{
			"record m1 customer said", "display m1", "set window +23h0m0s",
		}},
		{name: "kept by a click", c: closed(over, owed), e: by(ana, models.AgentClaimed), p: day, mode: agent, epoch: 1, then: remembers("", "h1"), want: []string{
			"reopen quietly h1: taken_over", "claim U1", `remark U1 "has this chat, and keeps the promise."`, "set joined +5s",
		}},
	})
}

// Ensure that the button stands first where a promise is kept, and does not change the notice it was made of.
func TestWithTemplate(t *testing.T) {
	plain := handover.NoticeFor(handover.NoticeShelved)
	for _, promised := range []bool{false, true} {
		n := plain.WithTemplate(promised)
		first := n.Choices[0].Kind == handover.AskTemplate
		if len(n.Choices) != len(plain.Choices)+1 || first != promised || n.Text == plain.Text {
			t.Errorf("WithTemplate(%v) = %+v", promised, n)
		}
	}
	if len(plain.Choices) != 1 || plain.Choices[0].Kind != handover.Canceled {
		t.Errorf("the notice became %+v", plain)
	}
}
