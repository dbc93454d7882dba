package telegram_test

import (
	"fmt"
	"reflect"
	"testing"

	"patchbay/channels"
	"patchbay/models"
)

// Ensure each kind of content becomes what it is, or a line that says what it was, or nothing where nobody said anything.
func TestContent(t *testing.T) {
	line := func(s string) *models.Content { return &models.Content{Lines: []string{s}} }
	file := func(a models.Attachment) *models.Content {
		return &models.Content{Attachments: []models.Attachment{a}}
	}
	tests := []struct {
		name, fields string
		want         *models.Content // nil: ignored
	}{
		{"text", `"text":"hi"`, &models.Content{Text: "hi"}},
		{"command with our name", `"text":"/agent@acme_support_bot now"`, &models.Content{Text: "/agent now"}},
		{"command alone", `"text":"/bot@Acme_Support_Bot"`, &models.Content{Text: "/bot"}},
		{"command with a line", "\"text\":\"/agent@acme_support_bot\\nnow\"", &models.Content{Text: "/agent\nnow"}},
		{"command of another", `"text":"/agent@someone now"`, &models.Content{Text: "/agent@someone now"}},
		{"no command", `"text":"ask @acme_support_bot"`, &models.Content{Text: "ask @acme_support_bot"}},
		{"slash alone", `"text":"/"`, &models.Content{Text: "/"}},
		{"start with payload", `"text":"/start ref@acme_support_bot"`, &models.Content{Text: "/start ref@acme_support_bot"}},
		{
			"link behind words", `"text":"👋 see here","entities":[{"type":"text_link","offset":7,"length":4,"url":"https://shop.example/x"},{"type":"bold","offset":0,"length":2}]`,
			&models.Content{Text: "👋 see here", Spans: []models.TextSpan{
				{Kind: models.Bold, From: 0, To: 4}, {Kind: models.Link, From: 9, To: 13, URL: "https://shop.example/x"},
			}},
		},
		{
			"marks across a command with our name", `"text":"/agent@acme_support_bot now","entities":[{"type":"bot_command","offset":0,"length":23},{"type":"bold","offset":0,"length":27}]`,
			&models.Content{Text: "/agent now", Spans: []models.TextSpan{{Kind: models.Bold, From: 0, To: 10}}},
		},
		{
			"marks of a caption", `"photo":[{"file_id":"p"}],"caption":"my 🧾 here","caption_entities":[{"type":"italic","offset":3,"length":2},{"type":"spoiler","offset":0,"length":2}]`,
			&models.Content{Text: "my 🧾 here", Spans: []models.TextSpan{{Kind: models.Italic, From: 3, To: 7}}, Attachments: []models.Attachment{{Kind: models.Image, Ref: "p", MIME: "image/jpeg"}}},
		},
		{
			"every mark", `"text":"abcdefgh","entities":[{"type":"underline","offset":0,"length":1},{"type":"strikethrough","offset":1,"length":1},{"type":"code","offset":2,"length":1},{"type":"pre","offset":3,"length":1,"language":"go"},{"type":"expandable_blockquote","offset":4,"length":1},{"type":"blockquote","offset":5,"length":1},{"type":"text_mention","offset":6,"length":1,"user":{"id":8,"first_name":"g"}}]`,
			&models.Content{Text: "abcdefgh", Spans: []models.TextSpan{
				{Kind: models.Underline, From: 0, To: 1}, {Kind: models.Strike, From: 1, To: 2}, {Kind: models.Code, From: 2, To: 3},
				{Kind: models.Pre, From: 3, To: 4, Lang: "go"}, {Kind: models.Quote, From: 4, To: 6}, {Kind: models.Mention, From: 6, To: 7, ID: "8"},
			}},
		},
		{"half an emoji", `"text":"😀","entities":[{"type":"bold","offset":1,"length":1}]`, &models.Content{Text: "😀"}},
		{"link out of range", `"text":"hi","entities":[{"type":"text_link","offset":1,"length":9,"url":"https://x"}]`, &models.Content{Text: "hi"}},
		{"animation", `"animation":{"file_id":"a","mime_type":"video/mp4","file_name":"cat.mp4","file_size":9},"document":{"file_id":"d"}`, file(models.Attachment{Kind: models.Video, Ref: "a", MIME: "video/mp4", Name: "cat.mp4", Size: 9})},
		{"audio", `"audio":{"file_id":"a","mime_type":"audio/mpeg","title":"Song","file_size":9}`, file(models.Attachment{Kind: models.Audio, Ref: "a", MIME: "audio/mpeg", Name: "Song", Size: 9})},
		{"video note", `"video_note":{"file_id":"v","length":240,"duration":3}`, file(models.Attachment{Kind: models.Video, Ref: "v", MIME: "video/mp4"})},
		{"voice without type", `"voice":{"file_id":"v","duration":3}`, file(models.Attachment{Kind: models.Voice, Ref: "v", MIME: "audio/ogg"})},
		{"animated sticker", `"sticker":{"file_id":"s","is_animated":true,"emoji":"😀"}`, file(models.Attachment{Kind: models.Sticker, Ref: "s", MIME: "application/x-tgsticker", Name: "😀"})},
		{"video sticker", `"sticker":{"file_id":"s","is_video":true}`, file(models.Attachment{Kind: models.Sticker, Ref: "s", MIME: "video/webm"})},
		{"live photo", `"live_photo":{},"photo":[{"file_id":"p","file_size":3}]`, file(models.Attachment{Kind: models.Image, Ref: "p", MIME: "image/jpeg", Size: 3})},
		{"location", `"location":{"latitude":52.5,"longitude":13.4}`, &models.Content{Location: &models.Location{Latitude: 52.5, Longitude: 13.4}}},
		{"live location", `"location":{"latitude":-52.5,"longitude":13,"live_period":600}`, &models.Content{Location: &models.Location{Latitude: -52.5, Longitude: 13, Live: true}}},
		{"venue without address", `"location":{"latitude":1,"longitude":2},"venue":{"location":{"latitude":1,"longitude":2},"title":"Café [new]\nside","address":""}`, &models.Content{Location: &models.Location{Latitude: 1, Longitude: 2, Name: "Café [new]\nside"}}},
		{"another's contact", `"contact":{"phone_number":"+1202","first_name":"Bob","user_id":6}`, &models.Content{Cards: []models.Card{{Name: "Bob", Phones: []string{"+1202"}}}}},
		{"contact of nobody", `"contact":{"phone_number":"+1202","first_name":"Bob"}`, &models.Content{Cards: []models.Card{{Name: "Bob", Phones: []string{"+1202"}}}}},
		{"poll", `"poll":{"id":"1","question":"Tea\nor coffee?"}`, line("[poll: Tea or coffee?]")},
		{"story", `"story":{"id":3}`, line("[unsupported message: story]")},
		{"paid media", `"paid_media":{"star_count":1}`, line("[unsupported message: paid media]")},
		{"checklist", `"checklist":{}`, line("[unsupported message: checklist]")},
		{"rich message", `"rich_message":{"blocks":[]}`, line("[unsupported message: rich message]")},
		{"giveaway", `"giveaway":{}`, line("[unsupported message: giveaway]")},
		{"payment", `"successful_payment":{}`, line("[unsupported message: successful payment]")},
		{"of tomorrow", `"hologram":{},"reply_markup":{}`, line("[unsupported message: hologram]")},
		{"nothing", `"text":""`, line("[unsupported message]")},
		{"pinned", `"pinned_message":{"message_id":1,"chat":{"id":5,"type":"private"}}`, nil},
		{"timer", `"message_auto_delete_timer_changed":{"message_auto_delete_time":60}`, nil},
		{"topic made", `"forum_topic_created":{"name":"x"},"message_thread_id":3,"is_topic_message":true`, nil},
		{"background", `"chat_background_set":{}`, nil},
		{"write access", `"write_access_allowed":{}`, nil},
		{"forwarded from a person", `"text":"x","forward_origin":{"type":"user","sender_user":{"id":1,"first_name":"Bob","last_name":"B"}}`, &models.Content{Text: "x", Forwarded: &models.Forward{From: "Bob B"}}},
		{"forwarded from a group", `"text":"x","forward_origin":{"type":"chat","sender_chat":{"id":-1,"type":"group","title":"Club"}}`, &models.Content{Text: "x", Forwarded: &models.Forward{From: "Club"}}},
		{"forwarded from a channel", `"text":"x","forward_origin":{"type":"channel","chat":{"id":-1,"type":"channel","title":"News"}}`, &models.Content{Text: "x", Forwarded: &models.Forward{From: "News"}}},
		{"forwarded by an old server", `"text":"x","forward_from":{"id":1,"first_name":"Bob"},"forward_date":5`, &models.Content{Text: "x", Forwarded: &models.Forward{From: "Bob"}}},
		{"forwarded from nobody", `"text":"x","forward_date":5`, &models.Content{Text: "x", Forwarded: &models.Forward{}}},
		{"answer across chats", `"text":"x","external_reply":{"origin":{"type":"channel"}}`, &models.Content{Text: "x", Lines: []string{"[answers a message in another chat]"}}},
		{"quote by itself", `"text":"x","quote":{"text":"all of it","position":0},"reply_to_message":{"message_id":3,"chat":{"id":5,"type":"private"}}`, &models.Content{Text: "x", ReplyTo: "3"}},
	}
	a := makeKit(t, startFake(t).URL(), "webhook", nil)
	if err := a.Setup(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"update_id":1,"message":{"message_id":2,"date":9,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Ann"},%s}}`, test.fields)
			u, err := a.Receive(call(t, body))
			switch {
			case err != nil:
				t.Errorf("Receive = %v", err)
			case test.want == nil && len(u.Inbound) != 0:
				t.Errorf("Receive = %+v, want nothing", u.Inbound)
			case test.want == nil:
			case len(u.Inbound) != 1:
				t.Errorf("Receive = %+v, want one message", u.Inbound)
			case !reflect.DeepEqual(u.Inbound[0].Content, *test.want):
				t.Errorf("Receive = %+v, want %+v", u.Inbound[0].Content, *test.want)
			}
		})
	}
}

