package models_test

import (
	"testing"

	"patchbay/models"
)

func TestContactLanguage(t *testing.T) {
	for locale, want := range map[string]string{"": "", "en": "en", "pt-BR": "pt", "zh_Hant_TW": "zh", "DE": "de", "-x": "", "_": ""} {
		if got := (models.Contact{Locale: locale}).Language(); got != want {
			t.Errorf("Contact{Locale: %q}.Language() = %q, want %q", locale, got, want)
		}
	}
}
