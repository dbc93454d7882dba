package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// in moves an agent's act to another thread, to a note, to another time.
func in(h string) func(*models.Event) { return func(e *models.Event) { e.Handover = h } }
func note(e *models.Event)            { e.Note = true }
func file(e *models.Event) {
	e.Content = &models.Content{Attachments: []models.Attachment{{Kind: models.File, Name: "label.pdf"}}}
}
func sent(at models.Stamp) func(*models.Event) {
	return func(e *models.Event) { e.Sent = at }
}

func joining(c *models.Conversation) { c.Memory.Joining = true }

// holds checks who has the chat.
func holds(agent models.Person) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		if c.Holder != agent {
			t.Errorf("Holder = %+v, want %+v", c.Holder, agent)
		}
	}
}

var said1 = []string{"record a1 agent said", "send a1"}

// files tells the agent that his files stay behind.
const files = "whisper U1 h1 files a1"

// Ensure that a reply reaches the customer where it was meant to, is held back where it may not, and that a note stays.
func TestDecide_agentReplies(t *testing.T) {
	reply := func(agent models.Person, change ...func(*models.Event)) models.Event {
		return by(agent, models.AgentReplied, change...)
	}
	bot, wait, agent := models.ModeBot, models.ModeWaiting, models.ModeAgent
	hold := func(notice string) []string { return []string{"record a1 agent held", "whisper U1 " + notice + " a1"} }
	check(t, []row{
		{name: "waiting: claims", c: waiting(), e: reply(ana), mode: agent, epoch: 1, want: append([]string{"stop give_up", "claim U1"}, said1...), then: holds(ana)},
		{name: "waiting: a note claims nothing", c: waiting(), e: reply(ana, note), mode: wait, want: []string{"record a1 agent note"}, then: holds(models.Person{})},
		{name: "waiting: in a thread of the past", c: waiting(), e: reply(ana, in("h0")), mode: wait, want: hold("h0 moved")},
		{name: "agent: goes across", c: held(), e: reply(ana), mode: agent, want: said1},
		{name: "agent: a file stays behind, and he is told", c: held(), e: reply(ana, file), mode: agent, want: append(said1, files)},
		{name: "agent: a note's file was never to go", c: held(), e: reply(ana, file, note), mode: agent, want: []string{"record a1 agent note"}},
		{name: "agent: a colleague's goes across too", c: held(), e: reply(ben), mode: agent, want: append(said1, "whisper U1 h1 intruder a1"), then: holds(ana)},
		{name: "agent: a note", c: held(), e: reply(ben, note), mode: agent, want: []string{"record a1 agent note"}},
		{name: "agent: in a thread of the past", c: held(), e: reply(ana, in("h0")), mode: agent, want: hold("h0 moved")},
		{name: "agent: the first after Take it", c: held(joining), e: reply(ana), mode: agent, want: append([]string{"stop joined"}, said1...), then: isJoining(false)},
		{name: "agent: a note after Take it", c: held(joining), e: reply(ana, note), mode: agent, want: []string{"record a1 agent note"}, then: isJoining(true)},
		{name: "bot: after the end", c: closed(), e: reply(ana), mode: bot, want: hold("h1 closed")},
		{name: "bot: written before the click on Resolve", c: closed(), e: reply(ana, sent(noon)), mode: bot, want: said1},
		{name: "bot: written just after it", c: closed(), e: reply(ana, sent(noon+1)), mode: bot, want: hold("h1 closed")},
		{name: "bot: written at no known time", c: closed(), e: reply(ana, sent(0)), mode: bot, want: hold("h1 closed")},
		{name: "bot: written before the end, in a thread of the past", c: closed(), e: reply(ana, in("h0"), sent(noon)), mode: bot, want: hold("h0 closed")},
		{name: "waiting: with a file", c: waiting(), e: reply(ana, file), mode: agent, epoch: 1, want: append([]string{"stop give_up", "claim U1"}, append(said1, files)...)},
		{name: "bot: with a file, written before the click on Resolve", c: closed(), e: reply(ana, file, sent(noon)), mode: bot, want: append(said1, files)},
		{name: "bot: with a file, after the end", c: closed(), e: reply(ana, file), mode: bot, want: hold("h1 closed")},
		{name: "bot: a note after the end", c: closed(), e: reply(ana, note), mode: bot, want: []string{"record a1 agent note"}},
		{name: "bot: in a thread that opened too late", c: closed(func(c *models.Conversation) { c.Memory.Resolved = 0 }), e: reply(ana, sent(noon)), mode: bot, want: hold("h1 closed")},
	})
}

func isJoining(want bool) func(*testing.T, models.Conversation) {
	return func(t *testing.T, c models.Conversation) {
		if c.Memory.Joining != want {
			t.Errorf("Joining = %v, want %v", c.Memory.Joining, want)
		}
	}
}

