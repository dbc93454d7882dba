package slackdesk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"patchbay/handover"
)

// formID begins the callback id of a form; its kind follows.
const formID = "patchbay_form_"

// fieldAction is the action id of every field: the block's id tells them apart.
const fieldAction = "value"

// freshSign stands in a block's id between the field's id and its Fresh.
const freshSign = ":"

// What a view takes.
const (
	// viewTitleMax is a view's title and its buttons: https://docs.slack.dev/reference/views/modal-views
	viewTitleMax = 24
	// metadataMax is private_metadata.
	metadataMax = 3000
	// labelMax and hintMax are an input block's: https://docs.slack.dev/reference/block-kit/blocks/input-block
	labelMax = 2000
	hintMax  = 2000
	// optionMax and optionValueMax: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
	optionMax      = 75
	optionValueMax = 150
	// optionsMax is options in a menu or a group, and groups in a menu:
	// https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
	optionsMax = 100
	// inputMax is a text: https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
	inputMax = 3000
)

// OpenForm shows f as a modal. A trigger that was used already has opened its form.
// https://docs.slack.dev/reference/methods/views.open
func (d *Desk) OpenForm(ctx context.Context, trigger string, f handover.Form) error {
	const op = "open form"
	view, err := d.view(f)
	if err != nil {
		return rejected(op, err)
	}
	if _, err := d.api.OpenViewContext(ctx, trigger, view); err != nil {
		if e, ok := errors.AsType[*apiError](err); ok && e.Code == "exchanged_trigger_id" {
			return nil
		}
		return d.fail(op, "", err)
	}
	return nil
}

// ChangeForm writes a modal anew. One that was closed meanwhile needs no change.
// https://docs.slack.dev/reference/methods/views.update
func (d *Desk) ChangeForm(ctx context.Context, view string, f handover.Form) error {
	const op = "change form"
	now, err := d.view(f)
	if err != nil {
		return rejected(op, err)
	}
	if _, err := d.api.UpdateViewContext(ctx, now, "", "", view); err != nil {
		if e, ok := errors.AsType[*apiError](err); ok && e.Code == "not_found" {
			return nil
		}
		return d.fail(op, "", err)
	}
	return nil
}

// view returns the modal of f.
func (d *Desk) view(f handover.Form) (slack.ModalViewRequest, error) {
	title := oneLine(f.Title, viewTitleMax)
	metadata := d.value(f.Handover, f.Post)
	switch {
	case f.Kind == "" || title == "":
		return slack.ModalViewRequest{}, errors.New("the form has no kind or no title")
	case len(metadata) > metadataMax:
		return slack.ModalViewRequest{}, errors.New("the ids are too long for a form")
	case len(f.Fields)+1 > viewBlocksMax:
		return slack.ModalViewRequest{}, errors.New("the form has too many fields")
	}
	var blocks []slack.Block
	for _, part := range pieces(plain(f.Text), lineMax) {
		if strings.TrimSpace(part) != "" {
			blocks = append(blocks, section(escape(part)))
		}
	}
	for _, field := range f.Fields {
		block, err := input(field)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		blocks = append(blocks, block)
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: formID + string(f.Kind), PrivateMetadata: metadata,
		Title: plainText(title), Close: plainText("Cancel"), Submit: plainText(oneLine(first(f.Submit, "Send"), viewTitleMax)),
		Blocks: slack.Blocks{BlockSet: blocks}, NotifyOnClose: f.Kind.Skips() != "",
	}, nil
}

// viewBlocksMax is blocks in a view: https://docs.slack.dev/reference/views/modal-views
const viewBlocksMax = 100

// input returns the block of a field.
func input(f handover.Field) (*slack.InputBlock, error) {
	element, err := element(f)
	if err != nil {
		return nil, err
	}
	id := f.ID
	if f.Fresh != "" {
		id += freshSign + f.Fresh
	}
	label := oneLine(f.Label, labelMax)
	if f.ID == "" || len(id) > idMax || label == "" || strings.Contains(f.ID, freshSign) {
		return nil, errors.New("a field of the form has no id or no label")
	}
	var hint *slack.TextBlockObject
	if text := oneLine(f.Hint, hintMax); text != "" {
		hint = plainText(text)
	}
	return slack.NewInputBlock(id, plainText(label), hint, element).WithOptional(f.Optional).WithDispatchAction(f.Live), nil
}

