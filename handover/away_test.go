package handover_test

import (
	"strings"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

// goneAway says that Ana is away, and Cem, who is on call.
func goneAway(e *models.Event) { e.Absent = []string{"U1", "U9"} }

// Ensure that a chat goes back to its team once, from who has it alone, and that the customer is told if somebody spoke to
// him.
func TestDecide_stepBack(t *testing.T) {
	stepped := []string{`remark U1 "gave this chat back to the team. Anyone can take it."`, "offer", "set give_up +10m0s"}
	unspoken := func(c *models.Conversation) { c.Memory.Speaker = "bot" }
	older := func(e *models.Event) { e.Handover = "h0" }
	check(t, []row{
		{name: "who has it", c: held(), e: by(ana, models.AgentStepped), mode: models.ModeWaiting, epoch: 1, want: append(stepped, "tell passed Ana")},
		{name: "who said nothing yet", c: held(unspoken), e: by(ana, models.AgentStepped), mode: models.ModeWaiting, epoch: 1, want: stepped},
		{name: "with a ladder", c: held(unspoken), e: by(ana, models.AgentStepped), p: climbing, mode: models.ModeWaiting, epoch: 1, want: append(stepped[:3:3], "set rung +1m0s")},
		{name: "somebody else", c: held(), e: by(ben, models.AgentStepped), mode: models.ModeAgent},
		{name: "twice", c: waiting(), e: by(ana, models.AgentStepped), mode: models.ModeWaiting},
		{name: "in a thread of the past", c: held(), e: by(ana, models.AgentStepped, older), mode: models.ModeAgent},
		{name: "after the end", c: closed(), e: by(ana, models.AgentStepped), mode: models.ModeBot},
	})
}

// Ensure that nobody is brought a chat who is away, and that a thread is told once of whoever has it and is away.
func TestDecide_absent(t *testing.T) {
	const uncovered = `remark "Ana has this chat and is away. Anyone can take it."`
	write := func(text string, s models.Signals) models.Event {
		e := wrote(text, s)
		goneAway(&e)
		return e
	}
	told := func(c *models.Conversation) { c.Memory.Uncovered = true }
	silent := func(p *handover.Policy) { p.Desk.Queue.QuietAgent, p.Desk.Queue.QuietOffer = time.Minute, true }
	dumb := func(p *handover.Policy) { p.Desk.Queue.QuietAgent = time.Minute }
	waits := func(c *models.Conversation) { c.Memory.QuietSince = now.Add(-time.Minute) }
	check(t, []row{
		{name: "the customer writes", c: held(), e: write("Hello?", models.Signals{}), mode: models.ModeAgent, want: []string{"record m1 customer said", "display m1", uncovered}},
		{name: "writes again", c: held(told), e: write("Hello?", models.Signals{}), mode: models.ModeAgent, want: []string{"record m1 customer said", "display m1"}},
		{name: "says thanks", c: held(), e: write("Thanks", models.Signals{Small: true}), mode: models.ModeAgent, want: []string{"record m1 customer said", "display m1"}},
		{name: "somebody else is away", c: held(func(c *models.Conversation) { c.Holder = ben }), e: write("Hello?", models.Signals{}), mode: models.ModeAgent,
			want: []string{"record m1 customer said", "display m1"}},
		{name: "taken over", c: held(told), e: by(ben, models.AgentClaimed), mode: models.ModeAgent, epoch: 1, want: []string{"claim U2", `remark U2 "has this chat."`, "set joined +5s"},
			then: func(t *testing.T, c models.Conversation) {
				if c.Memory.Uncovered || c.Memory.HadBy != ana || c.Memory.HadAt != now {
					t.Errorf("Uncovered = %v, had by %+v at %d; want Ana, now", c.Memory.Uncovered, c.Memory.HadBy, c.Memory.HadAt)
				}
			}},
		{name: "on call", c: waiting(at(3, 2*time.Minute)), e: rings(models.TimerRung, goneAway), p: climbing, mode: models.ModeWaiting,
			want: []string{`remark "Whoever is on call is away, so nobody was told by a direct message."`, "tell still_waiting", "set rung +3m0s"}},
		{name: "reminded", c: held(waits), e: rings(models.TimerQuiet, goneAway), p: dumb, mode: models.ModeAgent, want: []string{uncovered}},
		{name: "offered", c: held(waits), e: rings(models.TimerQuiet, goneAway), p: silent, mode: models.ModeWaiting, epoch: 1,
			want: []string{`remark "Ana is away, so everybody can take this chat again."`, "offer", "set give_up +10m0s", "tell left Ana"}},
	})
}

// Ensure that a customer who comes back is brought to who had him last, if that is not long ago and he is about, and that the
// chat waits all the same.
func TestDecide_returning(t *testing.T) {
	week := func(p *handover.Policy) { p.Desk.Returning = 7 * 24 * time.Hour }
	both := func(p *handover.Policy) { week(p); climbing(p) }
	had := func(ago time.Duration) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.HadBy, c.Memory.HadAt = ana, now.Add(-ago) }
	}
	long := func(c *models.Conversation) { c.Memory.Resolved = now.Add(-72 * time.Hour) }
	called := func(c *models.Conversation) { had(time.Hour)(c); c.Memory.Called = "U1" }
	asks := wrote("A human!", models.Signals{Asks: true})
	opened := []string{"record m1 customer said", "open: asked", "set give_up +10m0s", "tell handover"}
	const line = `remark U1 "you had this customer last. Can you take this chat?"`
	check(t, []row{
		{name: "days later", c: closed(long, had(72*time.Hour)), e: asks, p: week, mode: models.ModeWaiting, epoch: 1, want: append(opened[:4:4], "seek U1")},
		{name: "soon", c: closed(had(time.Hour)), e: asks, p: week, mode: models.ModeWaiting, epoch: 1,
			want: []string{"record m1 customer said", "reopen h1: asked", "set give_up +10m0s", "tell handover", "seek U1"}},
		{name: "too late", c: closed(long, had(8*24*time.Hour)), e: asks, p: week, mode: models.ModeWaiting, epoch: 1, want: opened},
		{name: "never", c: closed(long, had(72*time.Hour)), e: asks, mode: models.ModeWaiting, epoch: 1, want: opened},
		{name: "nobody had him", c: closed(long), e: asks, p: week, mode: models.ModeWaiting, epoch: 1, want: opened},
		{name: "about", c: waiting(had(time.Hour)), e: by(ana, models.AgentAbout), mode: models.ModeWaiting, want: []string{line}},
		{name: "about, twice", c: waiting(called), e: by(ana, models.AgentAbout), mode: models.ModeWaiting},
		{name: "about, and taken meanwhile", c: held(had(time.Hour)), e: by(ana, models.AgentAbout), mode: models.ModeAgent},
		{name: "about, of a wait before another agent's", c: waiting(had(time.Hour)), e: by(ben, models.AgentAbout), mode: models.ModeWaiting},
		{name: "reminded first", c: waiting(called, at(0, time.Minute)), e: rings(models.TimerRung), p: both, mode: models.ModeWaiting,
			want: []string{`remark U1 "nobody has taken this chat yet. You had this customer last: can you?"`, "tell still_waiting", "set rung +2m0s"}},
		{name: "away by then", c: waiting(called, at(0, time.Minute)), e: rings(models.TimerRung, goneAway), p: both, mode: models.ModeWaiting,
			want: []string{`remark "Nobody has taken this chat yet."`, "tell still_waiting", "set rung +2m0s"}},
		{name: "closed", c: held(), e: by(ana, models.AgentResolved), mode: models.ModeBot, epoch: 1,
			want: []string{`remark U1 "resolved this chat. The bot has it again."`, "close resolved U1", "tell resolved Ana"},
			then: func(t *testing.T, c models.Conversation) {
				if c.Memory.HadBy != ana || c.Memory.HadAt != now {
					t.Errorf("had by %+v at %d, want Ana, now", c.Memory.HadBy, c.Memory.HadAt)
				}
			}},
	})
}

