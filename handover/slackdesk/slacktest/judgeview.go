package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// What a view takes: https://docs.slack.dev/reference/views/modal-views
const (
	viewBlocksMax  = 100
	viewTitleMax   = 24
	metadataMax    = 3000
	viewBytesMax   = 250_000 // of the whole view: view_too_large
	labelMax       = 2000
	placeholderMax = 150
	optionMax      = 75
	optionValueMax = 150
	optionsMax     = 100
	overflowMax    = 5
	inputMax       = 3000
)

// viewJSON is what is judged and read of a view.
type viewJSON struct {
	Type          string          `json:"type"`
	Title         *textObject     `json:"title"`
	Submit        *textObject     `json:"submit"`
	Close         *textObject     `json:"close"`
	Blocks        json.RawMessage `json:"blocks"`
	Metadata      string          `json:"private_metadata"`
	CallbackID    string          `json:"callback_id"`
	ExternalID    string          `json:"external_id"`
	NotifyOnClose bool            `json:"notify_on_close"`
	ClearOnClose  bool            `json:"clear_on_close"`
}

// option is one of a menu.
type option struct {
	Text  textObject `json:"text"`
	Value string     `json:"value"`
}

// optionGroup is options under a title.
type optionGroup struct {
	Label   textObject `json:"label"`
	Options []option   `json:"options"`
}

// JudgeView returns what Slack would say against a view, nil if nothing.
func JudgeView(view []byte) error {
	if _, f := judgeView(view); f != nil {
		return fmt.Errorf("%s: %v", f.code, f.messages)
	}
	return nil
}

func judgeView(raw []byte) (viewJSON, *failure) {
	var v viewJSON
	bad := func(format string, args ...any) *failure {
		return &failure{code: "invalid_arguments", messages: []string{"[ERROR] " + fmt.Sprintf(format, args...)}}
	}
	if json.Unmarshal(raw, &v) != nil {
		return v, bad("view is not a JSON object")
	}
	if len(raw) > viewBytesMax {
		return v, &failure{code: "view_too_large"}
	}
	titles := map[string]*textObject{"title": v.Title, "submit": v.Submit, "close": v.Close}
	for name, t := range titles {
		if t != nil && (t.Type != "plain_text" || t.Text == "" || length(t.Text) > viewTitleMax) {
			return v, bad("%s must be plain_text of 1 to %d characters", name, viewTitleMax)
		}
	}
	switch {
	case v.Type != "modal" && v.Type != "home":
		return v, bad("unsupported type: %s", v.Type)
	case v.Type == "modal" && v.Title == nil:
		return v, bad("missing required field: title")
	case v.Type == "home" && (v.Submit != nil || v.Close != nil || v.Title != nil):
		return v, bad("a home has no title and no buttons of its own")
	case length(v.Metadata) > metadataMax:
		return v, bad("private_metadata must be less than %d characters", metadataMax+1)
	case len(v.CallbackID) > idMax || len(v.ExternalID) > idMax:
		return v, bad("an id is too long")
	}
	if f := judgeBlocks(v.Blocks, viewBlocksMax, true); f != nil {
		return v, &failure{code: "invalid_arguments", messages: f.messages}
	}
	var blocks []block
	_ = json.Unmarshal(v.Blocks, &blocks)
	if v.Submit == nil && v.Type == "modal" && slices.ContainsFunc(blocks, func(b block) bool { return b.Type == "input" }) {
		return v, bad("submit is required when an input is within blocks")
	}
	return v, nil
}

// judgeInput returns what is wrong with an input block.
func (b block) judgeInput() string {
	switch {
	case b.Label == nil || b.Label.Type != "plain_text" || b.Label.Text == "" || length(b.Label.Text) > labelMax:
		return "label must be plain_text of 1 to 2000 characters"
	case b.Hint != nil && (b.Hint.Type != "plain_text" || b.Hint.Text == "" || length(b.Hint.Text) > labelMax):
		return "hint must be plain_text of 1 to 2000 characters"
	case b.Element == nil:
		return "missing required field: element"
	}
	switch b.Element.Type {
	case "plain_text_input", "static_select", "users_select", multiSelect:
		return b.Element.judge()
	}
	return "unsupported type: " + b.Element.Type
}

// judgeMenu returns what is wrong with a menu.
func (e element) judgeMenu() string {
	if e.Type == "overflow" {
		if len(e.Options) == 0 || len(e.Options) > overflowMax {
			return "must have 1 to 5 options"
		}
		return judgeOptions(e.Options)
	}
	switch {
	case len(e.Options) > 0 && len(e.Groups) > 0:
		return "options and option_groups exclude each other"
	case len(e.Options) == 0 && len(e.Groups) == 0:
		return "no options"
	case len(e.Options) > optionsMax || len(e.Groups) > optionsMax:
		return "no more than 100 items allowed"
	}
	all := e.Options
	if why := judgeOptions(e.Options); why != "" {
		return why
	}
	for _, g := range e.Groups {
		if g.Label.Type != "plain_text" || g.Label.Text == "" || length(g.Label.Text) > optionMax {
			return "a group's label must be plain_text of 1 to 75 characters"
		}
		if len(g.Options) == 0 || len(g.Options) > optionsMax {
			return "a group must have 1 to 100 options"
		}
		if why := judgeOptions(g.Options); why != "" {
			return why
		}
		all = append(slices.Clone(all), g.Options...)
	}
	if e.InitialOption != nil && !slices.ContainsFunc(all, func(o option) bool {
		return o.Value == e.InitialOption.Value && o.Text.Text == e.InitialOption.Text.Text
	}) {
		return "initial_option is none of the options"
	}
	for _, o := range e.InitialOptions {
		if e.Type != multiSelect || !slices.Contains(values(all), o.Value) {
			return "initial_options are none of the options"
		}
	}
	return ""
}

func judgeOptions(options []option) string {
	for _, o := range options {
		switch {
		case o.Text.Text == "" || length(o.Text.Text) > optionMax:
			return "an option's text must be of 1 to 75 characters"
		case o.Value == "" || length(o.Value) > optionValueMax:
			return "an option's value must be of 1 to 150 characters"
		}
	}
	return ""
}

// judgeText returns what is wrong with a text input.
func (e element) judgeText() string {
	switch {
	case e.MaxLength < 0 || e.MaxLength > inputMax:
		return "max_length must be of 1 to 3000"
	case length(e.InitialValue) > inputMax, e.MaxLength > 0 && length(e.InitialValue) > e.MaxLength:
		return "initial_value is too long"
	}
	return ""
}
