package slacktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// triggerFor is how long a trigger is good, or as long as an answer may take if that is longer:
// https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
const triggerFor = 3 * time.Second

// trigger lets the app show a view to who clicked, once.
type trigger struct {
	user string
	at   time.Time
	used bool
}

// view is a modal that is open, or the home of a member.
type view struct {
	viewJSON
	id, user, hash string
	values         map[string]map[string]any // what is entered, by block and action, as Slack shows it
}

// trigger returns a new trigger for what user did. The lock is held.
func (s *Server) trigger(user string) string {
	id := fmt.Sprintf("%d.12345.abcdef", s.next())
	s.triggers[id] = &trigger{user: user, at: s.opts.Now()}
	return id
}

func (s *Server) openView(c call) (map[string]any, *failure) {
	t := s.triggers[c.args.Get("trigger_id")]
	switch {
	case t == nil:
		return nil, &failure{code: "invalid_trigger_id"}
	case t.used:
		return nil, &failure{code: "exchanged_trigger_id"}
	case s.opts.Now().Sub(t.at) > max(triggerFor, s.opts.Ack):
		return nil, &failure{code: "expired_trigger_id"}
	}
	said, failed := judgeView([]byte(c.args.Get("view")))
	if failed != nil {
		return nil, failed
	}
	if said.Type != "modal" {
		return nil, &failure{code: "invalid_arguments", messages: []string{"[ERROR] only a modal can be opened"}}
	}
	t.used = true
	v := &view{id: fmt.Sprintf("V%09d", s.next()), user: t.user}
	s.write(v, said)
	s.views[v.id] = v
	return map[string]any{"view": v.json()}, nil
}

func (s *Server) updateView(c call) (map[string]any, *failure) {
	v := s.views[c.args.Get("view_id")]
	switch {
	case v == nil:
		return nil, &failure{code: "not_found"}
	case c.args.Get("hash") != "" && c.args.Get("hash") != v.hash:
		return nil, &failure{code: "hash_conflict"}
	}
	said, failed := judgeView([]byte(c.args.Get("view")))
	if failed != nil {
		return nil, failed
	}
	s.write(v, said)
	return map[string]any{"view": v.json()}, nil
}

func (s *Server) publishView(c call) (map[string]any, *failure) {
	user := c.args.Get("user_id")
	if m, ok := s.members[user]; !ok || m.Bot {
		return nil, &failure{code: "user_not_found"}
	}
	said, failed := judgeView([]byte(c.args.Get("view")))
	if failed != nil {
		return nil, failed
	}
	if said.Type != "home" {
		return nil, &failure{code: "invalid_arguments", messages: []string{"[ERROR] only a home can be published"}}
	}
	v := s.homes[user]
	if v == nil {
		v = &view{id: fmt.Sprintf("V%09d", s.next()), user: user}
	} else if hash := c.args.Get("hash"); hash != "" && hash != v.hash {
		return nil, &failure{code: "hash_conflict"}
	}
	s.write(v, said)
	s.homes[user] = v
	return map[string]any{"view": v.json()}, nil
}

// write puts said into v. What was entered stays in blocks that are still there; others begin with their initial values. The
// lock is held.
func (s *Server) write(v *view, said viewJSON) {
	before := v.values
	v.viewJSON, v.hash, v.values = said, s.stamp()+".fake", map[string]map[string]any{}
	var blocks []block
	_ = json.Unmarshal(said.Blocks, &blocks)
	for _, b := range blocks {
		if b.Type != "input" || b.Element == nil {
			continue
		}
		entered, ok := before[b.BlockID]
		if _, same := entered[b.Element.ActionID]; !ok || !same {
			entered = map[string]any{b.Element.ActionID: b.Element.entered(b.Element.initial())}
		}
		v.values[b.BlockID] = entered
	}
}

// initial returns the value that a field has at first.
func (e element) initial() string {
	switch {
	case e.InitialOption != nil:
		return e.InitialOption.Value
	case e.Type == "users_select":
		return e.InitialUser
	case e.Type == multiSelect:
		return strings.Join(values(e.InitialOptions), ",")
	}
	return e.InitialValue
}

// entered returns what a view's state says of the field when it has value.
func (e element) entered(value string) map[string]any {
	state := map[string]any{"type": e.Type}
	switch e.Type {
	case "static_select":
		state["selected_option"] = nil
		for _, o := range e.all() {
			if o.Value == value {
				state["selected_option"] = map[string]any{"text": o.Text, "value": o.Value}
			}
		}
	case multiSelect:
		chosen := []any{}
		for _, o := range e.all() {
			if slices.Contains(strings.Split(value, ","), o.Value) {
				chosen = append(chosen, map[string]any{"text": o.Text, "value": o.Value})
			}
		}
		state["selected_options"] = chosen
	case "users_select":
		state["selected_user"] = orNull(value)
	default:
		state["value"] = orNull(value)
	}
	return state
}

// multiSelect is a menu in which several options can be chosen:
// https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
const multiSelect = "multi_static_select"

// values returns what options stand for.
func values(options []option) (all []string) {
	for _, o := range options {
		all = append(all, o.Value)
	}
	return all
}

func orNull(value string) any {
	if value == "" {
		return nil
	}
	return value
}

// all returns the options of a menu, those of groups too.
func (e element) all() []option {
	all := e.Options
	for _, g := range e.Groups {
		all = append(all, g.Options...)
	}
	return all
}

// json returns v as Slack shows it to the app.
func (v *view) json() map[string]any {
	blocks := v.Blocks
	if len(blocks) == 0 {
		blocks = json.RawMessage("[]")
	}
	values := make(map[string]any, len(v.values))
	for block, entered := range v.values {
		values[block] = maps.Clone(entered)
	}
	return map[string]any{
		"id": v.id, "team_id": Team, "type": v.Type, "blocks": blocks, "private_metadata": v.Metadata, "callback_id": v.CallbackID,
		"state": map[string]any{"values": values}, "hash": v.hash, "title": v.Title, "submit": v.Submit, "close": v.Close,
		"clear_on_close": v.ClearOnClose, "notify_on_close": v.NotifyOnClose, "previous_view_id": nil, "root_view_id": v.id,
		"app_id": App, "external_id": v.ExternalID, "app_installed_team_id": Team, "bot_id": Bot,
	}
}
