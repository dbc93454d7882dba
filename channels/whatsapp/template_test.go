package whatsapp_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

// ready is a template as a section has it.
func ready() whatsapp.Template {
	return whatsapp.Template{
		Name: "answer_ready", Language: "en_US", Text: "Hello {{1}}, {{2}} has an answer about {{3}}.",
		Fill: []string{"customer.name", "agent", "What it is about"}, For: "promise",
	}
}

func TestTemplatesValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*whatsapp.Template)
		want   []string // keys; a ? behind is a warning
	}{
		{"nothing wrong", func(*whatsapp.Template) {}, nil},
		{"agents fill all", func(t *whatsapp.Template) { t.Fill = nil }, nil},
		{"without placeholders", func(t *whatsapp.Template) { t.Text, t.Fill = "It is here.", nil }, nil},
		{"no name", func(t *whatsapp.Template) { t.Name = "" }, []string{"templates[1].name"}},
		{"a title in place of the name", func(t *whatsapp.Template) { t.Name = "Answer ready" }, []string{"templates[1].name?"}},
		{"no language", func(t *whatsapp.Template) { t.Language = "" }, []string{"templates[1].language"}},
		{"a locale with a hyphen", func(t *whatsapp.Template) { t.Language = "en-US" }, []string{"templates[1].language?"}},
		{"no text", func(t *whatsapp.Template) { t.Text = " " }, []string{"templates[1].text"}},
		{"named placeholders", func(t *whatsapp.Template) { t.Text = "Hello {{name}}." }, []string{"templates[1].text"}},
		{"a number left out", func(t *whatsapp.Template) { t.Text = "Hello {{1}}, {{3}}." }, []string{"templates[1].text"}},
		{"too long", func(t *whatsapp.Template) { t.Text += strings.Repeat("x", 1024) }, []string{"templates[1].text"}},
		{"too few to fill", func(t *whatsapp.Template) { t.Fill = t.Fill[:2] }, []string{"templates[1].fill"}},
		{"an empty label", func(t *whatsapp.Template) { t.Fill[2] = "" }, []string{"templates[1].fill[2]"}},
		{"an unknown fact", func(t *whatsapp.Template) { t.Fill[0] = "customer.nme" }, []string{"templates[1].fill[0]"}},
		{"a placeholder as label", func(t *whatsapp.Template) { t.Fill[0] = "{{customer.name}}" }, []string{"templates[1].fill[0]"}},
		{"a long label", func(t *whatsapp.Template) { t.Fill[0] = strings.Repeat("x", 101) }, []string{"templates[1].fill[0]"}},
		{"for something else", func(t *whatsapp.Template) { t.For = "promises" }, []string{"templates[1].for"}},
		{"twice", func(t *whatsapp.Template) { t.Language = "de" }, []string{"templates[1].name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config("")
			first, one := ready(), ready()
			first.Language = "de"
			tt.change(&one)
			c.Templates = []whatsapp.Template{first, one}
			var got []string
			for _, p := range c.Validate() {
				key := p.Key
				if p.Warning {
					key += "?"
				}
				if p.Text == "" {
					t.Errorf("problem of %s says nothing", p.Key)
				}
				got = append(got, key)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Validate() = %q, want %q", got, tt.want)
			}
		})
	}
	c := config("")
	for range 101 {
		one := ready()
		one.Name += strings.Repeat("x", len(c.Templates))
		c.Templates = append(c.Templates, one)
	}
	if got := c.Validate(); len(got) != 1 || got[0].Key != "templates" {
		t.Errorf("Validate(101 templates) = %+v, want one problem of templates", got)
	}
}

// Ensure that an adapter lists the templates of its section with what their placeholders are.
func TestTemplates(t *testing.T) {
	c := config("")
	c.Templates = []whatsapp.Template{ready(), {Name: "hello", Language: "de", Text: "Hallo {{1}}."}}
	got := open(t, c, quiet()).Templates()
	if len(got) != 2 || !got[0].Promise || got[1].Promise {
		t.Fatalf("Templates() = %+v, want two, the first for a promise", got)
	}
	want := []channels.Slot{
		{Label: "The customer's name", Fact: channels.FactCustomer}, {Label: "Your name", Fact: channels.FactAgent}, {Label: "What it is about"},
	}
	if !slices.Equal(got[0].Slots, want) || !slices.Equal(got[1].Slots, []channels.Slot{{Label: "{{1}}"}}) {
		t.Errorf("Slots = %+v and %+v", got[0].Slots, got[1].Slots)
	}
	got[0].Name = "changed"
	if again := open(t, c, quiet()).Templates(); again[0].Name != "answer_ready" {
		t.Error("the list that was returned is the adapter's own")
	}
}

