package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

func locked(p *handover.Policy) { p.Desk.Lock = handover.LockOwner }

func intruded(ids ...string) func(*models.Conversation) {
	return func(c *models.Conversation) { c.Memory.Intruders = ids }
}

// Ensure that a colleague's reply in a chat that somebody has is sent and told once, or held back and asked about.
func TestDecide_intruders(t *testing.T) {
	reply := func(agent models.Person, change ...func(*models.Event)) models.Event {
		return by(agent, models.AgentReplied, change...)
	}
	agent := models.ModeAgent
	check(t, []row{
		{name: "the first reply is told", c: held(), e: reply(ben), mode: agent, want: append(said1, "whisper U1 h1 intruder a1")},
		{name: "the second is not", c: held(intruded("U2")), e: reply(ben), mode: agent, want: said1, then: holds(ana)},
		{name: "another colleague's is", c: held(intruded("U3")), e: reply(ben), mode: agent, want: append(said1, "whisper U1 h1 intruder a1")},
		{name: "a note is not", c: held(), e: reply(ben, note), mode: agent, want: []string{"record a1 agent note"}},
		{name: "a new claim begins anew", c: held(intruded("U2")), e: by(ben, models.AgentClaimed), mode: agent, epoch: 1,
			want: []string{"claim U2", `remark U2 "has this chat."`, "set joined +5s"}, then: func(t *testing.T, c models.Conversation) {
				if len(c.Memory.Intruders) != 0 {
					t.Errorf("Intruders = %q after a claim, want none", c.Memory.Intruders)
				}
			}},
		{name: "locked: held back and asked", c: held(), p: locked, e: reply(ben), mode: agent,
			want: []string{"record a1 agent held", "whisper U2 h1 locked a1"}, then: holds(ana)},
		{name: "locked: who has it writes", c: held(), p: locked, e: reply(ana), mode: agent, want: said1},
		{name: "locked: a note", c: held(), p: locked, e: reply(ben, note), mode: agent, want: []string{"record a1 agent note"}},
		{name: "locked: nobody has it", c: waiting(), p: locked, e: reply(ben), mode: agent, epoch: 1,
			want: append([]string{"stop give_up", "claim U2"}, said1...), then: holds(ben)},
	})
}

// Ensure that each answer to "A colleague has this chat" does what it says, once, and on an old whisper no harm.
func TestDecide_heldBack(t *testing.T) {
	click := func(what models.EventType, change ...func(*models.Event)) models.Event {
		reply := func(e *models.Event) { e.Message, e.Content = "a1", &models.Content{Text: "Hello"} }
		return by(ben, what, append([]func(*models.Event){reply}, change...)...)
	}
	gone := func(e *models.Event) { e.Message = "" }
	bot, wait, agent := models.ModeBot, models.ModeWaiting, models.ModeAgent
	rows := []row{
		{name: "send anyway", c: held(), e: click(models.AgentInsisted), mode: agent,
			want: []string{"release a1", "whisper U2 h1 sent a1", "whisper U1 h1 intruder a1"}, then: holds(ana)},
		{name: "send anyway: again", c: held(intruded("U2")), e: click(models.AgentInsisted), mode: agent,
			want: []string{"release a1", "whisper U2 h1 sent a1"}},
		{name: "send anyway: who had it has left", c: waiting(), e: click(models.AgentInsisted), mode: agent, epoch: 1,
			want: []string{"stop give_up", "claim U2", "release a1", "whisper U2 h1 sent a1"}, then: holds(ben)},
		{name: "take over", c: held(), e: click(models.AgentSeized), mode: agent, epoch: 1,
			want: []string{"claim U2", `remark U2 "has this chat."`, "release a1", "whisper U2 h1 sent a1"}, then: holds(ben)},
		{name: "take over: waiting", c: waiting(), e: click(models.AgentSeized), mode: agent, epoch: 1,
			want: []string{"stop give_up", "claim U2", `remark U2 "has this chat."`, "release a1", "whisper U2 h1 sent a1"}, then: holds(ben)},
		{name: "make it a note", c: held(), e: click(models.AgentMadeNote), mode: agent, want: []string{"keep a1", "whisper U2 h1 kept a1"}},
		{name: "make it a note: after the end", c: closed(), e: click(models.AgentMadeNote), mode: bot, want: []string{"keep a1", "whisper U2 h1 kept a1"}},
		{name: "make it a note: twice", c: held(), e: click(models.AgentMadeNote, gone), mode: agent},
	}
	for _, what := range []models.EventType{models.AgentInsisted, models.AgentSeized} {
		rows = append(rows,
			row{name: string(what) + " twice", c: held(), e: click(what, gone), mode: agent},
			row{name: string(what) + " after the end", c: closed(), e: click(what), mode: bot, want: []string{"whisper U2 h1 closed a1"}},
			row{name: string(what) + " in a thread of the past", c: waiting(), e: click(what, in("h0")), mode: wait, want: []string{"whisper U2 h0 moved a1"}},
		)
	}
	check(t, rows)
}

