package lanes

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"patchbay/handover"
	"patchbay/models"
)

const (
	// foundMost is how many customers an answer names.
	foundMost = 10
	// foundRead is how many are read to choose from: those who wrote last.
	foundRead = 200
)

// atDesk has fn speak to a desk, beside the lanes and within the time of a call, if the config still has the desk.
func (e *Engine) atDesk(name string, fn func(ctx context.Context, desk *Desk)) {
	desk := e.Roster().Desks[name]
	if desk == nil {
		return
	}
	e.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		fn(ctx, desk)
	})
}

// answerCommand answers a command: the platform has its acknowledgement already.
func (e *Engine) answerCommand(name string, c handover.Command) {
	e.atDesk(name, func(ctx context.Context, desk *Desk) {
		answer, err := e.answerTo(ctx, desk, c)
		if err != nil {
			e.log.Warn("command not answered", "desk", name, "err", err)
			answer = handover.Answer{Text: "This did not work just now. Please try again in a moment."}
		}
		e.answer(ctx, desk, c.Reply, answer)
	})
}

// answer shows an answer to who asked. One that is lost is asked for again.
func (e *Engine) answer(ctx context.Context, desk *Desk, reply string, a handover.Answer) {
	answerer, ok := desk.Desk.(handover.Answerer)
	if !ok || reply == "" {
		return
	}
	err := answerer.Answer(ctx, reply, a)
	e.metrics.posted(desk.Name, "answer", err)
	if err != nil && ctx.Err() == nil {
		e.log.Warn("answer not given", "desk", desk.Name, "err", err)
	}
}

// answerTo returns the answer to a command.
func (e *Engine) answerTo(ctx context.Context, desk *Desk, c handover.Command) (a handover.Answer, err error) {
	if c.Refusal != "" {
		return handover.Answer{Text: handover.RefusedText(c.Refusal)}, nil
	}
	verb, rest, ok := c.Verb()
	switch {
	case !ok:
		return handover.Answer{Text: fmt.Sprintf("%s does not know %q.\n%s", c.Name, short(rest), handover.HelpText(c.Name))}, nil
	case verb == handover.VerbQueue:
		return e.answerQueue(ctx, desk)
	case verb == handover.VerbMine:
		return e.answerMine(ctx, desk, c.Person)
	case verb == handover.VerbFind && rest != "":
		return e.answerFind(ctx, desk, rest)
	case verb == handover.VerbFind:
		return handover.Answer{Text: "Write a name, or how it begins: " + c.Name + " find Ann"}, nil
	case verb == handover.VerbStats:
		return e.answerStats(ctx, desk)
	}
	return handover.Answer{Text: handover.HelpText(c.Name)}, nil
}

// short returns the beginning of what somebody typed.
func short(text string) string {
	if r := []rune(text); len(r) > 50 {
		return string(r[:50]) + "…"
	}
	return text
}

func (e *Engine) answerQueue(ctx context.Context, desk *Desk) (a handover.Answer, err error) {
	waiting, all, err := e.listed(ctx, desk, models.HandoverWaiting, listMost)
	if err != nil {
		return a, err
	}
	owed, promised, err := e.listed(ctx, desk, models.HandoverPromised, listMost-min(len(waiting), listMost/2))
	if err != nil {
		return a, err
	}
	waiting = waiting[:min(len(waiting), listMost-len(owed))]
	if all+promised == 0 {
		return handover.Answer{Text: "Nobody waits, and no answer is owed."}, nil
	}
	a.Title = count(all, "customer waits", "customers wait")
	if promised > 0 {
		a.Title += ", " + count(promised, "answer is owed", "answers are owed")
	}
	a.Chats, a.More = append(waiting, owed...), all+promised-len(waiting)-len(owed)
	return a, nil
}

func (e *Engine) answerMine(ctx context.Context, desk *Desk, agent models.Person) (a handover.Answer, err error) {
	held, _, err := e.listed(ctx, desk, models.HandoverClaimed, homeHeld)
	if err != nil {
		return a, err
	}
	mine := slices.DeleteFunc(held, func(l handover.Listed) bool { return l.Agent.ID != agent.ID })
	if len(mine) == 0 {
		return handover.Answer{Text: "You have no chat."}, nil
	}
	n := min(len(mine), listMost)
	return handover.Answer{Title: "You have " + count(len(mine), "chat", "chats"), Chats: mine[:n], More: len(mine) - n}, nil
}

