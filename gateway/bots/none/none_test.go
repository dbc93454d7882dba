package none_test

import (
	"testing"

	"patchbay/gateway/bots"
	"patchbay/gateway/bots/none"
	"patchbay/models"
)

func TestEveryChatGoesToPeople(t *testing.T) {
	b, err := none.New(&none.Config{}, bots.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := b.(bots.Absent); !ok || !a.Absent() {
		t.Error("the bot does not say that it is absent")
	}
	for _, text := range []string{"", "hello", "when are you open?"} {
		a, err := b.Answer(t.Context(), bots.Question{Text: text})
		if err != nil || a.Handover == nil || !a.Handover.Requested || len(a.Messages) != 0 {
			t.Errorf("Answer(%q) = %+v, %v; want a handover without words", text, a, err)
		}
	}
}

func TestSectionIsJudged(t *testing.T) {
	c := none.Config{Common: bots.Common{Timeout: models.Duration{Duration: -1}}}
	if b, err := none.New(&c, bots.Deps{}); err == nil {
		t.Errorf("New = %v, want an error about timeout", b)
	}
}