// Ensure that a chat goes to the person or the team that it is passed on to, and that the customer is told when another
// one speaks.
func TestDecide_pass(t *testing.T) {
	teams := func(p *handover.Policy) { p.Desk.Teams = map[string]string{"billing": "C2", "support": "C1"} }
	to := func(p models.Person) func(*models.Event) { return func(e *models.Event) { e.Target = &p } }
	team := func(name string) func(*models.Event) {
		return func(e *models.Event) { e.Values = map[string]string{handover.FieldPassTeam: name} }
	}
	pass := func(change ...func(*models.Event)) models.Event {
		e := by(ana, models.AgentPassed, change...)
		e.Message, e.Place = "n1", "C1"
		return e
	}
	withNote := func(e models.Event) models.Event {
		e.Values[handover.FieldPassNote] = " Paid twice. "
		return e
	}
	unspoken := func(c *models.Conversation) { c.Memory.Speaker = "bot" }
	bot, wait, agent := models.ModeBot, models.ModeWaiting, models.ModeAgent
	check(t, []row{
		{name: "to a person", c: held(), e: pass(to(ben)), mode: agent, epoch: 1,
			want: []string{"claim U2", `remark U2 "has this chat now; Ana passed it on."`, "tell passed Ana"}, then: holds(ben)},
		{name: "to a person whom the customer knows", c: held(func(c *models.Conversation) { c.Memory.Speaker = "agent:U2" }), e: pass(to(ben)), mode: agent, epoch: 1,
			want: []string{"claim U2", `remark U2 "has this chat now; Ana passed it on."`}, then: holds(ben)},
		{name: "to a person before anybody spoke", c: waiting(unspoken), e: pass(to(ben)), mode: agent, epoch: 1,
			want: []string{"stop give_up", "claim U2", `remark U2 "has this chat now; Ana passed it on."`}, then: holds(ben)},
		{name: "to oneself", c: waiting(), e: pass(to(ana)), mode: agent, epoch: 1,
			want: []string{"stop give_up", "claim U1", `remark U1 "has this chat."`}, then: holds(ana)},
		{name: "to a person, an answer is owed", c: closed(owed), e: pass(to(ben)), mode: agent, epoch: 1,
			want: []string{"reopen quietly h1: taken_over", "claim U2", `remark U2 "has this chat now; Ana passed it on."`}, then: holds(ben)},
		{name: "to a team elsewhere, an answer is owed", c: closed(owed), e: withNote(pass(team("billing"))), p: teams, mode: bot, want: []string{
			`remark U1 "passed this chat on to billing, who owe the answer now. It goes on in a new thread there."`, "record n1 agent note", "display n1",
			"close passed U1", "open in C2: passed billing owed",
		}},
		{name: "to a team here, an answer is owed", c: closed(owed), e: pass(team("support")), p: teams, mode: bot, want: []string{
			"detail support", `remark U1 "passed this chat on to support. An answer is still owed; anyone can take it."`,
		}, then: promisedTo("h1")},
		{name: "to a team that is gone, an answer is owed", c: closed(owed), e: pass(team("sales")), p: teams, mode: bot, want: []string{"whisper U1 h1 no_team"}, then: promisedTo("h1")},
		{name: "from an old thread, an answer is owed in the newer", c: closed(owed), e: pass(in("h0"), team("billing")), p: teams, mode: bot, want: []string{"whisper U1 h0 over"}},
		{name: "to who has it", c: held(), e: pass(to(ana)), mode: agent, want: []string{"whisper U1 h1 has_it"}, then: holds(ana)},
		{name: "to a team elsewhere, with a note", c: held(), p: teams, e: withNote(pass(team("billing"))), mode: wait, epoch: 1, want: []string{
			`remark U1 "passed this chat on to billing. It goes on in a new thread there."`, "record n1 agent note", "display n1",
			"close passed U1", "open in C2: passed billing", "set give_up +10m0s", "tell passed Ana",
		}, then: holds(models.Person{})},
		{name: "to a team here", c: held(), p: teams, e: pass(team("support")), mode: wait, epoch: 1, want: []string{
			"offer", "detail support", `remark U1 "passed this chat on to support. Anyone can take it."`, "set give_up +10m0s", "tell passed Ana",
		}, then: holds(models.Person{})},
		{name: "to a team here, while it waits", c: waiting(), p: teams, e: pass(team("support")), mode: wait, want: []string{
			"detail support", `remark U1 "passed this chat on to support. Anyone can take it."`,
		}},
		{name: "to a team that is gone", c: held(), p: teams, e: pass(team("sales")), mode: agent, want: []string{"whisper U1 h1 no_team"}, then: holds(ana)},
		{name: "on a card that is over", c: closed(), p: teams, e: pass(team("billing")), mode: bot, want: []string{"whisper U1 h1 over"}},
		{name: "on a card of the past", c: held(), p: teams, e: pass(team("billing"), in("h0")), mode: agent, want: []string{"whisper U1 h0 newer"}},
	})
}
