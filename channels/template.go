package channels

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Template is a text that a platform has approved, as an agent chooses it.
type Template struct {
	Name, Language string // as the platform has them
	Text           string // with {{1}}, {{2}} … where its slots are
	Slots          []Slot // in the order of their numbers
	Promise        bool   // it tells the customer that the answer is there which he was promised
}

// Slot is a place in a template that is filled in each time.
type Slot struct {
	Label string // for who fills it in
	Fact  Fact   // what it has without being filled in; "" is nothing
}

// Fact is what a slot stands for.
type Fact string

// The facts.
const (
	FactCustomer Fact = "customer.name"
	FactAgent    Fact = "agent"
)

var (
	// braces is whatever looks like a slot, and slot is one.
	braces = regexp.MustCompile(`\{\{[^{}]*\}\}|\{\{|\}\}`)
	slot   = regexp.MustCompile(`^\{\{([1-9][0-9]{0,2})\}\}$`)
)

// SlotsOf returns how many slots text has. Their numbers have to be 1 and those that follow, each as often as is liked;
// anything else in double braces is an error.
func SlotsOf(text string) (int, error) {
	seen := map[int]bool{}
	most := 0
	for _, found := range braces.FindAllString(text, -1) {
		m := slot.FindStringSubmatch(found)
		if m == nil {
			return 0, fmt.Errorf("%s is no placeholder: they are {{1}}, {{2}} and so on", found)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, err
		}
		seen[n], most = true, max(most, n)
	}
	for n := 1; n <= most; n++ {
		if !seen[n] {
			return 0, fmt.Errorf("has {{%d}} and no {{%d}}", most, n)
		}
	}
	return most, nil
}

// Fill returns the text with values in its slots. A slot without one stays as it is. What stands in a value is never taken
// for a slot.
func (t Template) Fill(values []string) string {
	return braces.ReplaceAllStringFunc(t.Text, func(found string) string {
		m := slot.FindStringSubmatch(found)
		if m == nil {
			return found
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n > len(values) || strings.TrimSpace(values[n-1]) == "" {
			return found
		}
		return values[n-1]
	})
}
