package slackdesk_test

import (
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

func TestReceivePeople(t *testing.T) {
	members := []slacktest.Member{
		{ID: "U0GUEST001", RealName: "Gil Guest", Guest: true},
		{ID: "U0GUEST002", RealName: "Sue Single", Single: true},
		{ID: "U0GONE0001", RealName: "Don Gone", Deleted: true},
		{ID: "U0BOT00001", RealName: "Robo", Bot: true},
		{ID: "U0ELSE0001", RealName: "Eve Elsewhere", Team: "T0PARTNER01", Stranger: true},
		{ID: "U0ELSE0002", RealName: "Eva Elsewhere", Team: "T0PARTNER01"},
		{ID: "U0ELSE0003", RealName: "Eli Elsewhere", Stranger: true},
		{ID: "U0PLAIN001", Name: "plain"},
	}
	tests := []struct {
		name, user string
		fields     map[string]any
		want       models.Person
		refusal    string
	}{
		{"member", slacktest.Ana, nil, models.Person{ID: slacktest.Ana, Name: "Ana"}, ""},
		{"member without names", "U0PLAIN001", nil, models.Person{ID: "U0PLAIN001", Name: "plain"}, ""},
		{"guest", "U0GUEST001", nil, models.Person{ID: "U0GUEST001", Name: "Gil"}, "guest"},
		{"single-channel guest", "U0GUEST002", nil, models.Person{ID: "U0GUEST002", Name: "Sue"}, "guest"},
		{"removed", "U0GONE0001", nil, models.Person{ID: "U0GONE0001", Name: "Don"}, "guest"},
		{"bot", "U0BOT00001", nil, models.Person{ID: "U0BOT00001", Name: "Robo"}, "app"},
		{"stranger by his account", "U0ELSE0001", nil, models.Person{ID: "U0ELSE0001", Name: "Eve"}, "stranger"},
		{"stranger by his account alone", "U0ELSE0003", nil, models.Person{ID: "U0ELSE0003", Name: "Eli"}, "stranger"},
		{"stranger by his team", "U0ELSE0002", nil, models.Person{ID: "U0ELSE0002", Name: "Eva"}, "stranger"},
		{"stranger by the event", slacktest.Ben, map[string]any{"user_team": "T0PARTNER01"}, models.Person{ID: slacktest.Ben, Name: "Ben"}, "stranger"},
		{"stranger by the source", slacktest.Ben, map[string]any{"source_team": "T0PARTNER01"}, models.Person{ID: slacktest.Ben, Name: "Ben"}, "stranger"},
		{"not shown to us", "U0HIDDEN01", nil, models.Person{ID: "U0HIDDEN01"}, "stranger"},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, m := range members {
		w.slack.AddMember(m)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			event := reply(test.fields)
			event["user"] = test.user
			update, err := w.event(t, event)
			if err != nil || len(update.Actions) != 1 {
				t.Fatalf("Receive() = %v, %v, want one action", update.Actions, err)
			}
			if a := update.Actions[0]; a.Person != test.want || a.Refusal != test.refusal {
				t.Errorf("Receive() by %+v, refused as %q, want %+v, %q", a.Person, a.Refusal, test.want, test.refusal)
			}
		})
	}
}

func TestReceiveAgentNames(t *testing.T) {
	tests := []struct{ setting, desk, want string }{
		{"", "slack", "Ana"},
		{"first", "slack", "Ana"},
		{"real", "slack", "Ana Silva"},
		{"team", "slack", "Support"},
		{"team", "billing_eu", "Billing eu"},
	}
	for _, test := range tests {
		w := start(t, slacktest.Options{}, func(c *slackdesk.Config, d *slackdesk.Deps) { c.AgentName, d.Name = test.setting, test.desk })
		update, err := w.event(t, reply(nil))
		if err != nil || len(update.Actions) != 1 || update.Actions[0].Person.Name != test.want {
			t.Errorf("agent_name %q of desk %q: %v, %v, want %q", test.setting, test.desk, told(update.Actions), err, test.want)
		}
	}
}

func TestReceivePersonUnknown(t *testing.T) {
	now := time.Now()
	w := start(t, slacktest.Options{Unpaced: true, Now: func() time.Time { return now }}, func(_ *slackdesk.Config, d *slackdesk.Deps) {
		d.Now = func() time.Time { return now }
	})
	w.slack.Outage(true)
	if _, err := w.event(t, reply(nil)); kindOf(t, err) != handover.DeskTemporary {
		t.Fatalf("Receive() of somebody unknown in an outage = %v, want temporary", err)
	}
	w.slack.Mend()
	if _, err := w.event(t, reply(nil)); err != nil {
		t.Fatalf("Receive() = %v", err)
	}
	if n := w.slack.Calls("users.info"); n != 2 {
		t.Errorf("users.info was called %d times, want 2", n)
	}
	if _, err := w.event(t, reply(nil)); err != nil || w.slack.Calls("users.info") != 2 {
		t.Errorf("Receive() of a known person = %v with %d look-ups, want none more", err, w.slack.Calls("users.info"))
	}

	now = now.Add(2 * time.Hour)
	w.slack.Outage(true)
	update, err := w.event(t, reply(nil))
	if err != nil || len(update.Actions) != 1 || update.Actions[0].Person.Name != "Ana" {
		t.Errorf("Receive() of a person known two hours ago, in an outage = %v, %v, want Ana's", told(update.Actions), err)
	}
	w.slack.Mend()
	w.slack.AddMember(slacktest.Member{ID: slacktest.Ana, RealName: "Ana Costa", DisplayName: "Anita"})
	if update, err = w.event(t, reply(nil)); err != nil || update.Actions[0].Person.Name != "Anita" {
		t.Errorf("Receive() after her name changed = %v, %v, want Anita's", told(update.Actions), err)
	}
}

func TestReceiveForbiddenLookUpIsTemporary(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	w.slack.SetScopes("chat:write")
	if _, err := w.event(t, reply(nil)); kindOf(t, err) != handover.DeskTemporary {
		t.Errorf("Receive() without the scope users:read = %v, want temporary: the call itself is authentic", err)
	}
}