// Ensure that a reply is recorded with what the customer is shown of its author: the name when he is not the last who spoke.
func TestDecide_agentIsNamed(t *testing.T) {
	spoke := func(who string) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.Speaker = who }
	}
	tests := []struct {
		name string
		c    models.Conversation
		e    models.Event
		want string
	}{
		{"first", waiting(), by(ana, models.AgentReplied), "Ana"},
		{"after the bot", waiting(spoke("bot")), by(ana, models.AgentReplied), "Ana"},
		{"again", held(), by(ana, models.AgentReplied), ""},
		{"after a colleague", held(spoke("agent:U2")), by(ana, models.AgentReplied), "Ana"},
		{"the colleague", held(), by(ben, models.AgentReplied), "Ben"},
		{"written before the end", closed(), by(ana, models.AgentReplied, sent(noon)), "Ana"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, effects := handover.Decide(tt.c, tt.e, handover.DefaultPolicy(), now)
			for _, effect := range effects {
				r, ok := effect.(handover.Record)
				if !ok {
					continue
				}
				m := r.Message
				if m.Title != tt.want || m.Handover != "h1" || m.Post != "post1" || m.Person != *tt.e.Agent || m.Content.Text != "Hello" {
					t.Errorf("recorded %+v, want title %q, in h1, as post1", m, tt.want)
				}
			}
			if got.Memory.Told != "" {
				t.Errorf("Told = %q, want none: the agent spoke last", got.Memory.Told)
			}
		})
	}
}

// Ensure that Take it gives the chat to who clicked, that its second click does nothing, and that one too late is told.
func TestDecide_agentClaims(t *testing.T) {
	claim := func(agent models.Person, change ...func(*models.Event)) models.Event {
		return by(agent, models.AgentClaimed, change...)
	}
	bot, wait, agent := models.ModeBot, models.ModeWaiting, models.ModeAgent
	takes := func(id string) []string {
		return []string{"claim " + id, "remark " + id + ` "has this chat."`, "set joined +5s"}
	}
	check(t, []row{
		{name: "waiting", c: waiting(), e: claim(ana), mode: agent, epoch: 1, want: append([]string{"stop give_up"}, takes("U1")...), then: holds(ana)},
		{name: "waiting, by a card whose thread is not recorded", c: waiting(unopened), e: claim(ana), mode: agent, epoch: 1, want: append([]string{"stop give_up"}, takes("U1")...)},
		{name: "agent: who has it", c: held(), e: claim(ana), mode: agent, then: holds(ana)},
		{name: "agent: who has it, just now", c: held(joining), e: claim(ana), mode: agent, then: isJoining(true)},
		{name: "agent: a colleague takes it", c: held(), e: claim(ben), mode: agent, epoch: 1, want: takes("U2"), then: holds(ben)},
		{name: "agent: a colleague is faster than the notice", c: held(joining), e: claim(ben), mode: agent, epoch: 1, want: append([]string{"stop joined"}, takes("U2")...), then: isJoining(true)},
		{name: "bot: over", c: closed(), e: claim(ana), mode: bot, want: []string{"whisper U1 h1 over"}},
		{name: "bot: over, long ago", c: closed(), e: claim(ana, in("h0")), mode: bot, want: []string{"whisper U1 h0 over"}},
		{name: "waiting: a card of the past", c: waiting(), e: claim(ana, in("h0")), mode: wait, want: []string{"whisper U1 h0 newer"}},
		{name: "agent: a card of the past", c: held(), e: claim(ben, in("h0")), mode: agent, want: []string{"whisper U2 h0 newer"}, then: holds(ana)},
	})
}

// Ensure that Resolve gives the chat back at the click, and that a click on what is over changes nothing.
func TestDecide_agentResolves(t *testing.T) {
	resolve := func(change ...func(*models.Event)) models.Event { return by(ana, models.AgentResolved, change...) }
	ends := []string{`remark U1 "resolved this chat. The bot has it again."`, "close resolved U1", "tell resolved Ana"}
	clicked := func(want models.Stamp) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			r := c.Memory.Returned
			if c.Memory.Resolved != want || c.Holder != (models.Person{}) || c.Memory.Speaker != "" || r == nil || *r != (models.Returned{Ended: "resolved", Handover: "h1", Agent: "Ana"}) {
				t.Errorf("Resolved = %d, Holder %+v, Speaker %q, Returned %+v; want %d, nobody, and h1 resolved by Ana", c.Memory.Resolved, c.Holder, c.Memory.Speaker, r, want)
			}
		}
	}
	check(t, []row{
		{name: "agent", c: held(), e: resolve(sent(noon + 7)), mode: models.ModeBot, epoch: 1, want: ends, then: clicked(noon + 7)},
		{name: "agent, at no known time", c: held(), e: resolve(sent(0)), mode: models.ModeBot, epoch: 1, want: ends, then: clicked(now)},
		{name: "agent, before the notice that he joined", c: held(joining), e: resolve(), mode: models.ModeBot, epoch: 1, want: []string{ends[0], ends[1], "stop joined", ends[2]}, then: isJoining(false)},
		{name: "waiting", c: waiting(), e: resolve(), mode: models.ModeBot, epoch: 1, want: []string{ends[0], ends[1], "stop give_up", ends[2]}, then: clicked(now)},
		{name: "no bot", c: held(), e: resolve(), p: noBot, mode: models.ModeBot, epoch: 1, want: []string{`remark U1 "resolved this chat."`, ends[1], ends[2]}},
		{name: "bot: a second click", c: closed(), e: resolve(), mode: models.ModeBot},
		{name: "waiting: a card of the past", c: waiting(), e: resolve(in("h0")), mode: models.ModeWaiting},
		{name: "agent: a card of the past", c: held(), e: resolve(in("h0")), mode: models.ModeAgent, then: holds(ana)},
	})
}
