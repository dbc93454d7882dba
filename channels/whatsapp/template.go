package whatsapp

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"patchbay/channels"
)

// Template is an element of templates: an approved text of the business account, as WhatsApp Manager shows it. Its header
// and buttons, if it has some, take no values.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
type Template struct {
	Name     string   `toml:"name"`
	Language string   `toml:"language"` // as Meta writes it: "en_US"
	Text     string   `toml:"text"`     // of the body, with its placeholders {{1}}, {{2}} …
	Fill     []string `toml:"fill"`     // for each placeholder customer.name, agent, or what an agent is to fill in
	For      string   `toml:"for"`      // "promise": for an answer that was promised; "" is for any
}

const (
	// maxTemplate is the body of a template, filled in.
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
	maxTemplate = 1024
	// maxTemplates is how many an agent can choose from.
	maxTemplates = 100
	// maxLabel is how long the name of a placeholder can be that an agent fills in.
	maxLabel = 100

	forPromise = "promise"
)

var (
	templateName     = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	templateLanguage = regexp.MustCompile(`^[a-z]{2,3}(_[A-Za-z0-9]{2,4})?$`)
	// wouldBeFact is what looks like a fact more than like a label.
	wouldBeFact = regexp.MustCompile(`^[a-z]+\.[a-z_.]+$|^(customer|contact|name)$|[{}]`)
)

// validateTemplates returns what is wrong with the list.
func validateTemplates(list []Template) (found []channels.Problem) {
	if len(list) > maxTemplates {
		found = append(found, channels.Problem{Key: "templates", Text: fmt.Sprintf("has %d; a menu has room for %d", len(list), maxTemplates)})
	}
	known := map[[2]string]int{}
	for i, t := range list {
		path := fmt.Sprintf("templates[%d]", i)
		found = append(found, t.validate(path)...)
		key := [2]string{t.Name, t.Language}
		if first, twice := known[key]; twice && t.Name != "" {
			found = append(found, channels.Problem{Key: path + ".name", Text: fmt.Sprintf("is the same template in the same language as templates[%d]", first)})
			continue
		}
		known[key] = i
	}
	return found
}

func (t Template) validate(path string) (found []channels.Problem) {
	say := func(key string, warning bool, format string, args ...any) {
		found = append(found, channels.Problem{Key: path + "." + key, Text: fmt.Sprintf(format, args...), Warning: warning})
	}
	switch {
	case t.Name == "":
		say("name", false, "missing: the template's name in WhatsApp Manager")
	case !templateName.MatchString(t.Name):
		say("name", true, "does not look like a template's name: a-z, 0-9 and _")
	}
	switch {
	case t.Language == "":
		say("language", false, `missing: the template's language as Meta writes it, such as "en_US"`)
	case !templateLanguage.MatchString(t.Language):
		say("language", true, `does not look like a language of Meta's: "en", "en_US", "pt_BR"`)
	}
	if t.For != "" && t.For != forPromise {
		say("for", false, `is not %q, which is all that a template can be for`, forPromise)
	}
	slots, err := channels.SlotsOf(t.Text)
	switch {
	case strings.TrimSpace(t.Text) == "":
		say("text", false, "missing: the template's body, with its placeholders {{1}}, {{2}} …")
		return found
	case err != nil:
		say("text", false, "%v", err)
		return found
	case channels.Len(t.Text, channels.UTF16) > maxTemplate:
		say("text", false, "is longer than the %d characters that a template may have", maxTemplate)
	}
	if len(t.Fill) > 0 && len(t.Fill) != slots {
		say("fill", false, "has %d entries for %d placeholders", len(t.Fill), slots)
	}
	for i, what := range t.Fill {
		key := fmt.Sprintf("fill[%d]", i)
		switch {
		case strings.TrimSpace(what) == "":
			say(key, false, `is empty: %q, %q, or in your words what an agent is to fill in`, channels.FactCustomer, channels.FactAgent)
		case channels.Len(what, channels.Runes) > maxLabel:
			say(key, false, "is longer than %d characters", maxLabel)
		case !isFact(what) && wouldBeFact.MatchString(what):
			say(key, false, `is not known: %q, %q, or in your words what an agent is to fill in`, channels.FactCustomer, channels.FactAgent)
		}
	}
	return found
}

func isFact(fact string) bool {
	return fact == string(channels.FactCustomer) || fact == string(channels.FactAgent)
}

// templatesOf returns the templates as agents choose them.
func templatesOf(list []Template) []channels.Template {
	all := make([]channels.Template, 0, len(list))
	for _, t := range list {
		n, err := channels.SlotsOf(t.Text)
		if err != nil {
			continue // Validate has said so
		}
		one := channels.Template{Name: t.Name, Language: t.Language, Text: t.Text, Promise: t.For == forPromise, Slots: make([]channels.Slot, n)}
		for i := range one.Slots {
			one.Slots[i].Label = fmt.Sprintf("{{%d}}", i+1)
			if i >= len(t.Fill) {
				continue
			}
			switch fact := channels.Fact(t.Fill[i]); fact {
			case channels.FactCustomer:
				one.Slots[i] = channels.Slot{Label: "The customer's name", Fact: fact}
			case channels.FactAgent:
				one.Slots[i] = channels.Slot{Label: "Your name", Fact: fact}
			default:
				one.Slots[i].Label = t.Fill[i]
			}
		}
		all = append(all, one)
	}
	return all
}

// Templates returns those of the section.
func (a *adapter) Templates() []channels.Template { return slices.Clone(a.list) }

// outTemplate is a template as the API takes it.
// https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
type outTemplate struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []component `json:"components,omitempty"`
}

type component struct {
	Type       string      `json:"type"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// templated returns m as a template message, or says why WhatsApp would not take it.
func templated(to target, m channels.Outbound) (outgoing, error) {
	out := outgoing{Product: product, target: to, Type: "template", Template: &outTemplate{Name: m.Template.Name}, Ours: m.ID}
	out.Template.Language.Code = m.Template.Language
	switch {
	case m.Template.Name == "" || m.Template.Language == "":
		return outgoing{}, channels.Errorf(channels.Rejected, "the template has no name or no language")
	case len(m.Buttons) > 0 || m.Title != "":
		return outgoing{}, channels.Errorf(channels.Rejected, "WhatsApp takes nothing beside a template")
	case channels.Len(m.Text, channels.UTF16) > maxTemplate:
		return outgoing{}, channels.Errorf(channels.Rejected, "the template is longer than the %d characters that WhatsApp takes", maxTemplate)
	}
	var values []parameter
	for i, value := range m.Template.Values {
		// The platform takes no line break, no tab, and not more than four spaces in a row.
		value = strings.Join(strings.Fields(value), " ")
		if value == "" {
			return outgoing{}, channels.Errorf(channels.Rejected, "the placeholder {{%d}} of the template is empty", i+1)
		}
		values = append(values, parameter{Type: "text", Text: value})
	}
	if len(values) > 0 {
		out.Template.Components = []component{{Type: "body", Parameters: values}}
	}
	if m.ReplyTo != "" {
		out.Context = &outContext{MessageID: m.ReplyTo}
	}
	return out, nil
}
