package handover_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

const (
	noon models.Stamp = 1_700_000_000_000 // when the last thing happened before the event of a test
	now               = noon + 60_000     // when the event of a test happens
)

var (
	ana = models.Person{ID: "U1", Name: "Ana"}
	ben = models.Person{ID: "U2", Name: "Ben"}
)

// row is one line of a table: what an event does to a conversation under a policy.
type row struct {
	name  string
	c     models.Conversation
	e     models.Event
	p     func(*handover.Policy) // changes the default policy; nil leaves it
	mode  models.Mode            // then
	epoch int64                  // by how much it grows
	want  []string               // the effects, as show tells them
	then  func(*testing.T, models.Conversation)
}

// check decides each row and compares what comes of it.
func check(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			p := handover.DefaultPolicy()
			if tt.p != nil {
				tt.p(&p)
			}
			got, effects := handover.Decide(tt.c, tt.e, p, now)
			if got.Mode != tt.mode {
				t.Errorf("Decide(%s).Mode = %s, want %s", tt.e.Type, got.Mode, tt.mode)
			}
			if grown := got.Epoch - tt.c.Epoch; grown != tt.epoch {
				t.Errorf("Decide(%s) adds %d to the epoch, want %d", tt.e.Type, grown, tt.epoch)
			}
			if all := showAll(effects); !slices.Equal(all, tt.want) {
				t.Errorf("Decide(%s) =\n  %q, want\n  %q", tt.e.Type, all, tt.want)
			}
			if got.UpdatedAt != now {
				t.Errorf("Decide(%s).UpdatedAt = %d, want %d", tt.e.Type, got.UpdatedAt, now)
			}
			if tt.then != nil {
				tt.then(t, got)
			}
		})
	}
}

// inBot is a chat that the bot has, and that nobody else ever had.
func inBot(change ...func(*models.Conversation)) models.Conversation {
	c := models.Conversation{
		ID: 1, Channel: "telegram/support", Account: "telegram/1", Address: "7", Contact: models.Contact{ID: "7", Name: "Kim"},
		Mode: models.ModeBot, Epoch: 4, CreatedAt: 1, UpdatedAt: noon,
	}
	for _, fn := range change {
		fn(&c)
	}
	return c
}

// waiting is a chat that nobody has taken yet, in the open thread h1.
func waiting(change ...func(*models.Conversation)) models.Conversation {
	return inBot(append([]func(*models.Conversation){func(c *models.Conversation) {
		c.Mode, c.Handover, c.Memory.Opened, c.Memory.Told = models.ModeWaiting, "h1", true, "handover"
	}}, change...)...)
}

// held is a chat that Ana has, in the open thread h1; she spoke last.
func held(change ...func(*models.Conversation)) models.Conversation {
	return waiting(append([]func(*models.Conversation){func(c *models.Conversation) {
		c.Mode, c.Holder, c.Memory.Told, c.Memory.Speaker = models.ModeAgent, ana, "", "agent:U1"
	}}, change...)...)
}

// closed is a chat that Ana gave back to the bot at noon, in the thread h1.
func closed(change ...func(*models.Conversation)) models.Conversation {
	return inBot(append([]func(*models.Conversation){func(c *models.Conversation) {
		c.Handover, c.Memory.Opened, c.Memory.Resolved, c.Memory.Told = "h1", true, noon, "resolved Ana"
		c.Memory.Returned = &models.Returned{Ended: "resolved", Handover: "h1", Agent: "Ana"}
	}}, change...)...)
}

func unopened(c *models.Conversation) { c.Memory.Opened = false }
func noBot(p *handover.Policy)        { p.HasBot = false }
func twoBreaks(p *handover.Policy)    { p.BreakAfter = 2 }

// wrote is a message m1 of the customer.
func wrote(text string, s models.Signals) models.Event {
	return models.Event{Type: models.CustomerWrote, At: now, Message: "m1", Ref: "p1", Content: &models.Content{Text: text}, Signals: s}
}

// by is what an agent did in the thread h1, at the same time as the test.
func by(agent models.Person, what models.EventType, change ...func(*models.Event)) models.Event {
	e := models.Event{Type: what, At: now, Sent: now, Agent: &agent, Handover: "h1"}
	if what == models.AgentReplied {
		e.Message, e.Ref, e.Content = "a1", "post1", &models.Content{Text: "Hello"}
	}
	for _, fn := range change {
		fn(&e)
	}
	return e
}

// answered is what the bot said to "Where is it?", asked in the epoch of the table's chats.
func answered(a models.Answer, change ...func(*models.Event)) models.Event {
	for i := range a.Messages {
		a.IDs = append(a.IDs, fmt.Sprintf("b%d", i+1))
	}
	e := models.Event{Type: models.BotAnswered, At: now, Epoch: 4, Content: &models.Content{Text: "Where is it?"}, Answer: &a}
	for _, fn := range change {
		fn(&e)
	}
	return e
}

