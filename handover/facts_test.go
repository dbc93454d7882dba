package handover_test

import (
	"testing"

	"patchbay/models"
)

// Ensure that what the bot tells of a customer is kept, and shown to agents who have the chat.
func TestDecide_facts(t *testing.T) {
	keeps := func(want string) func(*testing.T, models.Conversation) {
		return func(t *testing.T, c models.Conversation) {
			if got := c.Memory.Fields["order"]; got != want {
				t.Errorf("field order = %q, want %q", got, want)
			}
		}
	}
	knows := func(c *models.Conversation) { c.Memory.Fields = models.Fields{"order": "17"} }
	told := func(order string) models.Answer { return models.Answer{Fields: map[string]string{"order": order}} }
	of := func(plan string) models.Event {
		e := wrote("hi", models.Signals{})
		e.Contact = &models.Contact{ID: "7", Name: "Kim", Fields: map[string]string{"plan": plan}}
		return e
	}
	gold := func(c *models.Conversation) { c.Contact.Fields = map[string]string{"plan": "gold"} }
	answer := told("17")
	answer.Messages = texts("Order 17 is on its way.")
	check(t, []row{
		{name: "with an answer", c: inBot(), e: answered(answer), mode: models.ModeBot, then: keeps("17"),
			want: []string{"record b1 bot said", "send b1"}},
		{name: "too late, to an agent", c: held(), e: answered(told("18"), late), mode: models.ModeAgent, then: keeps("18"), want: []string{"refresh"}},
		{name: "known already", c: held(knows), e: answered(told("17"), late), mode: models.ModeAgent, then: keeps("17")},
		{name: "taken off", c: held(knows), e: answered(told(""), late), mode: models.ModeAgent, then: keeps(""), want: []string{"refresh"}},
		{name: "the platform's, new", c: held(), e: of("gold"), mode: models.ModeAgent, want: []string{"refresh", "record m1 customer said", "display m1"}},
		{name: "the platform's, known", c: held(gold), e: of("gold"), mode: models.ModeAgent, want: []string{"record m1 customer said", "display m1"}},
	})
}
