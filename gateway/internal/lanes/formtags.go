package lanes

import (
	"context"
	"slices"

	"patchbay/handover"
	"patchbay/models"
)

const (
	// tagsMost is how many tags a form lets choose from:
	// https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
	tagsMost = 100
	// tagBytes is what an option's value takes: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
	tagBytes = 150
)

// tagsForm asks for the customer's tags: those that he has, those that rules look for, and those that were given last.
func (e *Engine) tagsForm(ctx context.Context, a formAsked) (handover.Form, error) {
	given, err := e.store.Tags(ctx, a.desk.Name, tagsMost)
	if err != nil {
		return handover.Form{}, err
	}
	own := handover.Tags(models.Conversation{Contact: a.chat.Contact})
	known := slices.Clone(a.chat.Memory.Tags)
	for _, route := range a.desk.Policy.Routes {
		known = append(known, handover.SplitTags(route.Tag)...)
	}
	known = append(known, given...)
	options := []handover.Option{}
	for i, tag := range known {
		if len(options) < tagsMost && len(tag) <= tagBytes && !slices.Contains(known[:i], tag) && !slices.Contains(own, tag) {
			options = append(options, handover.Option{Value: tag, Title: tag})
		}
	}
	form := handover.Form{Title: "Tags", Submit: "Save", Post: handover.ShownTags(a.chat.Memory.Tags)}
	if len(own) > 0 {
		form.Text = "From your system, and changed there: " + handover.JoinTags(own)
	}
	if len(options) > 0 {
		form.Fields = append(form.Fields, handover.Field{
			ID: handover.FieldTags, Label: "Tags of this customer", Kind: handover.FieldMany, Optional: true, Options: options,
			Value: handover.JoinTags(a.chat.Memory.Tags),
		})
	}
	form.Fields = append(form.Fields, handover.Field{
		ID: handover.FieldTag, Label: "A new one", Kind: handover.FieldText, Optional: true, Hint: "Several with commas between them.", Max: 400,
	})
	return form, nil
}

// tag notes which tags a customer was given, for the next form.
func (a *applier) tag(f handover.Tag) error {
	h, ok, err := a.tx.Handover(a.ev.Handover)
	if err != nil || !ok {
		return err
	}
	return a.tx.PutTags(h.Desk, f.Tags, a.now)
}
