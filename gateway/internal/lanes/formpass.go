package lanes

import (
	"context"
	"maps"
	"slices"

	"patchbay/handover"
)

// passForm asks to whom a chat is passed on.
func (e *Engine) passForm(_ context.Context, a formAsked) (handover.Form, error) {
	fields := []handover.Field{{
		ID: handover.FieldPassTo, Label: "A person", Kind: handover.FieldPerson, Optional: true, Hint: "They have the chat at once, and are told.",
	}}
	if teams := a.desk.Policy.Teams; len(teams) > 0 {
		team := handover.Field{
			ID: handover.FieldPassTeam, Label: "Or a team", Kind: handover.FieldChoice, Optional: true, Hint: "The chat waits in the team's channel.",
		}
		for _, name := range slices.Sorted(maps.Keys(teams)) {
			team.Options = append(team.Options, handover.Option{Value: name, Title: name})
		}
		fields = append(fields, team)
	}
	fields = append(fields, handover.Field{
		ID: handover.FieldPassNote, Label: "A note for them", Kind: handover.FieldLines, Optional: true, Hint: "Stays in the thread.",
	})
	return handover.Form{Title: "Pass on", Submit: "Pass on", Fields: fields}, nil
}

// resolveForm asks what a chat was about that was resolved at the click. It can be left out.
func (e *Engine) resolveForm(_ context.Context, a formAsked) (handover.Form, error) {
	var fields []handover.Field
	if categories := a.desk.Policy.Categories; len(categories) > 0 {
		field := handover.Field{
			ID: handover.FieldCategory, Label: "What was it about?", Kind: handover.FieldChoice, Optional: true, Value: a.h.Details.Category,
		}
		for _, name := range categories {
			field.Options = append(field.Options, handover.Option{Value: name, Title: name})
		}
		fields = append(fields, field)
	}
	fields = append(fields, handover.Field{
		ID: handover.FieldNote, Label: "A note for your colleagues", Kind: handover.FieldLines, Optional: true, Value: a.h.Details.Note, Max: 500,
	})
	return handover.Form{
		Title: "Resolved", Submit: "Save", Text: "This chat is resolved. You may close this form without saving.", Fields: fields,
	}, nil
}
