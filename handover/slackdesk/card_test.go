package slackdesk_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden is a post as a file keeps it.
type golden struct {
	Text   string `json:"text"`
	Blocks any    `json:"blocks"`
}

// compare compares p with a golden file, and its blocks with Slack's limits.
func compare(t *testing.T, file string, p slacktest.Post) {
	t.Helper()
	if len(p.Blocks) > 0 {
		if err := slacktest.Judge(p.Blocks); err != nil {
			t.Errorf("Slack refuses the blocks: %v", err)
		}
	}
	post := golden{Text: p.Text}
	if err := json.Unmarshal(p.Blocks, &post.Blocks); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(post); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", file+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s: got\n%s, want\n%s", path, got.Bytes(), want)
	}
}

func TestCards(t *testing.T) {
	at := time.Unix(1793900000, 0)
	score := 0.31
	ana := models.Person{ID: slacktest.Ana, Name: "Ana"}
	tests := []struct {
		name string
		card handover.Card
	}{
		{"asked", luis()},
		{"nothing_known", handover.Card{Handover: "h1"}},
		{"bot_not_sure", handover.Card{
			Handover: "h2", Channel: "whatsapp/main", Platform: "WhatsApp", Language: "pt-BR", Contact: models.Contact{
				Name: "Tom & <Jerry>", Fields: map[string]string{"plan": "gold", "order": "17", "note": "likes *stars*"},
			},
			Reason: models.Reason{Cause: models.CauseConfidence, Asked: "Where is my parcel?\nIt is late.", Answered: "You can *track* it.", Confidence: &score},
			Since:  at, State: models.HandoverWaiting, Window: at.Add(24 * time.Hour), Previous: "C0SUPPORT1/1793800000.000100",
		}},
		{"earlier", handover.Card{
			Handover: "h9", Contact: models.Contact{Name: "Ann"}, Since: at, State: models.HandoverWaiting, Previous: "C0SUPPORT1/1793800000.000100",
			Earlier: []handover.Earlier{
				{Thread: "C0SUPPORT1/1793800000.000100", Opened: at.Add(-24 * time.Hour), State: models.HandoverResolved, Agent: ana},
				{Thread: "C0SUPPORT1/1793700000.000100", Opened: at.Add(-48 * time.Hour), State: models.HandoverQuiet},
			},
			EarlierMore: 4,
		}},
		{"tagged", handover.Card{
			Handover: "h3", Contact: models.Contact{Name: "Ann", Fields: map[string]string{"plan": "gold"}}, Since: at, State: models.HandoverWaiting,
			Tags: []string{"late <payer>", "vip"},
		}},
		{"bot_failed", handover.Card{
			Handover: "h3", Channel: "webhook/shop", Platform: "Webhook", Contact: models.Contact{Name: "Ann"}, Since: at, State: models.HandoverWaiting,
			Reason: models.Reason{Cause: models.CauseError, Asked: "hello", Error: "the bot answered 500"},
		}},
		{"bot_asked", handover.Card{
			Handover: "h4", Channel: "telegram/support", Platform: "Telegram", Contact: models.Contact{Name: "Ann"}, Since: at, State: models.HandoverWaiting,
			Fields: map[string]string{"order": "17", "plan": "gold"},
			Reason: models.Reason{Cause: models.CauseBotAsked, Told: "wants a refund", Summary: "Parcel 17 is broken.", Team: "billing"},
		}},
		{"taken", handover.Card{
			Handover: "h1", Channel: "telegram/support", Platform: "Telegram", Language: "es", Contact: models.Contact{Name: "Luis Pérez"},
			Reason: models.Reason{Cause: models.CauseAsked}, Since: at, State: models.HandoverClaimed, Agent: ana, Reopened: 1, Blocked: true,
		}},
		{"resolved", handover.Card{
			Handover: "h1", Channel: "telegram/support", Platform: "Telegram", Contact: models.Contact{Name: "Luis Pérez"},
			Reason: models.Reason{Cause: models.CauseAsked}, Since: at, State: models.HandoverResolved, Agent: ana, Ended: at.Add(time.Hour), Reopened: 2,
		}},
		{"rated", handover.Card{
			Handover: "h1", Channel: "telegram/support", Platform: "Telegram", Contact: models.Contact{Name: "Luis Pérez"},
			Reason: models.Reason{Cause: models.CauseAsked}, Since: at, State: models.HandoverResolved, Agent: ana, Ended: at.Add(time.Hour),
			Details: models.Details{Category: "Refund & <return>", Note: "Paid *twice*.\nSent back.", Rating: 4, Scale: 5},
		}},
		{"passed_on", handover.Card{
			Handover: "h1", Channel: "telegram/support", Platform: "Telegram", Contact: models.Contact{Name: "Luis Pérez"},
			Reason: models.Reason{Cause: models.CauseAsked}, Since: at, State: models.HandoverPassed, Agent: ana, Ended: at.Add(time.Hour),
		}},
		{"passed_to_a_team", handover.Card{
			Handover: "h2", Channel: "telegram/support", Platform: "Telegram", Contact: models.Contact{Name: "Luis Pérez"},
			Reason: models.Reason{Cause: models.CausePassed, Team: "billing", Told: "See invoice 7."}, Since: at, State: models.HandoverWaiting,
			Previous: "C0SUPPORT1/1793800000.000100", Details: models.Details{Team: "billing", Rating: 2, Scale: 2},
		}},
		{"taken_back", handover.Card{
			Handover: "h1", Channel: "telegram/support", Platform: "Telegram", Contact: models.Contact{Name: "Luis Pérez"},
			Reason: models.Reason{Cause: models.CauseNoBot}, Since: at, State: models.HandoverBack, Ended: at.Add(time.Minute),
		}},
		{"blocked", handover.Card{
			Handover: "h1", Contact: models.Contact{Name: "Luis Pérez"}, Reason: models.Reason{Cause: models.CauseAsked}, Muted: true,
			State: models.HandoverBlocked, Agent: ana, Ended: at.Add(time.Minute),
		}},
		{"nothing_noted", handover.Card{
			Handover: "h1", Contact: models.Contact{Name: "Luis Pérez"}, Reason: models.Reason{Cause: models.CauseAsked},
			State: models.HandoverResolved, Agent: ana, Ended: at.Add(time.Minute),
			Details: models.Details{Because: "language es", Skipped: true},
		}},
		{"gave_up", handover.Card{
			Handover: "h1", Contact: models.Contact{Name: "Luis Pérez"}, Reason: models.Reason{Cause: models.CauseTimeout},
			State: models.HandoverGaveUp, Ended: at.Add(time.Minute),
		}},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			thread, err := w.desk.Open(t.Context(), test.card)
			if err != nil {
				t.Fatalf("Open() = %v", err)
			}
			opened, _ := w.slack.Thread(thread)
			compare(t, "cards/"+test.name, opened.Root)
			if err := w.desk.Show(t.Context(), thread, test.card); err != nil {
				t.Fatalf("Show() = %v", err)
			}
			shown, _ := w.slack.Thread(thread)
			compare(t, "cards/"+test.name, shown.Root)
			for _, b := range shown.Root.Buttons {
				if b.Value != "pb1:"+test.card.Handover {
					t.Errorf("button %s carries %q", b.Action, b.Value)
				}
			}
		})
	}
}

