package models_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"patchbay/models"
)

func TestFieldsWith(t *testing.T) {
	many := map[string]string{}
	for i := range 25 {
		many[fmt.Sprintf("f%02d", i)] = "x"
	}
	tests := []struct {
		name  string
		known models.Fields
		more  map[string]string
		want  models.Fields
	}{
		{"nothing", nil, nil, nil},
		{"first", nil, map[string]string{"order": "17"}, models.Fields{"order": "17"}},
		{"another", models.Fields{"order": "17"}, map[string]string{"plan": "gold"}, models.Fields{"order": "17", "plan": "gold"}},
		{"changed", models.Fields{"order": "17"}, map[string]string{"order": "18"}, models.Fields{"order": "18"}},
		{"taken off", models.Fields{"order": "17"}, map[string]string{"order": ""}, models.Fields{}},
		{"no name", nil, map[string]string{" ": "17"}, nil},
		{"long", nil, map[string]string{"n": strings.Repeat("ß", 600)}, models.Fields{"n": strings.Repeat("ß", 500)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := maps.Clone(test.known)
			if got := test.known.With(test.more); !maps.Equal(got, test.want) {
				t.Errorf("With(%v) = %v, want %v", test.more, got, test.want)
			}
			if !maps.Equal(before, test.known) {
				t.Errorf("With(%v) changed what it was called on: %v", test.more, test.known)
			}
		})
	}
	if got := (models.Fields{}).With(many); len(got) != 20 || got["f19"] != "x" {
		t.Errorf("With(25 fields) = %v, want the first 20 by name", got)
	}
}