// failed is a bot that did not answer "Where is it?".
func failed(cause models.Cause, change ...func(*models.Event)) models.Event {
	e := answered(models.Answer{}, change...)
	e.Type, e.Answer, e.Failure = models.BotFailed, nil, &models.Failure{Cause: cause, Text: "no answer"}
	return e
}

func texts(list ...string) (all []models.Content) {
	for _, text := range list {
		all = append(all, models.Content{Text: text})
	}
	return all
}

func small(e *models.Event)              { e.Signals.Small = true }
func late(e *models.Event)               { e.Epoch-- }
func after(d time.Duration) models.Stamp { return now.Add(d) }

func showAll(effects []handover.Effect) (all []string) {
	for _, effect := range effects {
		all = append(all, show(effect))
	}
	return all
}

// show tells an effect in a few words.
func show(effect handover.Effect) string {
	switch f := effect.(type) {
	case handover.Record:
		return fmt.Sprintf("record %s %s %s", f.Message.ID, f.Message.Author, f.Message.Kind)
	case handover.Ask:
		return spaced("ask", f.Message, flag(f.Again, "again"))
	case handover.Wait:
		return fmt.Sprintf("wait %s %s", ago(f.Since), ago(f.At))
	case handover.Unwait:
		return "unwait"
	case handover.Send:
		return spaced("send", f.Message, waits(f.Wait))
	case handover.Tell:
		return spaced("tell", f.Key, f.Vars["agent"], f.Vars["opens"], flag(f.Rate > 0, fmt.Sprintf("and ask of %d", f.Rate)))
	case handover.Open:
		return spaced("open"+flag(f.Place != "", " in "+f.Place)+":", string(f.Reason.Cause), f.Reason.Team, flag(f.Owed, "owed"))
	case handover.Keep:
		return "keep " + f.Message
	case handover.Rated:
		return spaced("rated", f.Handover, fmt.Sprintf("%d of %d", f.Rating, f.Scale), flag(f.Again, "again"))
	case handover.Detail:
		return spaced("detail", f.Handover, f.Team, f.Category, f.Note, flag(f.Skipped, "skipped"))
	case handover.Reopen:
		return spaced("reopen", flag(f.Quiet, "quietly"), f.Handover+":", string(f.Reason.Cause))
	case handover.Claim:
		return "claim " + f.Agent.ID
	case handover.Close:
		return spaced("close", string(f.State), f.Agent.ID)
	case handover.Display:
		return spaced("display", f.Message, flag(f.Broadcast, "broadcast"))
	case handover.Offer:
		return "offer"
	case handover.Seek:
		return "seek " + f.Agent
	case handover.Tag:
		return spaced("tag", strings.Join(f.Tags, ","))
	case handover.Page:
		return spaced("page", f.To, string(f.Key))
	case handover.Remark:
		return spaced("remark", f.Handover, f.Mention, f.About, fmt.Sprintf("%q", f.Text))
	case handover.Rewrite:
		return spaced("rewrite", f.Message, flag(f.Content != nil, "content"), flag(f.Deleted, "deleted"))
	case handover.Amend:
		return spaced("amend", f.Message, flag(f.Deleted, "deleted"))
	case handover.Release:
		return spaced("release", f.Message, waits(f.Wait), flag(f.Template, "as template"))
	case handover.Shelve:
		return "shelve " + f.Message
	case handover.Cancel:
		return "cancel " + f.Message + " " + f.Agent
	case handover.Withdraw:
		return "withdraw " + f.Message + " " + f.Agent
	case handover.Choose:
		return "choose " + f.Message + " " + f.Title
	case handover.Look:
		return "look " + f.Ref
	case handover.React:
		return "react " + f.Message
	case handover.Emote:
		return "emote " + f.Message + " " + f.Agent
	case handover.Correct:
		return "correct " + f.Message
	case handover.Resend:
		return spaced("resend", f.Message, flag(f.Plain, "plain"))
	case handover.Whisper:
		return spaced("whisper", f.Agent, f.Handover, string(f.Notice), f.Message, flag(f.Now, "now"))
	case handover.Refresh:
		return spaced("refresh", f.Handover)
	case handover.Set:
		return fmt.Sprintf("set %s +%s", f.Timer, f.Due.Sub(now))
	case handover.Stop:
		return "stop " + string(f.Timer)
	case handover.Alert:
		return "alert " + f.Key
	}
	return fmt.Sprintf("unknown %T", effect)
}

// waits tells how long a reply waits, if it does.
func waits(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return "in " + d.String()
}

// ago tells an instant by its distance from the test's.
func ago(at models.Stamp) string {
	if at >= now {
		return "+" + at.Sub(now).String()
	}
	return at.Sub(now).String()
}

// spaced joins the words that are not empty.
func spaced(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

func flag(on bool, word string) string {
	if on {
		return word
	}
	return ""
}
