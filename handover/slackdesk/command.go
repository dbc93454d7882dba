package slackdesk

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"

	"patchbay/handover"
)

// commandWord is the command of the default desk's app. In one workspace each app needs a word of its own.
const commandWord = "/patchbay"

// commandMax is a command's name: https://docs.slack.dev/interactivity/implementing-slash-commands
const commandMax = 32

// commandOf returns the command of a desk's app.
func commandOf(desk string) string {
	if desk == "" || desk == "slack" {
		return commandWord
	}
	return cut(commandWord+"-"+desk, commandMax)
}

// slash is a command that was used: https://docs.slack.dev/interactivity/implementing-slash-commands
type slash struct {
	Command     string `json:"command"`
	Text        string `json:"text"`
	User        string `json:"user_id"`
	Team        string `json:"team_id"`
	Channel     string `json:"channel_id"`
	ResponseURL string `json:"response_url"`
	Trigger     string `json:"trigger_id"` // the same when an envelope comes again
}

// slashForm reads a command from a call over HTTP.
func slashForm(form url.Values) slash {
	return slash{
		Command: form.Get("command"), Text: form.Get("text"), User: form.Get("user_id"), Team: form.Get("team_id"),
		Channel: form.Get("channel_id"), ResponseURL: form.Get("response_url"), Trigger: form.Get("trigger_id"),
	}
}

// slashJSON reads a command from an envelope of Socket Mode.
func slashJSON(payload []byte) (s slash, err error) {
	if json.Unmarshal(payload, &s) != nil {
		return s, rejected("command in slack", errNoJSON)
	}
	return s, nil
}

// commanded reads a command. Slack has its acknowledgement at once and the answer by response_url, which it takes for half an
// hour: so nobody sees an error because a database took its time.
func (d *Desk) commanded(ctx context.Context, s slash) (handover.Update, error) {
	const op = "command in slack"
	self, err := d.me(op)
	if err != nil {
		return handover.Update{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, personWait)
	defer cancel()
	c := handover.Command{
		Name: first(s.Command, commandWord), Text: cut(plain(unescaper.Replace(s.Text)), lineMax), Place: s.Channel, Reply: d.answerAddress(s.ResponseURL),
	}
	if c.Person, c.Refusal, err = d.person(ctx, self, s.User, s.Team); err != nil {
		return handover.Update{}, err
	}
	if c.Refusal == "" && !d.belongs(ctx, s.User) {
		c.Refusal = refusedOutside
	}
	kind := c.Personal()
	if kind == "" || c.Refusal != "" {
		return handover.Update{Command: &c}, nil
	}
	a := handover.Action{Key: self.Team + "/command:" + s.User + ":" + s.Trigger, Kind: kind, Person: c.Person, At: d.deps.Now()}
	if slices.Contains(d.places(), s.Channel) {
		a.Thread = s.Channel // elsewhere the app need not be, and he gets a message of his own
	}
	return handover.Update{Actions: []handover.Action{a}}, nil
}

// belongs reports whether a member of the workspace is in one of the channels where customers are answered: what is said there
// is for those who are in them.
func (d *Desk) belongs(ctx context.Context, id string) bool {
	return slices.ContainsFunc(d.places(), func(place string) bool { return d.inside(ctx, place, id) })
}

// places returns the channels where customers are answered, the section's own first.
func (d *Desk) places() (places []string) {
	all := append([]string{d.conf.Channel}, slices.Sorted(maps.Values(d.conf.Teams))...)
	for _, r := range d.conf.routes() {
		all = append(all, r.To)
	}
	if d.deps.Places != nil {
		all = append(all, d.deps.Places()...)
	}
	for _, place := range all {
		if place != "" && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}

// homeOpened is the event that somebody looks at the app's page: https://docs.slack.dev/reference/events/app_home_opened
type homeOpened struct {
	User string `json:"user"`
	Tab  string `json:"tab"`
	TS   string `json:"event_ts"`
}

// opened reads that somebody looks at his home. The other tab has the app's messages to him, and means nothing.
func (d *Desk) opened(ctx context.Context, self *identity, env *envelope) (handover.Update, error) {
	var e homeOpened
	if json.Unmarshal(env.Event, &e) != nil || e.Tab != "home" || e.User == "" {
		return handover.Update{}, nil
	}
	a := handover.Action{Key: self.Team + "/event/" + env.EventID, Kind: handover.OpenedHome, At: clock(e.TS)}
	if err := d.sign(ctx, self, &a, e.User, ""); err != nil {
		return handover.Update{}, err
	}
	if a.Refusal == "" && !d.belongs(ctx, e.User) {
		a.Refusal = refusedOutside
	}
	return handover.Update{Actions: []handover.Action{a}}, nil
}