func TestCardReasons(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	tests := map[models.Cause]string{
		models.CauseAsked: "asked for a person", models.CauseBotAsked: "the bot asked for a person", models.CauseNoBot: "has no bot",
		models.CauseTakenOver: "took the chat", models.CauseFallback: "did not understand", models.CauseConfidence: "not sure enough",
		models.CauseEmpty: "answered nothing", models.CauseError: "the bot failed", models.CauseTimeout: "did not answer in time",
		models.CauseSameAnswer: "same answer twice", models.CauseSameAsked: "the same three times", models.CauseStale: "waited too long",
		"new_cause": "new_cause",
	}
	for cause, want := range tests {
		c := luis()
		c.Reason = models.Reason{Cause: cause}
		thread, err := w.desk.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.slack.WaitCard(soon(t), thread, want); err != nil {
			t.Errorf("cause %s: the card does not say %q", cause, want)
		}
	}
}

// TestCardNamesAgentsForColleagues shows the agent under the name that colleagues know, whatever the customer may see.
func TestCardNamesAgentsForColleagues(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	if _, err := w.event(t, reply(nil)); err != nil { // after this the desk knows Ana
		t.Fatal(err)
	}
	thread := w.open(t)
	c := luis()
	c.State, c.Agent = models.HandoverClaimed, models.Person{ID: slacktest.Ana, Name: "Support"}
	if err := w.desk.Show(t.Context(), thread, c); err != nil {
		t.Fatal(err)
	}
	if _, err := w.slack.WaitCard(soon(t), thread, "Taken by Ana"); err != nil {
		t.Error(err)
	}
}

