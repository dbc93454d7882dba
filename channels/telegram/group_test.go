package telegram_test

import (
	"fmt"
	"testing"

	"patchbay/channels"
)

// Ensure a group is answered only where somebody means the bot, before its name is known and after.
func TestGroup(t *testing.T) {
	mention := func(kind string, length int) string {
		return fmt.Sprintf(`"entities":[{"type":%q,"offset":0,"length":%d}]`, kind, length)
	}
	tests := []struct {
		name, fields   string
		unknown, known bool // heard before and after Setup
	}{
		{"talk", `"text":"hello all"`, false, false},
		{"command", `"text":"/agent",` + mention("bot_command", 6), true, true},
		{"command to us", `"text":"/agent@acme_support_bot",` + mention("bot_command", 23), true, true},
		{"command to another bot", `"text":"/agent@other_bot",` + mention("bot_command", 16), true, false},
		{"command in the middle", `"text":"try /agent","entities":[{"type":"bot_command","offset":4,"length":6}]`, false, false},
		{"mention", `"text":"@ACME_support_bot hi",` + mention("mention", 17), true, true},
		{"mention in a caption", `"photo":[{"file_id":"p"}],"caption":"@acme_support_bot","caption_entities":[{"type":"mention","offset":0,"length":17}]`, true, true},
		{"mention of a person", `"text":"@bob_smith hi",` + mention("mention", 10), false, false},
		{"mention behind an emoji", `"text":"👋 @acme_support_bot","entities":[{"type":"mention","offset":3,"length":17}]`, true, true},
		{"mention out of range", `"text":"@acme_support_bot",` + mention("mention", 99), false, false},
		{"mention by id", `"text":"Acme hi","entities":[{"type":"text_mention","offset":0,"length":4,"user":{"id":7001112223}}]`, true, true},
		{"mention of another by id", `"text":"Bob hi","entities":[{"type":"text_mention","offset":0,"length":3,"user":{"id":8}}]`, false, false},
		{"reply to us", `"text":"thanks","reply_to_message":{"message_id":1,"chat":{"id":-5,"type":"group"},"from":{"id":7001112223,"is_bot":true}}`, true, true},
		{"reply to another", `"text":"thanks","reply_to_message":{"message_id":1,"chat":{"id":-5,"type":"group"},"from":{"id":8}}`, false, false},
		{"member joins", `"new_chat_members":[{"id":8}]`, false, false},
	}
	fresh := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	ready := makeKit(t, startFake(t).URL(), "webhook", nil)
	if err := ready.Setup(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		for _, kind := range []string{"group", "supergroup", "channel"} {
			body := fmt.Sprintf(`{"update_id":1,"message":{"message_id":2,"chat":{"id":-5,"type":%q},"from":{"id":5,"first_name":"Ann"},%s}}`, kind, test.fields)
			for a, want := range map[kit]bool{fresh: test.unknown, ready: test.known} {
				want := want && kind != "channel"
				u, err := a.Receive(call(t, body))
				if err != nil || (len(u.Inbound) == 1) != want {
					t.Errorf("%s in a %s: Receive = %+v, %v, want heard %v", test.name, kind, u.Inbound, err, want)
				}
				if len(u.Inbound) == 1 && (u.Inbound[0].Kind != channels.Elsewhere || u.Inbound[0].Addresses[0] != "-5") {
					t.Errorf("%s in a %s: Receive = %+v, want Elsewhere", test.name, kind, u.Inbound[0])
				}
			}
		}
	}
	edited := `{"update_id":1,"edited_message":{"message_id":2,"edit_date":3,"chat":{"id":-5,"type":"group"},"text":"/agent","entities":[{"type":"bot_command","offset":0,"length":6}]}}`
	if u, err := ready.Receive(call(t, edited)); err != nil || len(u.Inbound) != 0 {
		t.Errorf("edit in a group: Receive = %+v, %v, want nothing", u.Inbound, err)
	}
}

// Ensure a change of the bot's place in a chat means what it should: nothing, mostly.
func TestMembership(t *testing.T) {
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	tests := []struct {
		chat, old, now string
		want           channels.Kind // "": ignored
	}{
		{"private", "member", "kicked", channels.Blocked},
		{"private", "kicked", "member", channels.Unblocked},
		{"group", "left", "member", channels.Elsewhere},
		{"supergroup", "kicked", "administrator", channels.Elsewhere},
		{"supergroup", "left", "restricted", channels.Elsewhere},
		{"group", "member", "administrator", ""},
		{"group", "member", "left", ""},
		{"supergroup", "member", "kicked", ""},
		{"channel", "left", "administrator", ""},
		{"private", "member", "something new", ""},
	}
	for _, test := range tests {
		body := fmt.Sprintf(`{"update_id":6,"my_chat_member":{"chat":{"id":5,"type":%q},"from":{"id":5,"first_name":"Ann"},"date":9,
			"old_chat_member":{"status":%q},"new_chat_member":{"status":%q}}}`, test.chat, test.old, test.now)
		u, err := a.Receive(call(t, body))
		var got channels.Kind
		if len(u.Inbound) == 1 {
			got = u.Inbound[0].Kind
		}
		if err != nil || got != test.want {
			t.Errorf("%s, %s to %s: Receive = %q, %v, want %q", test.chat, test.old, test.now, got, err, test.want)
		}
	}
}