// answerFind looks for customers by name, those who wrote last first. Those that the bot has can be taken over.
func (e *Engine) answerFind(ctx context.Context, desk *Desk, name string) (a handover.Answer, err error) {
	found, err := e.store.FindByName(ctx, name, foundRead)
	if err != nil {
		return a, err
	}
	roster := e.Roster()
	many := len(found) == foundRead
	found = slices.DeleteFunc(found, func(c models.Conversation) bool {
		ch := roster.channelOf(c)
		return ch == nil || ch.Desk != desk.Name
	})
	if len(found) == 0 {
		return handover.Answer{Text: fmt.Sprintf("No customer's name or number begins with %q, nor a word of a name.", short(name))}, nil
	}
	slices.SortFunc(found, func(x, y models.Conversation) int {
		return cmp.Or(cmp.Compare(y.LastInbound, x.LastInbound), cmp.Compare(y.ID, x.ID))
	})
	n := min(len(found), foundMost)
	a.More, a.AndMore = len(found)-n, many
	var ids []string
	for _, c := range found[:n] {
		if c.Handover != "" {
			ids = append(ids, c.Handover)
		}
	}
	handovers, err := e.store.Handovers(ctx, ids)
	if err != nil {
		return a, err
	}
	for _, c := range found[:n] {
		one := e.listedOf(c, handovers[c.Handover])
		if c.Mode == models.ModeBot && c.Memory.Promised == "" {
			one.State, one.Since = "", time.Time{}
			one.Take = !c.Memory.Muted
		}
		a.Chats = append(a.Chats, one)
	}
	a.Title = count(len(found), "customer", "customers")
	if many {
		a.Title = "More than " + a.Title
	}
	return a, nil
}

func (e *Engine) answerStats(ctx context.Context, desk *Desk) (a handover.Answer, err error) {
	for _, p := range []struct {
		title string
		back  int
	}{{"Today", 0}, {"The last seven days", 6}} {
		f, err := e.figures(ctx, desk, e.days(desk, p.back))
		if err != nil {
			return a, err
		}
		a.Periods = append(a.Periods, handover.Period{Title: p.title, Figures: f})
	}
	return a, nil
}

// days returns when the day began that was so many days ago where the desk is.
func (e *Engine) days(desk *Desk, back int) models.Stamp {
	now := e.stamp().Time().In(desk.Policy.Queue.Hours.Zone())
	return models.StampOf(time.Date(now.Year(), now.Month(), now.Day()-back, 0, 0, 0, 0, now.Location()))
}

// figures counts what happened on a desk since an instant.
func (e *Engine) figures(ctx context.Context, desk *Desk, since models.Stamp) (handover.Figures, error) {
	var channels []string
	for _, ch := range e.Roster().Channels {
		if ch.Desk == desk.Name {
			channels = append(channels, ch.Name)
		}
	}
	slices.Sort(channels)
	f, err := e.store.Figures(ctx, desk.Name, channels, since, e.stamp()+1)
	return handover.Figures(f), err
}

// listed returns up to n chats of a desk whose handover is in a state, the longest first, and how many there are.
func (e *Engine) listed(ctx context.Context, desk *Desk, state models.HandoverState, n int) (list []handover.Listed, all int, err error) {
	found, err := e.store.ToSee(ctx, desk.Name, state, n+1)
	if err != nil {
		return nil, 0, err
	}
	all = len(found)
	if all > n {
		found = found[:n]
		if all, err = e.store.CountToSee(ctx, desk.Name, state); err != nil {
			return nil, 0, err
		}
	}
	for _, one := range found {
		list = append(list, e.listedOf(one.Chat, one.Handover))
	}
	return list, all, nil
}

// listedOf returns what a list tells of a chat. h is the zero handover where there never was one.
func (e *Engine) listedOf(c models.Conversation, h models.Handover) handover.Listed {
	one := handover.Listed{
		Chat: strconv.FormatInt(c.ID, 10), Name: cmp.Or(c.Contact.Name, c.Contact.ID), Last: c.LastInbound.Time(), Blocked: c.Memory.Muted,
		Thread: h.Thread, State: h.State, Agent: h.Agent, Since: h.OpenedAt.Time(), Promised: c.Memory.Promised != "" && c.Memory.Promised == h.ID,
	}
	if h.State == models.HandoverClaimed {
		one.Since = h.ClaimedAt.Time()
	}
	if c.Handover == h.ID {
		one.Choice = c.Memory.Choice
	}
	if ch := e.Roster().channelOf(c); ch != nil {
		_, section, _ := strings.Cut(ch.Name, "/")
		one.Channel = ch.Platform + " / " + section
	}
	return one
}

// count says a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