// Ensure that tags are given and taken off, that a form takes off only what it showed, and that they are never too many.
func TestDecide_tags(t *testing.T) {
	tagged := func(tags ...string) func(*models.Conversation) {
		return func(c *models.Conversation) { c.Memory.Tags = tags }
	}
	form := func(shown []string, chosen, more string) models.Event {
		return by(ana, models.AgentTagged, func(e *models.Event) {
			e.Ref, e.Values = handover.ShownTags(shown), map[string]string{handover.FieldTags: chosen, handover.FieldTag: more}
		})
	}
	own := func(c *models.Conversation) { c.Contact.Fields = map[string]string{"tags": "gold"} }
	has := func(want ...string) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if got := strings.Join(c.Memory.Tags, ","); got != strings.Join(want, ",") {
				t.Errorf("Tags = %q, want %q", got, want)
			}
		}
	}
	many := strings.Split("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t", ",")
	check(t, []row{
		{name: "new", c: held(), e: form(nil, "", " VIP, late  payer "), mode: models.ModeAgent, want: []string{"tag vip,late payer", "refresh"}, then: has("vip", "late payer")},
		{name: "chosen", c: waiting(), e: form(nil, "vip", ""), mode: models.ModeWaiting, want: []string{"tag vip", "refresh"}, then: has("vip")},
		{name: "twice", c: waiting(tagged("vip")), e: form(nil, "vip", ""), mode: models.ModeWaiting, then: has("vip")},
		{name: "taken off", c: closed(tagged("vip", "late")), e: form([]string{"vip", "late"}, "late", ""), mode: models.ModeBot, want: []string{"tag", "refresh"}, then: has("late")},
		{name: "given by a colleague meanwhile", c: held(tagged("vip", "late")), e: form([]string{"vip"}, "", "new"), mode: models.ModeAgent, want: []string{"tag new", "refresh"}, then: has("late", "new")},
		{name: "from the customer's system", c: held(own), e: form(nil, "", "gold, vip"), mode: models.ModeAgent, want: []string{"tag vip", "refresh"}, then: has("vip")},
		{name: "too many", c: held(tagged(many...)), e: form(many, strings.Join(many, ","), "more"), mode: models.ModeAgent, then: has(many...)},
		{name: "of a customer who is blocked", c: closed(muted), e: form(nil, "spam", ""), mode: models.ModeBot, want: []string{"tag spam", "refresh"}, then: has("spam")},
	})
	for _, tt := range []struct {
		values map[string]string
		fault  string
	}{
		{map[string]string{handover.FieldTag: "vip, late"}, ""},
		{map[string]string{handover.FieldTags: strings.Join(many, ",")}, ""},
		{map[string]string{handover.FieldTags: strings.Join(many, ","), handover.FieldTag: "more"}, "at most 20 tags"},
		{map[string]string{handover.FieldTag: strings.Repeat("x", 41)}, "at most 40 characters"},
	} {
		if got := handover.FormTags.Check(tt.values)[handover.FieldTag]; tt.fault == "" && got != "" || !strings.Contains(got, tt.fault) {
			t.Errorf("Check(%q) = %q, want %q", tt.values, got, tt.fault)
		}
	}
}

