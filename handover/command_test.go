package handover_test

import (
	"strings"
	"testing"

	"patchbay/handover"
)

func TestCommand_Verb(t *testing.T) {
	tests := []struct {
		text string
		verb handover.Verb
		rest string
		ok   bool
	}{
		{"", handover.VerbHelp, "", true},
		{"  ", handover.VerbHelp, "", true},
		{"queue", handover.VerbQueue, "", true},
		{" MINE ", handover.VerbMine, "", true},
		{"find  Ann Smith ", handover.VerbFind, "Ann Smith", true},
		{"stats 7", handover.VerbStats, "7", true},
		{"off", handover.VerbOff, "", true},
		{"dance now", handover.VerbHelp, "dance", false},
	}
	for _, tt := range tests {
		verb, rest, ok := handover.Command{Text: tt.text}.Verb()
		if verb != tt.verb || rest != tt.rest || ok != tt.ok {
			t.Errorf("Verb(%q) = %q, %q, %v, want %q, %q, %v", tt.text, verb, rest, ok, tt.verb, tt.rest, tt.ok)
		}
	}
	for _, verb := range []string{"queue", "mine", "find", "stats", "off", "on", "help"} {
		if text := handover.HelpText("/desk"); !strings.Contains(text, "/desk "+verb) {
			t.Errorf("HelpText() does not tell of %s:\n%s", verb, text)
		}
	}
}

// FuzzCommand takes any text apart: a word that is no verb is named, so that whoever typed it sees what was not understood.
func FuzzCommand(f *testing.F) {
	for _, text := range []string{"", "queue", "find Ann", "\tdance", "ÖFF \x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if verb, rest, ok := (handover.Command{Text: text}).Verb(); verb == "" || !ok && (rest == "" || verb != handover.VerbHelp) {
			t.Errorf("Verb(%q) = %q, %q, %v", text, verb, rest, ok)
		}
	})
}
