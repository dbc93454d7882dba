package whatsapptest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Template is an approved text of the business account.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
type Template struct {
	Name, Language string
	Text           string // of the body, with {{1}}, {{2}} …
	Status         string // APPROVED, PENDING, REJECTED, PAUSED, DISABLED. Default: APPROVED
	Replies        int    // quick reply buttons
}

// SetTemplate adds a template to the account, or changes it.
func (s *Server) SetTemplate(t Template) {
	if t.Status == "" {
		t.Status = "APPROVED"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.templates = slices.DeleteFunc(s.templates, func(o Template) bool { return o.Name == t.Name && o.Language == t.Language })
	s.templates = append(s.templates, t)
}

// template is a template in a message.
// https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
type template struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []struct {
		Type       string `json:"type"`
		SubType    string `json:"sub_type"`
		Index      any    `json:"index"`
		Parameters []struct {
			Type    string  `json:"type"`
			Text    *string `json:"text"`
			Payload string  `json:"payload"`
		} `json:"parameters"`
	} `json:"components"`

	body string // as the user reads it
}

var placeholder = regexp.MustCompile(`\{\{([0-9]+)\}\}`)

// fill says why the account does not take the template, and fills it in. The caller holds mu.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
func (s *Server) fill(t *template) *refusal {
	i := slices.IndexFunc(s.templates, func(o Template) bool { return o.Name == t.Name && o.Language == t.Language.Code })
	if i < 0 {
		return refuse(132001, "template name (%s) does not exist in %s", t.Name, t.Language.Code)
	}
	known := s.templates[i]
	switch known.Status {
	case "APPROVED":
	case "PAUSED":
		return refuse(132015, "Template is paused due to low quality.")
	case "DISABLED":
		return refuse(132016, "Template is disabled due to low quality.")
	default:
		return refuse(132001, "template name (%s) does not exist in %s", t.Name, t.Language.Code)
	}
	var values []string
	replies := 0
	for _, c := range t.Components {
		switch c.Type {
		case "body":
			for _, p := range c.Parameters {
				switch {
				case p.Type != "text":
					return refuse(132012, "body: the parameter's format does not match, expected TEXT, received %s", strings.ToUpper(p.Type))
				case p.Text == nil || *p.Text == "":
					return refuse(131008, "Parameter of type text is missing text value")
				case strings.ContainsAny(*p.Text, "\n\t") || strings.Contains(*p.Text, "     "):
					return refuse(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
				}
				values = append(values, *p.Text)
			}
		case "button":
			if replies++; c.SubType != "quick_reply" || replies > known.Replies {
				return refuse(132012, "button: the template has no such button")
			}
		default:
			return refuse(132012, "%s: the template has no such component with values", c.Type)
		}
	}
	slots := map[string]bool{}
	for _, found := range placeholder.FindAllString(known.Text, -1) {
		slots[found] = true
	}
	if len(values) != len(slots) {
		return refuse(132000, "body: number of localizable_params (%d) does not match the expected number of params (%d)", len(values), len(slots))
	}
	t.body = placeholder.ReplaceAllStringFunc(known.Text, func(found string) string {
		n, _ := strconv.Atoi(strings.Trim(found, "{}"))
		return values[n-1]
	})
	if units(t.body) > 1024 {
		return refuse(132005, "The translated text is too long.")
	}
	return nil
}

// messageTemplates lists the business account's templates.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
func (s *Server) messageTemplates(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.token.Scopes, "whatsapp_business_management") {
		return reply{refused: refuse(10, "Application does not have permission for this action")}
	}
	data := []map[string]any{}
	for _, t := range s.templates {
		if name := r.URL.Query().Get("name"); name != "" && !strings.Contains(t.Name, name) {
			continue // the filter takes parts of names
		}
		data = append(data, map[string]any{
			"name": t.Name, "language": t.Language, "status": t.Status, "category": "UTILITY", "id": strconv.Itoa(len(data) + 1),
			"components": []any{map[string]any{"type": "BODY", "text": t.Text}},
		})
	}
	return answer(map[string]any{"data": data})
}

// Values returns what was filled into the template of a message, in the order of its placeholders.
func (m Message) Values() (values []string) {
	var q struct {
		Template template `json:"template"`
	}
	if json.Unmarshal(m.Body, &q) != nil {
		return nil
	}
	for _, c := range q.Template.Components {
		for _, p := range c.Parameters {
			if c.Type == "body" && p.Text != nil {
				values = append(values, *p.Text)
			}
		}
	}
	return values
}
