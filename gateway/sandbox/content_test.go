package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
)

// typedBold is "It is *very* late, see our page" as Slack's composer sends it, the last two words with a link behind them.
func typedBold() slacktest.Message {
	return slacktest.Message{
		Text: "It is *very* late :wave::skin-tone-3:, see <https://shop.example/late|our page>",
		Blocks: json.RawMessage(`[{"type":"rich_text","block_id":"b1","elements":[{"type":"rich_text_section","elements":[
			{"type":"text","text":"It is "},{"type":"text","text":"very","style":{"bold":true}},{"type":"text","text":" late "},
			{"type":"emoji","name":"wave","unicode":"1f44b-1f3fc","skin_tone":3},{"type":"text","text":", see "},
			{"type":"link","url":"https://shop.example/late","text":"our page"}]}]}]`),
	}
}

// entities returns what is marked in the last message that the customer sees, with its words.
func entities(u *telegramtest.User) (all []string) {
	seen := u.Seen()
	m := seen[len(seen)-1]
	for _, e := range m.Entities {
		all = append(all, e.Type+" "+m.Piece(e)+" "+e.URL)
	}
	return all
}

// Ensure marks cross as marks between Telegram and Slack, both ways, and edits change them.
func TestMarksOnTelegram(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, ana := r.anna(), r.ana()
	thread := r.person()
	r.reads(anna, "I'm getting a colleague")

	id, err := anna.WriteMarked(r.ctx, "👋 it is broken, see here", telegramtest.Entity{Type: "bold", Offset: 9, Length: 6},
		telegramtest.Entity{Type: "text_link", Offset: 21, Length: 4, URL: "https://anna.example/photo"})
	r.ok(err)
	post := r.posted(thread, "it is broken")
	if shown := post.Shown(); !strings.Contains(shown, "it is *broken*, see here (<https://anna.example/photo>)") {
		t.Errorf("the thread shows %q", shown)
	}
	r.ok(anna.EditMarked(r.ctx, id, "👋 it is broken, see here", telegramtest.Entity{Type: "strikethrough", Offset: 3, Length: 5}))
	r.until("the edit in the thread", func() bool {
		return slices.ContainsFunc(r.lines(thread), func(l string) bool { return strings.Contains(l, "(edited)") })
	})

	reply, err := ana.Send(r.ctx, thread, typedBold())
	r.ok(err)
	r.reads(anna, "Ana\nIt is very late 👋🏼, see our page")
	if got, want := entities(anna), []string{"bold Ana ", "bold very ", "text_link our page https://shop.example/late"}; !slices.Equal(got, want) {
		t.Errorf("the customer sees %q marked, want %q", got, want)
	}
	now := typedBold()
	now.Text = strings.ReplaceAll(now.Text, "*very*", "_very_")
	now.Blocks = json.RawMessage(strings.ReplaceAll(string(now.Blocks), `"bold"`, `"italic"`))
	r.ok(ana.EditAs(r.ctx, reply, now))
	r.ok(anna.Wait(r.ctx, func([]telegramtest.Message) bool { return slices.Contains(entities(anna), "italic very ") }))
}

// Ensure marks cross as marks between WhatsApp and Slack.
func TestMarksOnWhatsApp(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	luis, ana := r.luis(), r.ana()
	thread := r.personOnWhatsApp()
	r.says(luis, "it is *broken* and 2*3*4\n> you said\nno")
	shown := r.posted(thread, "it is broken").Shown()
	if !strings.Contains(shown, "> it is *broken* and 2*3*4\n> &gt; you said\n> no") {
		t.Errorf("the thread shows %q", shown)
	}
	_, err := ana.Send(r.ctx, thread, typedBold())
	r.ok(err)
	r.sees(luis, "*Ana*\nIt is *very* late 👋🏼, see our page (https://shop.example/late)")
}

// Ensure a bot's CommonMark is marked for the customer, and in the thread with what was said to the bot.
func TestMarksOfBots(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true, Bot: []botstest.Rule{
		{Text: "hours", Answer: botstest.Says("", "We are open **9 to 18**, see [the map](https://shop.example/map).").Answer},
	}})
	anna, luis := r.anna(), r.luis()
	r.write(anna, "hours?")
	r.reads(anna, "We are open 9 to 18, see the map.")
	if got, want := entities(anna), []string{"bold 9 to 18 ", "text_link the map https://shop.example/map"}; !slices.Equal(got, want) {
		t.Errorf("the customer sees %q marked, want %q", got, want)
	}
	r.says(luis, "hours?")
	r.sees(luis, "We are open *9 to 18*, see the map (https://shop.example/map).")

	r.write(anna, "I want to talk to a person")
	shown := r.posted(r.thread(1), "9 to 18").Shown()
	if !strings.Contains(shown, "We are open *9 to 18*, see the map (<https://shop.example/map>).") {
		t.Errorf("the thread shows %q", shown)
	}
}

// Ensure places, contacts and forwards are said in the thread and to the bot.
func TestThings(t *testing.T) {
	r := run(t, sandbox.Options{Webhooks: true, Unpaced: true})
	anna, luis := r.anna(), r.luis()
	thread, other := r.person(), r.personOnWhatsApp()
	place := map[string]any{"latitude": 44.8125, "longitude": 20.4612}
	for _, fields := range []map[string]any{
		{"location": place, "venue": map[string]any{"location": place, "title": "Kalemegdan", "address": "Belgrade"}},
		{"contact": map[string]any{"phone_number": "+15550100300", "first_name": "Bob", "user_id": 6}},
		{"text": "look", "forward_origin": map[string]any{"type": "hidden_user", "sender_user_name": "Kim", "date": 1}},
	} {
		_, err := anna.Share(r.ctx, fields)
		r.ok(err)
	}
	for _, want := range []string{
		"[location 44.8125,20.4612: Kalemegdan, Belgrade] https://www.openstreetmap.org/?mlat=44.8125&mlon=20.4612#map=17/44.8125/20.4612",
		"[contact Bob, +15550100300]", "[forwarded from Kim]",
	} {
		r.posted(thread, want)
	}
	for _, object := range []map[string]any{
		{"type": "location", "location": map[string]any{"latitude": 1.5, "longitude": -2, "name": "Café"}},
		{"type": "contacts", "contacts": []any{map[string]any{"name": map[string]any{"formatted_name": "Rosa"}, "phones": []any{map[string]any{"phone": "+52 1"}}}}},
	} {
		_, err := luis.Act(r.ctx, object)
		r.ok(err)
	}
	r.posted(other, "[location 1.5,-2: Café]")
	r.posted(other, "[contact Rosa, +52 1]")
}