// element returns what is filled in.
func element(f handover.Field) (slack.BlockElement, error) {
	switch f.Kind {
	case handover.FieldText, handover.FieldLines:
		text := slack.NewPlainTextInputBlockElement(nil, fieldAction)
		text.Multiline = f.Kind == handover.FieldLines
		text.MaxLength = inputMax
		if f.Max > 0 {
			text.MaxLength = min(f.Max, inputMax)
		}
		text.InitialValue = cut(plain(f.Value), text.MaxLength)
		if f.Live {
			text.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_enter_pressed"}}
		}
		return text, nil
	case handover.FieldPerson:
		menu := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plainText("Choose a person"), fieldAction)
		menu.InitialUser = f.Value
		return menu, nil
	case handover.FieldChoice:
		return choice(f)
	case handover.FieldMany:
		return many(f)
	}
	return nil, errors.New("a field of the form is of no known kind")
}

// choice returns a menu.
func choice(f handover.Field) (slack.BlockElement, error) {
	var groups []*slack.OptionGroupBlockObject
	var initial *slack.OptionBlockObject
	for _, o := range f.Options {
		title := oneLine(o.Title, optionMax)
		if title == "" || o.Value == "" || len(o.Value) > optionValueMax {
			return nil, errors.New("an option of the form has no title, or a value that is empty or too long")
		}
		option := slack.NewOptionBlockObject(o.Value, plainText(title), nil)
		if o.Value == f.Value {
			initial = option
		}
		name := oneLine(o.Group, optionMax)
		if n := len(groups); n == 0 || groups[n-1].Label.Text != name {
			groups = append(groups, slack.NewOptionGroupBlockElement(plainText(name)))
		}
		last := groups[len(groups)-1]
		if last.Options = append(last.Options, option); len(last.Options) > optionsMax {
			return nil, errors.New("a menu of the form has too many options")
		}
	}
	if len(groups) == 0 || len(groups) > optionsMax {
		return nil, errors.New("a menu of the form has no options, or too many groups of them")
	}
	menu := slack.NewOptionsGroupSelectBlockElement(slack.OptTypeStatic, plainText("Choose one"), fieldAction, groups...)
	if len(groups) == 1 && groups[0].Label.Text == "" {
		menu = slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("Choose one"), fieldAction, groups[0].Options...)
	}
	if initial != nil {
		menu.InitialOption = initial
	}
	return menu, nil
}

// many returns a menu in which several options can be chosen.
// https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
func many(f handover.Field) (slack.BlockElement, error) {
	chosen := strings.Split(f.Value, ",")
	for i := range chosen {
		chosen[i] = strings.TrimSpace(chosen[i])
	}
	var options, initial []*slack.OptionBlockObject
	for _, o := range f.Options {
		title := oneLine(o.Title, optionMax)
		if title == "" || o.Value == "" || len(o.Value) > optionValueMax || strings.Contains(o.Value, ",") {
			return nil, errors.New("an option of the form has no title, or a value that is empty, too long, or several")
		}
		option := slack.NewOptionBlockObject(o.Value, plainText(title), nil)
		options = append(options, option)
		if slices.Contains(chosen, o.Value) {
			initial = append(initial, option)
		}
	}
	if len(options) == 0 || len(options) > optionsMax {
		return nil, errors.New("a menu of the form has no options, or too many of them")
	}
	return slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, plainText("Choose any"), fieldAction, options...).
		WithInitialOptions(initial...), nil
}

// plainText returns a text without mark-up, in which :names: of emoji stay what they are.
func plainText(text string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: text}
}

var _ handover.Former = (*Desk)(nil)