// Ensure that a template reaches a customer long after his window, with its values on one line each, that receipts come for it,
// and that what the platform has against a template is said in plain words.
func TestSendTemplate(t *testing.T) {
	s := fake(t, whatsapptest.Options{})
	s.SetTemplate(whatsapptest.Template{Name: "answer_ready", Language: "en_US", Text: ready().Text})
	s.SetTemplate(whatsapptest.Template{Name: "paused", Language: "en_US", Text: "Hello.", Status: "PAUSED"})
	s.SetTemplate(whatsapptest.Template{Name: "disabled", Language: "en_US", Text: "Hello.", Status: "DISABLED"})
	a := open(t, config(s.URL()), quiet())
	receipts := make(chan channels.Inbound, 10)
	s.SetCallback(receiver(t, a, func(in channels.Inbound) { receipts <- in }))
	luis := s.User("5215550001111", "Luis")
	if _, err := luis.Write(soon(t), "hola"); err != nil {
		t.Fatal(err)
	}
	<-receipts
	s.Advance(100 * time.Hour)
	out := func(name string, values ...string) channels.Outbound {
		return channels.Outbound{
			ID: "t1", Address: luisPhone, Text: "Hello Luis.", Template: &models.Template{Name: name, Language: "en_US", Values: values},
		}
	}
	id, err := a.Send(t.Context(), out("answer_ready", "Luis", "Ana", " your\n\torder     7 "))
	if err != nil {
		t.Fatalf("Send() = %v", err)
	}
	seen := luis.Seen()
	if len(seen) != 1 || seen[0].Text != "Hello Luis, Ana has an answer about your order 7." || seen[0].ID != id || seen[0].Ours != "t1" {
		t.Errorf("Seen() = %+v", seen)
	}
	if in := <-receipts; in.Kind != channels.Receipt || in.ID != id || in.Ours != "t1" {
		t.Errorf("the first receipt is %+v", in)
	}
	for _, tt := range []struct {
		name string
		m    channels.Outbound
		want string
	}{
		{"too few values", out("answer_ready", "Luis"), "another number of placeholders than the config says (132000)"},
		{"no such template", out("nothing"), "there is no approved template of this name in this language (132001)"},
		{"paused", out("paused"), "the template is paused, because customers did not like it (132015)"},
		{"disabled", out("disabled"), "switched off for good"},
		{"too long", out("answer_ready", strings.Repeat("x", 1025), "Ana", "it"), "too long with what was filled in (132005)"},
	} {
		_, err := a.Send(t.Context(), tt.m)
		if channels.KindOf(err) != channels.Rejected || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Send(%s) = %v, want %q", tt.name, err, tt.want)
		}
	}
	s.Fault(whatsapptest.Fault{Code: 132012})
	if _, err := a.Send(t.Context(), out("answer_ready", "a", "b", "c")); err == nil || !strings.Contains(err.Error(), "does not take what was filled in (132012)") {
		t.Errorf("Send() = %v", err)
	}
}

// Ensure that check tells which templates cannot be sent.
func TestCheckTemplates(t *testing.T) {
	theirs := whatsapptest.Template{Name: "answer_ready", Language: "en_US", Text: ready().Text}
	with := func(change func(*whatsapptest.Template)) func(*whatsapptest.Server) {
		return func(s *whatsapptest.Server) {
			one := theirs
			change(&one)
			s.SetTemplate(one)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*whatsapptest.Server)
		want   string
	}{
		{"all is well", with(func(*whatsapptest.Template) {}), "ok all templates are approved"},
		{"none there", func(*whatsapptest.Server) {}, "no there is no answer_ready in en_US"},
		{"another language", with(func(t *whatsapptest.Template) { t.Language = "en" }), "no there is no answer_ready in en_US"},
		{"not approved", with(func(t *whatsapptest.Template) { t.Status = "PENDING" }), "no cannot be sent: it is pending"},
		{"other placeholders", with(func(t *whatsapptest.Template) { t.Text = "Hello {{1}}." }), "no has 1 placeholders, and 3 in the config"},
		{"named placeholders", with(func(t *whatsapptest.Template) { t.Text = "Hello {{name}}." }), "no named placeholders"},
		{"other words", with(func(t *whatsapptest.Template) { t.Text = "Hi {{1}}, {{2}} has news about {{3}}." }), "? reads otherwise in the config"},
		{"not to be seen", func(s *whatsapptest.Server) { s.Fault(whatsapptest.Fault{Path: "/message_templates", Code: 10}) }, "? could not be looked at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := fake(t, whatsapptest.Options{})
			tt.change(s)
			c := config(s.URL())
			c.Templates = []whatsapp.Template{ready()}
			a := open(t, c, quiet())
			compare(t, a.Check(soon(t), receiver(t, a, func(channels.Inbound) {})),
				[]string{"ok never expires", "ok 15550100200", "ok subscribed", tt.want, "? https"})
		})
	}
}

// templateSends compares our request with the platform's sample, whose button takes a payload, and has the fake take the sample.
func templateSends(t *testing.T, body []byte) {
	sends(func(want map[string]any) {
		inner := want["template"].(map[string]any)
		inner["components"] = inner["components"].([]any)[:1]
	}, channels.Outbound{
		Address: luisPhone, Text: "Hello Luis.", Template: &models.Template{Name: "resume_chat", Language: "en_US", Values: []string{"Luis"}},
	})(t, body)
	s := fake(t, whatsapptest.Options{})
	s.SetTemplate(whatsapptest.Template{Name: "resume_chat", Language: "en_US", Text: "Hello {{1}}. Shall we go on?", Replies: 1})
	u := s.User("5215550001111", "Luis Pérez")
	fakeCall(t, s, "/"+number+"/messages", "application/json", body)
	if seen := u.Seen(); len(seen) != 1 || seen[0].Text != "Hello Luis. Shall we go on?" || !slices.Equal(seen[0].Values(), []string{"Luis"}) {
		t.Errorf("Seen() = %v, want the template", seen)
	}
}
