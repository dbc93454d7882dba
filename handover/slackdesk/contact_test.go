package slackdesk_test

import (
	"strings"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// Ensure that a card links the customer's page when all that the address needs is known, and that no name can change where
// the link goes.
func TestContactLink(t *testing.T) {
	const crm = "https://crm.example.com/"
	tests := []struct {
		name, template string
		contact        models.Contact
		fields         map[string]string
		want           string // on the card; "" is no link
	}{
		{"id", crm + "c/{{contact.id}}", models.Contact{ID: "u1"}, nil, crm + "c/u1"},
		{"spaces", crm + "c/{{ contact.id }}", models.Contact{ID: "u1"}, nil, crm + "c/u1"},
		{"all", crm + "?n={{contact.name}}&o={{fields.order}}&c={{conversation.id}}", models.Contact{Name: "Tom & Ann"}, map[string]string{"order": "17/4"}, crm + "?n=Tom%20%26%20Ann&amp;o=17%2F4&amp;c=42"},
		{"hostile", crm + "c/{{contact.name}}", models.Contact{Name: "../x|<b>?#"}, nil, crm + "c/..%2Fx%7C%3Cb%3E%3F%23"},
		{"steps up", crm + "c/{{contact.name}}/edit", models.Contact{Name: ".."}, nil, ""},
		{"not known", crm + "o/{{fields.order}}", models.Contact{ID: "u1"}, nil, ""},
		{"the sender's field wins", crm + "o/{{fields.order}}", models.Contact{Fields: map[string]string{"order": "18"}}, map[string]string{"order": "17"}, crm + "o/18"},
		{"too long", crm + "o/{{contact.id}}", models.Contact{ID: strings.Repeat("ü", 400)}, nil, ""},
		{"none", "", models.Contact{ID: "u1"}, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, slacktest.Options{Unpaced: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.ContactURL = test.template })
			thread, err := w.desk.Open(t.Context(), handover.Card{Handover: "h1", Chat: "42", Contact: test.contact, Fields: test.fields})
			if err != nil {
				t.Fatalf("Open() = %v", err)
			}
			opened, _ := w.slack.Thread(thread)
			_, got, _ := strings.Cut(opened.Root.Text, "<https://")
			got, _, linked := strings.Cut(got, "|Open the customer's page>")
			if linked {
				got = "https://" + got
			} else {
				got = ""
			}
			if got != test.want {
				t.Errorf("link = %q, want %q", got, test.want)
			}
		})
	}
}

func TestContactURLIsChecked(t *testing.T) {
	tests := map[string]bool{
		"https://crm.example.com/{{contact.id}}":         true,
		"https://crm.example.com/?o={{fields.order-no}}": true,
		"http://127.0.0.1:8080/{{conversation.id}}":      true,
		"http://localhost/{{contact.name}}":              true,
		"http://crm.example.com/{{contact.id}}":          false,
		"https://{{contact.name}}/":                      false,
		"https://crm.{{fields.region}}.example.com/":     false,
		"{{fields.base}}/x":                              false,
		"https://crm.example.com/{{contact.phone}}":      false,
		"https://crm.example.com/{{fields.}}":            false,
		"https://crm.example.com/{{contact.id":           false,
		"https://crm.example.com/{contact.id}":           false,
		"https://crm.example.com/<b>":                    false,
		"https://me:secret@crm.example.com/":             false,
		"javascript:alert(1)":                            false,
		"crm.example.com/{{contact.id}}":                 false,
	}
	for address, ok := range tests {
		c := slackdesk.Config{BotToken: models.NewSecret("xoxb-1"), AppToken: models.NewSecret("xapp-1"), Channel: "C0123456789", ContactURL: address}
		found := c.Validate()
		if (len(found) == 0) != ok || !ok && found[0].Key != "contact_url" {
			t.Errorf("Validate() of contact_url = %q: %v, want it to be fine: %v", address, found, ok)
		}
	}
}
