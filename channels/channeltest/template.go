package channeltest

import (
	"slices"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// templates: what the adapter lists is whole and stays the same; what is sent arrives as that template, with one call; what
// has no name or an empty value, or brings more than the template, is Rejected without a call.
func templates(b *bench) {
	t, ok := b.adapter.(channels.Templater)
	if !ok {
		b.Fatal("the adapter is no Templater any more")
	}
	listed(b, t)
	values := []string{"Ann <b>*Lee*</b> {{2}}", "مرحبا 👍🏽"}
	m := b.out("Hello Ann <b>*Lee*</b> {{2}}, مرحبا 👍🏽 has an answer.")
	m.Template = &models.Template{Name: "answer_ready", Language: "en_US", Values: values}
	b.ends(Outcome{ID: 6001})
	id, err := b.adapter.Send(b.Context(), m)
	if err != nil {
		b.Errorf("Send(template) error = %v, want none", err)
	}
	if !strings.Contains(id, "6001") {
		b.Errorf("Send(template) = %q, want the platform's id, 6001", id)
	}
	seen := b.once("Send(template)")
	switch got := seen.Template; {
	case got == nil:
		b.Errorf("Send(template): the customer sees %+v, want the template", seen)
	case got.Name != m.Template.Name || got.Language != m.Template.Language || !slices.Equal(got.Values, values):
		b.Errorf("Send(template): the customer sees %+v, want %+v", *got, *m.Template)
	}
	if seen.Address != b.h.Address(7) {
		b.Errorf("Send(template) goes to %q, want %q", seen.Address, b.h.Address(7))
	}
	for _, tt := range []struct {
		name   string
		change func(*channels.Outbound, *models.Template)
	}{
		{"without a name", func(_ *channels.Outbound, t *models.Template) { t.Name = "" }},
		{"without a language", func(_ *channels.Outbound, t *models.Template) { t.Language = "" }},
		{"with an empty value", func(_ *channels.Outbound, t *models.Template) { t.Values = []string{"Ann", " "} }},
		{"with a file", func(m *channels.Outbound, _ *models.Template) {
			m.Attachments = []models.Attachment{{Kind: models.Image, URL: "https://shop.example.com/photo.jpg"}}
		}},
		{"with a button", func(m *channels.Outbound, _ *models.Template) { m.Buttons = []models.Button{{Title: "Yes"}} }},
	} {
		b.answers(nil)
		other, changed := m, *m.Template
		tt.change(&other, &changed)
		other.Template = &changed
		_, err := b.adapter.Send(b.Context(), other)
		b.fails("Send(template "+tt.name+")", err, channels.Rejected)
		b.none("Send(template " + tt.name + ")")
	}
	b.fallible("Send(template)", func(int) error {
		_, err := b.adapter.Send(b.Context(), m)
		return err
	})
}

// listed: each template is whole, and no two are the same.
func listed(b *bench, t channels.Templater) {
	all := t.Templates()
	if again := t.Templates(); len(again) != len(all) {
		b.Errorf("Templates has %d, then %d, want the same", len(all), len(again))
	}
	known := map[[2]string]bool{}
	for i, one := range all {
		n, err := channels.SlotsOf(one.Text)
		switch key := [2]string{one.Name, one.Language}; {
		case one.Name == "" || one.Language == "" || strings.TrimSpace(one.Text) == "":
			b.Errorf("Templates[%d] = %+v, want a name, a language and a text", i, one)
		case err != nil || n != len(one.Slots):
			b.Errorf("Templates[%d] has %d slots for %q (%v)", i, len(one.Slots), one.Text, err)
		case known[key]:
			b.Errorf("Templates[%d] is there twice: %s in %s", i, one.Name, one.Language)
		default:
			known[key] = true
		}
		for _, slot := range one.Slots {
			if slot.Label == "" {
				b.Errorf("Templates[%d] has a slot without a label", i)
			}
		}
	}
	if len(all) == 0 {
		b.Error("Templates is empty: give the harness's adapter some")
	}
}
