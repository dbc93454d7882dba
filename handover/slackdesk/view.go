package slackdesk

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"patchbay/handover"
)

// view is a modal or a home as Slack tells of it: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
type view struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	CallbackID string `json:"callback_id"`
	Metadata   string `json:"private_metadata"`
	State      struct {
		Values map[string]map[string]entered `json:"values"`
	} `json:"state"`
}

// entered is what a field has: https://docs.slack.dev/reference/views#state
type entered struct {
	Value    string `json:"value"`
	User     string `json:"selected_user"`
	Selected *struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	Many []struct {
		Value string `json:"value"`
	} `json:"selected_options"`
}

// form returns which form v is. It is not ok for a view that is none, or of another installation.
func (d *Desk) form(v *view) (kind handover.FormKind, id, post string, ok bool) {
	if v == nil {
		return "", "", "", false
	}
	name, ok := strings.CutPrefix(v.CallbackID, formID)
	kind = handover.FormKind(name)
	if !ok || kind.Submits() == "" {
		return "", "", "", false
	}
	id, post, ok = d.about(v.Metadata)
	return kind, id, post, ok
}

// values returns what is entered, by the field's id.
func (v *view) values() map[string]string {
	all := map[string]string{}
	for block, elements := range v.State.Values {
		id, _, _ := strings.Cut(block, freshSign)
		one := elements[fieldAction]
		value := first(one.Value, one.User)
		if one.Selected != nil {
			value = one.Selected.Value
		}
		for i, o := range one.Many {
			if i > 0 {
				value += ","
			}
			value += o.Value
		}
		if value != "" {
			all[id] = value
		}
	}
	return all
}

// submitted reads a form that was filled in. Slack closes it when the answer has no body.
func (d *Desk) submitted(ctx context.Context, self *identity, in *interaction) (handover.Update, error) {
	kind, id, post, ok := d.form(in.View)
	if !ok {
		return handover.Update{}, nil
	}
	a := handover.Action{
		Key: self.Team + "/form:" + in.View.ID, Kind: kind.Submits(), Handover: id, Post: post, At: d.deps.Now(), Values: in.View.values(),
	}
	if err := d.sign(ctx, self, &a, in.User.ID, in.User.TeamID); err != nil {
		return handover.Update{}, err
	}
	faults := kind.Check(a.Values)
	if target := a.Values[kind.Target()]; target != "" && len(faults) == 0 {
		person, refusal, err := d.person(ctx, self, target, "")
		if err != nil {
			return handover.Update{}, err
		}
		if place, _, err := split(post); refusal == "" && err == nil && !d.inside(ctx, place, target) {
			refusal = refusedOutside
		}
		if refusal != "" {
			faults = map[string]string{kind.Target(): notAgent(refusal)}
		}
		a.Target = person
	}
	if len(faults) > 0 && a.Refusal == "" {
		return in.View.refused(faults)
	}
	return handover.Update{Actions: []handover.Action{a}}, nil
}

// closed reads that a form was closed without being sent, which Slack tells of those that want to know.
// https://docs.slack.dev/surfaces/modals#handling_close
func (d *Desk) closed(ctx context.Context, self *identity, in *interaction) (handover.Update, error) {
	kind, id, post, ok := d.form(in.View)
	if !ok || kind.Skips() == "" || id == "" {
		return handover.Update{}, nil
	}
	a := handover.Action{Key: self.Team + "/closed:" + in.View.ID, Kind: kind.Skips(), Handover: id, Post: post, At: d.deps.Now()}
	if err := d.sign(ctx, self, &a, in.User.ID, in.User.TeamID); err != nil || a.Refusal != "" {
		return handover.Update{}, err
	}
	return handover.Update{Actions: []handover.Action{a}}, nil
}

// notAgent says why a person cannot have a chat.
func notAgent(refusal string) string {
	switch refusal {
	case refusedGuest:
		return "They are a guest of the workspace, and cannot answer customers."
	case refusedApp:
		return "This is an app. Choose a person."
	case refusedOutside:
		return "They are not in the chat's channel, so they could not answer. Invite them first."
	}
	return "They are of another workspace, and cannot answer customers."
}

// refused has Slack show what is wrong, and leave the form open.
// https://docs.slack.dev/surfaces/modals#displaying_errors
func (v *view) refused(faults map[string]string) (handover.Update, error) {
	shown := map[string]string{}
	for block := range v.State.Values {
		id, _, _ := strings.Cut(block, freshSign)
		if text := faults[id]; text != "" {
			shown[block] = text
		}
	}
	if blocks := slices.Sorted(maps.Keys(v.State.Values)); len(shown) == 0 && len(blocks) > 0 {
		for _, text := range faults { // of a field that this form does not have: Slack shows it only at one that is there
			shown[blocks[0]] = text
		}
	}
	body, err := json.Marshal(map[string]any{"response_action": "errors", "errors": shown})
	if err != nil {
		return handover.Update{}, err
	}
	return handover.Update{Response: handover.Response{Type: "application/json", Body: body}}, nil
}

// changing reads that something was entered in a field of a form that wants to know at once.
func (d *Desk) changing(ctx context.Context, self *identity, in *interaction) (handover.Update, error) {
	kind, id, post, ok := d.form(in.View)
	if !ok {
		return handover.Update{}, nil
	}
	ask := handover.FormAsk{View: in.View.ID, Kind: kind, Handover: id, Post: post, Values: in.View.values()}
	var err error
	if ask.Person, ask.Refusal, err = d.person(ctx, self, in.User.ID, in.User.TeamID); err != nil {
		return handover.Update{}, err
	}
	return handover.Update{Asked: []handover.FormAsk{ask}}, nil
}

// shortcut reads that a message shortcut was used. It is about the thread of the message; whether that is a chat's is not
// known here.
func (d *Desk) shortcut(ctx context.Context, self *identity, in *interaction) (handover.Update, error) {
	kind, ok := kindOfShortcut(in.CallbackID)
	if !ok || in.Channel.ID == "" || in.Message == nil || in.Message.TS == "" {
		return handover.Update{}, nil
	}
	a := handover.Action{
		Key: self.Team + "/shortcut:" + in.User.ID + ":" + in.ActionTS + ":" + in.CallbackID, Kind: kind, Shortcut: true,
		Thread: join(in.Channel.ID, first(in.Message.ThreadTS, in.Message.TS)), Post: join(in.Channel.ID, in.Message.TS),
		At: clock(in.ActionTS),
	}
	if err := d.sign(ctx, self, &a, in.User.ID, in.User.TeamID); err != nil {
		return handover.Update{}, err
	}
	if a.Refusal == "" && d.outside(ctx, in.Channel.ID, in.User.ID) {
		a.Refusal = refusedOutside
	}
	return acts(a, in.TriggerID, a.Thread), nil
}

// acts returns what came of a click: the action, unless it does nothing but open a form, and the wish to see the form.
func acts(a handover.Action, trigger, thread string) handover.Update {
	var u handover.Update
	form, only := a.Kind.Opens()
	if !only {
		u.Actions = append(u.Actions, a)
	}
	if form != "" && trigger != "" {
		u.Asked = append(u.Asked, handover.FormAsk{
			Trigger: trigger, Kind: form, Handover: a.Handover, Post: a.Post, Thread: thread, Person: a.Person, Refusal: a.Refusal,
		})
	}
	return u
}