// Ensure that an agent who goes or comes is told what is his.
func TestNoticeAway(t *testing.T) {
	for _, tt := range []struct {
		n       handover.Notice
		text    string
		buttons string
	}{
		{handover.NoticeAway(0), "until you are back", "I am back"},
		{handover.NoticeAway(1), "You have 1 chat:", "Pass all to the team|Leave them|I am back"},
		{handover.NoticeAway(3), "You have 3 chats:", "Pass all to the team|Leave them|I am back"},
		{handover.NoticeBack(0, 0), "You are back. Nobody waits.", ""},
		{handover.NoticeBack(1, 0), "1 chat waits.", ""},
		{handover.NoticeBack(4, 1), "4 chats wait. In 1 more an answer is owed.", ""},
		{handover.NoticeBack(0, 2), "Nobody waits. In 2 chats an answer is owed.", ""},
		{handover.NoticePassedAll(0), "no chats", ""},
		{handover.NoticePassedAll(1), "Your chat waits", ""},
		{handover.NoticePassedAll(2), "Your 2 chats wait", ""},
	} {
		var titles []string
		for _, choice := range tt.n.Choices {
			titles = append(titles, choice.Title)
		}
		if got := strings.Join(titles, "|"); !strings.Contains(tt.n.Text, tt.text) || got != tt.buttons {
			t.Errorf("notice %q with %q, want %q with %q", tt.n.Text, got, tt.text, tt.buttons)
		}
	}
}
