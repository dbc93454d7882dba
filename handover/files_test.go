package handover_test

import (
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that a file that the bot does not take is dealt with as the config says, and that stickers and albums bother nobody.
func TestDecide_notTaken(t *testing.T) {
	wrote := func(text, album string, small bool, kinds ...models.AttachmentKind) models.Event {
		c := models.Content{Text: text, Album: album}
		for _, kind := range kinds {
			c.Attachments = append(c.Attachments, models.Attachment{Kind: kind})
		}
		return models.Event{Type: models.CustomerWrote, At: now, Message: "m1", Content: &c, Signals: models.Signals{Small: small}}
	}
	asks := func(effects []handover.Effect) (asked, told, opened bool) {
		for _, effect := range effects {
			switch f := effect.(type) {
			case handover.Ask:
				asked = true
			case handover.Tell:
				told = told || f.Key == "cannot_send" && f.Vars["kind"] == "voice"
			case handover.Open:
				opened = f.Reason.Cause == models.CauseFile
			default:
			}
		}
		return asked, told, opened
	}
	for _, tt := range []struct {
		name                string
		what                handover.NotTaken
		e                   models.Event
		asked, told, opened bool
	}{
		{"taken", handover.NotTakenHand, wrote("", "", false, models.Image), true, false, false},
		{"words", handover.NotTakenWords, wrote("", "", false, models.Voice), true, false, false},
		{"nothing said", "", wrote("", "", false, models.Voice), true, false, false},
		{"handed over", handover.NotTakenHand, wrote("look", "", false, models.Image, models.Voice), false, false, true},
		{"told", handover.NotTakenTold, wrote("", "", false, models.Voice), false, true, false},
		{"told, with words", handover.NotTakenTold, wrote("look", "", false, models.Voice), true, false, false},
		{"sticker", handover.NotTakenHand, wrote("", "", true, models.Sticker), true, false, false},
		{"no file", handover.NotTakenHand, wrote("hi", "", false), true, false, false},
		{"of an album", handover.NotTakenTold, wrote("", "a1", false, models.Voice), false, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := handover.DefaultPolicy()
			p.Takes, p.NotTaken = []models.AttachmentKind{models.Image}, tt.what
			c, effects := handover.Decide(models.Conversation{Mode: models.ModeBot}, tt.e, p, now)
			if asked, told, opened := asks(effects); asked != tt.asked || told != tt.told || opened != tt.opened {
				t.Errorf("Decide asks: %t, tells: %t, opens: %t; want %t, %t, %t", asked, told, opened, tt.asked, tt.told, tt.opened)
			}
			if tt.e.Content.Album == "" {
				return
			}
			if _, effects = handover.Decide(c, tt.e, p, now); len(effects) != 1 { // it is recorded
				t.Errorf("the next of the album does %q", showAll(effects))
			}
		})
	}
}
