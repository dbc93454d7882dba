package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// What Block Kit takes: https://docs.slack.dev/reference/block-kit/blocks
const (
	blocksMax    = 50
	blocksAllMax = 13_000 // of all texts together: not documented
	sectionMax   = 3000
	fieldMax     = 2000
	headerMax    = 150
	contextMax   = 10
	actionsMax   = 25
	idMax        = 255
	buttonMax    = 75
	valueMax     = 2000
)

// block is what is judged and read of a block.
type block struct {
	Type     string       `json:"type"`
	BlockID  string       `json:"block_id"`
	Text     *textObject  `json:"text"`
	Fields   []textObject `json:"fields"`
	Elements []element    `json:"elements"`
	Rich     richPart     `json:"-"` // all of it, if it is a rich_text

	Label     *textObject `json:"label"` // of an input, as what follows
	Hint      *textObject `json:"hint"`
	Element   *element    `json:"element"`
	Optional  bool        `json:"optional"`
	Dispatch  bool        `json:"dispatch_action"`
	Accessory *element    `json:"accessory"`
}

// UnmarshalJSON reads a block. The elements of a rich_text are of another kind.
func (b *block) UnmarshalJSON(raw []byte) error {
	type bare block
	if err := json.Unmarshal(raw, &b.Rich); err == nil && b.Rich.Type == "rich_text" {
		b.Type = b.Rich.Type
		return json.Unmarshal(raw, &struct {
			BlockID *string `json:"block_id"`
		}{&b.BlockID})
	}
	return json.Unmarshal(raw, (*bare)(b))
}

type textObject struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
	Emoji    *bool  `json:"emoji"`
}

// element is a text of a context block or a button of an actions block. Text is a string or an object.
type element struct {
	Type     string          `json:"type"`
	Text     json.RawMessage `json:"text"`
	ActionID string          `json:"action_id"`
	Value    string          `json:"value"`
	Style    string          `json:"style"`

	Options        []option      `json:"options"`
	Groups         []optionGroup `json:"option_groups"`
	InitialOption  *option       `json:"initial_option"`
	InitialOptions []option      `json:"initial_options"`
	InitialUser    string        `json:"initial_user"`
	InitialValue   string        `json:"initial_value"`
	MaxLength      int           `json:"max_length"`
	Placeholder    *textObject   `json:"placeholder"`
}

func (e element) label() textObject {
	var t textObject
	if json.Unmarshal(e.Text, &t) != nil {
		_ = json.Unmarshal(e.Text, &t.Text)
		t.Type = e.Type
	}
	return t
}

// Judge returns what Slack would say against a message's blocks, nil if nothing. An error names the block.
func Judge(blocks []byte) error {
	if f := judge(blocks); f != nil {
		return fmt.Errorf("%s: %v", f.code, f.messages)
	}
	return nil
}

func judge(raw []byte) *failure { return judgeBlocks(raw, blocksMax, false) }

// judgeBlocks judges the blocks of a message or of a view. Only a view has fields to fill in.
func judgeBlocks(raw []byte, most int, view bool) *failure {
	var blocks []block
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return &failure{code: "invalid_blocks_format"}
	}
	invalid := func(i int, why string) *failure {
		return &failure{code: "invalid_blocks", messages: []string{fmt.Sprintf("[ERROR] %s [json-pointer:/blocks/%d]", why, i)}}
	}
	if len(blocks) > most {
		return invalid(most, fmt.Sprintf("no more than %d items allowed", most))
	}
	var ids []string
	total := 0
	for i, b := range blocks {
		if len(b.BlockID) > idMax {
			return invalid(i, "block_id is too long")
		}
		if b.BlockID != "" {
			if slices.Contains(ids, b.BlockID) {
				return invalid(i, "block_id already exists")
			}
			ids = append(ids, b.BlockID)
		}
		n, why := b.judge()
		if b.Type == "input" && !view {
			why = "unsupported type: input"
		}
		if why != "" {
			return invalid(i, why)
		}
		total += n
	}
	if total > blocksAllMax && !view {
		return &failure{code: "msg_blocks_too_long"}
	}
	return nil
}

// judge returns how much text b has, and what is wrong with it.
func (b block) judge() (total int, why string) {
	count := func(t textObject, limit int, kinds ...string) string {
		total += length(t.Text)
		switch {
		case t.Text == "":
			return "must be more than 0 characters"
		case length(t.Text) > limit:
			return fmt.Sprintf("must be less than %d characters", limit+1)
		case !slices.Contains(kinds, t.Type):
			return "unsupported type: " + t.Type
		}
		return ""
	}
	switch b.Type {
	case "section":
		if b.Text == nil && len(b.Fields) == 0 {
			return 0, "missing required field: text"
		}
		if b.Text != nil {
			why = count(*b.Text, sectionMax, "mrkdwn", "plain_text")
		}
		if len(b.Fields) > 10 {
			return 0, "no more than 10 items allowed"
		}
		if b.Accessory != nil && why == "" {
			why = b.Accessory.judge()
		}
		for _, f := range b.Fields {
			if why == "" {
				why = count(f, fieldMax, "mrkdwn", "plain_text")
			}
		}
	case "header":
		if b.Text == nil {
			return 0, "missing required field: text"
		}
		why = count(*b.Text, headerMax, "plain_text")
	case "context":
		if len(b.Elements) == 0 || len(b.Elements) > contextMax {
			return 0, "must have 1 to 10 elements"
		}
		for _, e := range b.Elements {
			if e.Type != "image" && why == "" {
				why = count(e.label(), sectionMax, "mrkdwn", "plain_text")
			}
		}
	case "actions":
		if len(b.Elements) == 0 || len(b.Elements) > actionsMax {
			return 0, "must have 1 to 25 elements"
		}
		for _, e := range b.Elements {
			if why == "" {
				why = e.judge()
			}
		}
	case "input":
		why = b.judgeInput()
	case "rich_text":
		return b.Rich.judge()
	case "divider", "image", "video", "file":
	default:
		return 0, "unsupported type: " + b.Type
	}
	return total, why
}

// judge returns what is wrong with a button, a menu or a text input.
func (e element) judge() string {
	switch {
	case len(e.ActionID) > idMax:
		return "action_id is too long"
	case e.Placeholder != nil && (e.Placeholder.Type != "plain_text" || length(e.Placeholder.Text) > placeholderMax):
		return "placeholder must be plain_text of 1 to 150 characters"
	}
	switch e.Type {
	case "static_select", "overflow", multiSelect:
		return e.judgeMenu()
	case "plain_text_input":
		return e.judgeText()
	}
	t := e.label()
	switch {
	case e.Type != "button":
		return ""
	case t.Type != "plain_text" || t.Text == "" || length(t.Text) > buttonMax:
		return "a button's text must be plain_text of 1 to 75 characters"
	case len(e.Value) > valueMax:
		return "value is too long"
	case e.Style != "" && e.Style != "primary" && e.Style != "danger":
		return "invalid style"
	}
	return ""
}