func TestPosts(t *testing.T) {
	at := time.Unix(1793900000, 0)
	customer := func(text string) handover.PostLine {
		return handover.PostLine{Author: models.ByCustomer, Kind: models.Said, Name: "Luis Pérez", Text: text, At: at}
	}
	edit := func(l handover.PostLine, change func(*handover.PostLine)) handover.PostLine {
		change(&l)
		return l
	}
	tests := []struct {
		name string
		post handover.Post
	}{
		{"one_line", handover.Post{Lines: []handover.PostLine{customer("hola\n¿dónde está mi pedido? <3")}}},
		{"edited", handover.Post{Lines: []handover.PostLine{edit(customer("hola"), func(l *handover.PostLine) { l.Edited = true })}}},
		{"deleted", handover.Post{Lines: []handover.PostLine{edit(customer("my PIN is ~1~"), func(l *handover.PostLine) { l.Deleted = true })}}},
		{"answer", handover.Post{Lines: []handover.PostLine{edit(customer("yes"), func(l *handover.PostLine) { l.Answer = "Is it order 17?" })}}},
		{"reaction", handover.Post{Lines: []handover.PostLine{edit(customer("👍"), func(l *handover.PostLine) { l.Reaction = true; l.Answer = "It ships today" })}}},
		{"reaction_gone", handover.Post{Lines: []handover.PostLine{edit(customer(""), func(l *handover.PostLine) { l.Reaction = true })}}},
		{"mention", handover.Post{Lines: []handover.PostLine{edit(customer("are you there?"), func(l *handover.PostLine) { l.Mention = slacktest.Ana })}}},
		{"line_to_agent", handover.Post{Lines: []handover.PostLine{{
			Author: models.BySystem, Kind: models.Line, Text: "This did not reach the customer: they have blocked us.", Answer: "It ships today", Mention: slacktest.Ana, At: at,
		}}}},
		{"marked", handover.Post{Lines: []handover.PostLine{edit(customer("a bold, \u200bnested *star*\nfmt.Println()\nhe said\nour terms https://shop.example/a?b=1."), func(l *handover.PostLine) {
			l.Spans = models.NormalSpans(l.Text, []models.TextSpan{
				{Kind: models.Bold, From: 2, To: 17}, {Kind: models.Italic, From: 11, To: 17}, {Kind: models.Pre, From: 25, To: 38}, {Kind: models.Quote, From: 39, To: 46},
				{Kind: models.Link, From: 51, To: 56, URL: "https://evil.example/"}, {Kind: models.Strike, From: 47, To: 50}, {Kind: models.Code, From: 18, To: 24},
			})
			l.Edited = true
		})}}},
		{"marked_code", handover.Post{Lines: []handover.PostLine{edit(customer("x := 1"), func(l *handover.PostLine) {
			l.Spans, l.Edited = []models.TextSpan{{Kind: models.Pre, To: 6}}, true
		})}}},
		{"draft", handover.Post{Lines: []handover.PostLine{{Author: models.ByBot, Kind: models.Draft, Text: "You can track it.", At: at}}}},
		{"held", handover.Post{Lines: []handover.PostLine{{Author: models.ByAgent, Kind: models.Held, Name: "Ana", Text: "on its way", At: at}}}},
		{"told", handover.Post{Lines: []handover.PostLine{{Author: models.BySystem, Kind: models.Said, Name: "Patchbay", Text: "I'm getting a colleague for you.", At: at}}}},
		{"talk", handover.Post{Title: "The talk so far", Lines: []handover.PostLine{
			customer("hola"), customer("¿dónde está mi pedido?"),
			{Author: models.ByBot, Kind: models.Said, Name: "Bot", Text: "Which order?", At: at.Add(time.Minute)},
			edit(customer("17"), func(l *handover.PostLine) { l.At = at.Add(2 * time.Minute); l.Edited = true }),
			customer("quiero una persona"),
			{Author: models.BySystem, Kind: models.Said, Text: "I'm getting a colleague for you.", At: at.Add(3 * time.Minute)},
			{Author: models.ByAgent, Kind: models.Note, Name: "Ana", Text: "VIP", At: at.Add(4 * time.Minute)},
			{Author: models.ByAgent, Kind: models.Said, Name: "Ana", Text: "Hi Luis", At: at.Add(5 * time.Minute)},
			{Author: models.BySystem, Kind: models.Line, Text: "Ben took over.", At: at.Add(6 * time.Minute)},
		}}},
	}
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	thread := w.open(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.post.Lane, test.post.From, test.post.To = "7", 3, 9
			id, err := w.desk.Post(t.Context(), thread, test.post)
			if err != nil {
				t.Fatalf("Post() = %v", err)
			}
			p := w.look(t, thread, id)
			compare(t, "posts/"+test.name, p)
			payload, _ := p.Metadata["event_payload"].(map[string]any)
			if p.Metadata["event_type"] != "patchbay_post" || payload["lane"] != "7" || payload["from"] != 3.0 || payload["to"] != 9.0 || payload["install"] != "pb1" {
				t.Errorf("metadata = %v, want lane 7, from 3, to 9", p.Metadata)
			}
			if err := w.desk.Edit(t.Context(), thread, id, test.post); err != nil {
				t.Fatalf("Edit() = %v", err)
			}
			compare(t, "posts/"+test.name, w.look(t, thread, id))
		})
	}
}