// Ensure a topic is answered in that topic, and is the same chat as all its topics.
func TestTopics(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	tests := []struct {
		name, fields string
		want         []string
	}{
		{"none", ``, []string{"5"}},
		{"topic", `"message_thread_id":77,"is_topic_message":true,`, []string{"5/77", "5"}},
		{"chain of replies", `"message_thread_id":77,`, []string{"5"}},
	}
	for _, test := range tests {
		u, err := a.Receive(call(t, `{"update_id":1,"message":{`+test.fields+`"message_id":2,"chat":{"id":5,"type":"private"},"text":"x"}}`))
		if err != nil || len(u.Inbound) != 1 || !reflect.DeepEqual(u.Inbound[0].Addresses, test.want) {
			t.Errorf("%s: Receive = %+v, %v, want addresses %q", test.name, u.Inbound, err, test.want)
		}
	}
}

// Ensure a press tells all it can when the message with the button is too old to be shown, and a reaction its emoji.
func TestPressesAndReactions(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	tests := []struct {
		name, body string
		kind       channels.Kind
		text, key  string
	}{
		{"old button", `{"update_id":1,"callback_query":{"id":"9","from":{"id":5},"message":{"message_id":3,"date":0,"chat":{"id":5,"type":"private"}},"data":"pay"}}`, channels.Pressed, "pay", "callback:9"},
		{"button in a group", `{"update_id":1,"callback_query":{"id":"9","from":{"id":5},"message":{"message_id":3,"chat":{"id":-5,"type":"group"}},"data":"pay"}}`, channels.Elsewhere, "pay", "callback:9"},
		{"reaction", `{"update_id":4,"message_reaction":{"chat":{"id":5,"type":"private"},"message_id":3,"date":9,"user":{"id":5},"new_reaction":[{"type":"emoji","emoji":"❤"},{"type":"emoji","emoji":"👍"}]}}`, channels.Reacted, "❤ 👍", "reaction:5:3:9:4"},
		{"reaction taken back", `{"update_id":4,"message_reaction":{"chat":{"id":5,"type":"private"},"message_id":3,"date":9,"user":{"id":5},"new_reaction":[]}}`, channels.Reacted, "", "reaction:5:3:9:4"},
		{"custom reaction", `{"update_id":4,"message_reaction":{"chat":{"id":5,"type":"private"},"message_id":3,"date":9,"user":{"id":5},"new_reaction":[{"type":"custom_emoji","custom_emoji_id":"1"}]}}`, channels.Reacted, "[custom-emoji]", "reaction:5:3:9:4"},
		{"star", `{"update_id":4,"message_reaction":{"chat":{"id":5,"type":"private"},"message_id":3,"date":9,"user":{"id":5},"new_reaction":[{"type":"paid"}]}}`, channels.Reacted, "⭐", "reaction:5:3:9:4"},
	}
	for _, test := range tests {
		u, err := a.Receive(call(t, test.body))
		if err != nil || len(u.Inbound) != 1 {
			t.Errorf("%s: Receive = %+v, %v", test.name, u.Inbound, err)
			continue
		}
		if in := u.Inbound[0]; in.Kind != test.kind || in.Content.Text != test.text || in.Key != test.key {
			t.Errorf("%s: Receive = %+v, want %s %q with key %s", test.name, in, test.kind, test.text, test.key)
		}
	}
}

// Ensure two edits in one second are two events, and the same edit delivered twice is one.
func TestEditKeys(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	edit := func(update int) string {
		body := fmt.Sprintf(`{"update_id":%d,"edited_message":{"message_id":2,"date":8,"edit_date":9,"chat":{"id":5,"type":"private"},"text":"x"}}`, update)
		u, err := a.Receive(call(t, body))
		if err != nil || len(u.Inbound) != 1 || u.Inbound[0].Kind != channels.Edited {
			t.Fatalf("Receive = %+v, %v", u, err)
		}
		return u.Inbound[0].Key
	}
	first, second, again := edit(1), edit(2), edit(2)
	if first == second || second != again {
		t.Errorf("keys of two edits = %q, %q, of the second again = %q", first, second, again)
	}
}
