package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Form is a modal that a member has open.
type Form struct {
	ID, Title, Submit string
	Text              string // of its sections and contexts
	Callback          string
	Metadata          string
	Fields            []FormField
	Blocks            json.RawMessage
}

// FormField is a field of a form.
type FormField struct {
	Block, Action string
	Type          string // plain_text_input, static_select, multi_static_select, users_select
	Label, Hint   string
	Value         string // that is entered: a text, a user's id, an option's value
	Options       []string
	Optional      bool
	Live          bool
}

// Form returns the form that he has open, the latest if there are several.
func (a *Agent) Form() (Form, bool) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	v := a.open()
	if v == nil {
		return Form{}, false
	}
	return v.form(), true
}

// open returns the view that he has open last, nil for none. The lock is held.
func (a *Agent) open() *view {
	var last *view
	for _, v := range a.s.views {
		if v.user == a.id && (last == nil || v.id > last.id) {
			last = v
		}
	}
	return last
}

func (v *view) form() Form {
	f := Form{ID: v.id, Callback: v.CallbackID, Metadata: v.Metadata, Blocks: v.Blocks}
	if v.Title != nil {
		f.Title = v.Title.Text
	}
	if v.Submit != nil {
		f.Submit = v.Submit.Text
	}
	f.Text = plain(Post{Blocks: v.Blocks}.Shown())
	for _, b := range v.inputs() {
		field := FormField{
			Block: b.BlockID, Action: b.Element.ActionID, Type: b.Element.Type, Label: b.Label.Text, Optional: b.Optional, Live: b.Dispatch,
			Value: v.value(b),
		}
		if b.Hint != nil {
			field.Hint = b.Hint.Text
		}
		for _, o := range b.Element.all() {
			field.Options = append(field.Options, o.Text.Text)
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// inputs returns the blocks in which something can be entered.
func (v *view) inputs() []block {
	var blocks []block
	_ = json.Unmarshal(v.Blocks, &blocks)
	return slices.DeleteFunc(blocks, func(b block) bool { return b.Type != "input" || b.Element == nil })
}

// value returns what is entered in a field.
func (v *view) value(b block) string {
	state, _ := v.values[b.BlockID][b.Element.ActionID].(map[string]any)
	if chosen, ok := state["selected_option"].(map[string]any); ok {
		return fmt.Sprint(chosen["value"])
	}
	if chosen, ok := state["selected_options"].([]any); ok {
		var all []string
		for _, one := range chosen {
			if o, ok := one.(map[string]any); ok {
				all = append(all, fmt.Sprint(o["value"]))
			}
		}
		return strings.Join(all, ",")
	}
	for _, key := range []string{"value", "selected_user"} {
		if text, ok := state[key].(string); ok {
			return text
		}
	}
	return ""
}

// WaitForm blocks until he has a form open whose title or text has words.
func (a *Agent) WaitForm(ctx context.Context, words string) (Form, error) {
	var found Form
	err := a.s.Wait(ctx, func() bool {
		f, ok := a.Form()
		found = f
		return ok && (strings.Contains(f.Title, words) || strings.Contains(f.Text, words))
	})
	return found, err
}

// Enter fills in the field of his form with that label: a text, a user's id, the title or the value of an option, the values of
// several with commas between them. "" empties
// it. The app is told at once if the field wants it.
func (a *Agent) Enter(ctx context.Context, label, value string) error {
	a.s.mu.Lock()
	v := a.open()
	if v == nil {
		a.s.mu.Unlock()
		return errors.New("slacktest: no form is open")
	}
	i := slices.IndexFunc(v.inputs(), func(b block) bool { return b.Label.Text == label })
	if i < 0 {
		a.s.mu.Unlock()
		return fmt.Errorf("slacktest: no field %q", label)
	}
	b := v.inputs()[i]
	state, err := a.s.enter(b.Element, value)
	if err != nil {
		a.s.mu.Unlock()
		return err
	}
	v.values[b.BlockID] = map[string]any{b.Element.ActionID: state}
	payload := a.s.interaction("block_actions", a.id)
	payload["view"] = v.json()
	payload["container"] = map[string]any{"type": "view", "view_id": v.id}
	action := map[string]any{"block_id": b.BlockID, "action_id": b.Element.ActionID, "action_ts": a.s.stamp()}
	maps.Copy(action, state)
	payload["actions"] = []any{action}
	a.s.touch()
	a.s.mu.Unlock()
	if !b.Dispatch {
		return nil
	}
	_, err = a.s.interact(ctx, payload)
	return err
}

// enter returns the state of a field after value was entered. The lock is held.
func (s *Server) enter(e *element, value string) (map[string]any, error) {
	switch e.Type {
	case "static_select":
		for _, o := range e.all() {
			if value != "" && (o.Value == value || o.Text.Text == value) {
				return e.entered(o.Value), nil
			}
		}
		if value != "" {
			return nil, fmt.Errorf("slacktest: no option %q", value)
		}
	case multiSelect:
		for one := range strings.SplitSeq(value, ",") {
			if value != "" && !slices.Contains(values(e.all()), one) {
				return nil, fmt.Errorf("slacktest: no option %q", one)
			}
		}
	case "users_select":
		if _, ok := s.members[value]; value != "" && !ok {
			return nil, fmt.Errorf("slacktest: no member %q", value)
		}
	default:
		if e.MaxLength > 0 && length(value) > e.MaxLength {
			return nil, fmt.Errorf("slacktest: the field takes %d characters", e.MaxLength)
		}
	}
	return e.entered(value), nil
}

// FormError is what the app had against a form, by the label of the field. The form stays open.
type FormError map[string]string

// Error returns it in one line.
func (e FormError) Error() string {
	return fmt.Sprintf("slacktest: the form was not taken: %v", map[string]string(e))
}

// Submit sends his form. It fails when a field is empty that may not be, when the app does not answer in time, and with a
// FormError; the form stays open then.
func (a *Agent) Submit(ctx context.Context) error {
	a.s.mu.Lock()
	v := a.open()
	if v == nil {
		a.s.mu.Unlock()
		return errors.New("slacktest: no form is open")
	}
	for _, b := range v.inputs() {
		if !b.Optional && v.value(b) == "" {
			a.s.mu.Unlock()
			return fmt.Errorf("slacktest: the field %q is empty", b.Label.Text)
		}
	}
	payload := a.s.interaction("view_submission", a.id)
	payload["view"] = v.json()
	payload["response_urls"] = []any{}
	a.s.mu.Unlock()
	answer, err := a.s.ask(ctx, payload, true)
	if err != nil {
		return err
	}
	return a.s.submitted(v, answer)
}

// submitted does what the app's answer to a form says.
// https://docs.slack.dev/surfaces/modals#response_actions
func (s *Server) submitted(v *view, answer []byte) error {
	var said struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if len(answer) > 0 && json.Unmarshal(answer, &said) != nil {
		return errors.New("slacktest: the answer to the form is no JSON")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	switch said.Action {
	case "", "clear":
		delete(s.views, v.id)
	case "update":
		now, failed := judgeView(said.View)
		if failed != nil {
			return fmt.Errorf("slacktest: %s: %v", failed.code, failed.messages)
		}
		s.write(v, now)
	case "errors":
		found := FormError{}
		for _, b := range v.inputs() {
			if text := said.Errors[b.BlockID]; text != "" {
				found[b.Label.Text] = text
			}
		}
		if len(found) != len(said.Errors) || len(found) == 0 {
			return fmt.Errorf("slacktest: the errors %v name no fields of the form", said.Errors)
		}
		return found
	default:
		return fmt.Errorf("slacktest: unknown response_action %q", said.Action)
	}
	return nil
}

// CloseForm closes his form without sending it.
func (a *Agent) CloseForm(ctx context.Context) error {
	a.s.mu.Lock()
	v := a.open()
	if v == nil {
		a.s.mu.Unlock()
		return errors.New("slacktest: no form is open")
	}
	delete(a.s.views, v.id)
	payload := a.s.interaction("view_closed", a.id)
	payload["view"], payload["is_cleared"] = v.json(), false
	delete(payload, "trigger_id")
	a.s.touch()
	a.s.mu.Unlock()
	if !v.NotifyOnClose {
		return nil
	}
	_, err := a.s.interact(ctx, payload)
	return err
}

// Shortcut uses the message shortcut with a callback id on a post.
func (a *Agent) Shortcut(ctx context.Context, post, callback string) error {
	a.s.mu.Lock()
	ch, m := a.s.locate(post)
	if m == nil {
		a.s.mu.Unlock()
		return fmt.Errorf("slacktest: no post %s", post)
	}
	payload := a.s.interaction("message_action", a.id)
	payload["callback_id"], payload["action_ts"] = callback, a.s.stamp()
	payload["channel"] = map[string]any{"id": ch.ID, "name": ch.Name}
	payload["message_ts"], payload["message"] = m.ts, a.s.json(ch, m)
	payload["response_url"] = a.s.url + "/response/none"
	a.s.mu.Unlock()
	_, err := a.s.interact(ctx, payload)
	return err
}

// OpenHome opens the app's home: the app is told so.
func (a *Agent) OpenHome() {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	event := map[string]any{"type": "app_home_opened", "user": a.id, "channel": "D" + a.id, "tab": "home", "event_ts": a.s.stamp()}
	if v := a.s.homes[a.id]; v != nil {
		event["view"] = v.json()
	}
	a.s.send(event, false)
}

// Home returns his home as the app published it last; ok is false before it did.
func (a *Agent) Home() (Post, bool) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	v := a.s.homes[a.id]
	if v == nil {
		return Post{}, false
	}
	return Post{ID: v.id, User: BotUser, Bot: true, Blocks: v.Blocks, Buttons: buttons(v.Blocks)}, true
}

// WaitHome blocks until his home shows words.
func (a *Agent) WaitHome(ctx context.Context, words string) (Post, error) {
	var found Post
	err := a.s.Wait(ctx, func() bool {
		found, _ = a.Home()
		return strings.Contains(found.Plain(), words)
	})
	return found, err
}

// ClickHome presses a button of his home.
func (a *Agent) ClickHome(ctx context.Context, action string) error {
	a.s.mu.Lock()
	v := a.s.homes[a.id]
	if v == nil {
		a.s.mu.Unlock()
		return errors.New("slacktest: he has no home yet")
	}
	button, ok := find(buttons(v.Blocks), action)
	if !ok {
		a.s.mu.Unlock()
		return fmt.Errorf("slacktest: no button %q on the home", action)
	}
	payload := a.s.click(a.id, &channel{}, button)
	delete(payload, "channel")
	delete(payload, "state")
	payload["view"], payload["container"] = v.json(), map[string]any{"type": "view", "view_id": v.id}
	a.s.mu.Unlock()
	_, err := a.s.interact(ctx, payload)
	return err
}
