package canned

import (
	"regexp"
	"slices"
	"strings"
)

// Facts are what stands in the places of placeholders.
type Facts struct {
	Customer string // {{customer.name}}
	Agent    string // {{agent.name}}
	Channel  string // {{channel}}: where the customer writes from, in words
	Fields   map[string]string
}

var placeholder = regexp.MustCompile(`\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}`)

// fieldPrefix begins the placeholder of a fact that a channel or a bot told.
const fieldPrefix = "fields."

// Fill returns the reply's text. A placeholder for which nothing is known stays as it is, and is in missing.
func (r Reply) Fill(f Facts) (text string, missing []string) {
	text = placeholder.ReplaceAllStringFunc(r.Body, func(whole string) string {
		value, _ := f.value(placeholder.FindStringSubmatch(whole)[1])
		if value = strings.TrimSpace(value); value == "" {
			if !slices.Contains(missing, whole) {
				missing = append(missing, whole)
			}
			return whole
		}
		return value
	})
	return text, missing
}

// value returns what stands in the place of a placeholder; ok is false for one that there is not.
func (f Facts) value(name string) (value string, ok bool) {
	switch name {
	case "customer.name":
		return f.Customer, true
	case "agent.name":
		return f.Agent, true
	case "channel":
		return f.Channel, true
	}
	field, ok := strings.CutPrefix(name, fieldPrefix)
	return f.Fields[field], ok && field != ""
}

// Left returns the placeholders that a text still has.
func Left(text string) (all []string) {
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if _, ok := (Facts{}).value(found[1]); ok && !slices.Contains(all, found[0]) {
			all = append(all, found[0])
		}
	}
	return all
}

// unknown returns what is wrong with the placeholders in a line of a file.
func unknown(line string) (faults []string) {
	for _, found := range placeholder.FindAllStringSubmatch(line, -1) {
		if _, ok := (Facts{}).value(found[1]); !ok {
			faults = append(faults, found[0]+" is no placeholder; there are {{customer.name}}, {{agent.name}}, {{channel}} and {{fields.NAME}}")
		}
	}
	rest := placeholder.ReplaceAllString(line, "")
	if strings.Contains(rest, "{{") {
		faults = append(faults, "{{ has no }} in the same line")
	}
	return faults
}
