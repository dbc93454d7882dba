package handover_test

import (
	"slices"
	"testing"

	"patchbay/handover"
	"patchbay/models"
)

// Ensure that the first rule of which each condition holds says where a chat opens, and that the card tells by which.
func TestDecide_routes(t *testing.T) {
	asks := models.Signals{Asks: true}
	portuguese := func(c *models.Conversation) { c.Language = "pt" }
	vip := func(c *models.Conversation) { c.Memory.Tags = []string{"vip"} }
	shop := func(c *models.Conversation) { c.Contact.Fields = map[string]string{"Tags": `["Gold", "eu"]`} }
	tests := []struct {
		name           string
		c              models.Conversation
		text           string
		routes         []handover.Route
		place, because string
	}{
		{"no rules", inBot(), "a person please", nil, "", ""},
		{"none fits", inBot(), "a person please", []handover.Route{{Language: "pt", To: "C2"}, {Channel: "whatsapp", To: "C3"}, {Tag: "vip", To: "C4"}}, "", ""},
		{"language", inBot(portuguese), "um humano", []handover.Route{{Language: "es", To: "C2"}, {Language: "pt", To: "C3"}}, "C3", "language pt"},
		{"the first wins", inBot(portuguese), "um humano", []handover.Route{{Channel: "telegram", To: "C2"}, {Language: "pt", To: "C3"}}, "C2", "channel telegram"},
		{"one channel", inBot(), "a person", []handover.Route{{Channel: "telegram/sales", To: "C2"}, {Channel: "telegram/support", To: "C3"}}, "C3", "channel telegram/support"},
		{"words", inBot(), "My Invoice is wrong, a person please", []handover.Route{{Words: []string{"refund", "invoice"}, To: "C2"}}, "C2", "the word invoice"},
		{"a word within another", inBot(), "we refunded a person", []handover.Route{{Words: []string{"refund", "fund"}, To: "C2"}}, "", ""},
		{"a word twice", inBot(), "prefund a refund", []handover.Route{{Words: []string{"refund"}, To: "C2"}}, "C2", "the word refund"},
		{"several words", inBot(), "I want my money back!", []handover.Route{{Words: []string{"money back"}, To: "C2"}}, "C2", "the word money back"},
		{"no spaces", inBot(), "請退款給我", []handover.Route{{Words: []string{"退款"}, To: "C2"}}, "C2", "the word 退款"},
		{"tag of agents", inBot(vip), "a person", []handover.Route{{Tag: "VIP", To: "C2"}}, "C2", "tag VIP"},
		{"tag of the shop", inBot(shop), "a person", []handover.Route{{Tag: "gold", To: "C2"}}, "C2", "tag gold"},
		{"all of them", inBot(portuguese, vip), "a refund", []handover.Route{{Language: "pt", Words: []string{"invoice"}, To: "C2"}, {Language: "pt", Tag: "vip", To: "C3"}}, "C3", "language pt, tag vip"},
		{"at night", inBot(), "a person", []handover.Route{{Hours: day("09:00-17:00"), When: "day", To: "C2"}, {Hours: day("22:00-23:00"), When: "night", To: "C3"}}, "C3", "night"},
		{"outside", inBot(), "a person", []handover.Route{{Hours: day("09:00-17:00"), Outside: true, When: "a time outside of your hours", To: "C2"}}, "C2", "a time outside of your hours"},
		{"no condition", inBot(), "a person", []handover.Route{{To: "C2", Name: "rest"}}, "C2", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := handover.DefaultPolicy()
			p.Desk.Routes = test.routes
			_, effects := handover.Decide(test.c, wrote(test.text, asks), p, now)
			i := slices.IndexFunc(effects, func(e handover.Effect) bool { _, ok := e.(handover.Open); return ok })
			if i < 0 {
				t.Fatalf("Decide(%q) = %q, want an open", test.text, showAll(effects))
			}
			if got := effects[i].(handover.Open); got.Place != test.place || got.Because != test.because {
				t.Errorf("Decide(%q) opens in %q because of %q, want %q, %q", test.text, got.Place, got.Because, test.place, test.because)
			}
		})
	}
	p := handover.DefaultPolicy()
	p.Desk.Routes = []handover.Route{{Team: "billing", To: "C2", Name: "money"}}
	wish := models.Answer{Handover: &models.HandoverWish{Requested: true, Team: "Billing"}}
	if _, effects := handover.Decide(inBot(), answered(wish), p, now); !slices.ContainsFunc(effects, func(e handover.Effect) bool {
		o, ok := e.(handover.Open)
		return ok && o.Place == "C2" && o.Team == "money" && o.Because == "the bot's team billing"
	}) {
		t.Errorf("a bot that asks for Billing: %q, want its place", showAll(effects))
	}
}

func TestSplitTags(t *testing.T) {
	tests := map[string][]string{
		"": nil, " , ": nil, "vip": {"vip"}, "VIP, Gold  plan,vip": {"vip", "gold plan"}, `["a","b, c"]`: {"a", "b, c"}, `"x"`: {`"x"`},
	}
	for text, want := range tests {
		if got := handover.SplitTags(text); !slices.Equal(got, want) {
			t.Errorf("SplitTags(%q) = %q, want %q", text, got, want)
		}
	}
}
