package slackdesk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// signed returns a call as Slack makes it.
func (w *world) signed(t *testing.T, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(soon(t), http.MethodPost, "/slack/events", bytes.NewReader(body))
	maps.Copy(r.Header, w.slack.Sign(body))
	return r
}

// event wraps a message event and has the desk read it.
func (w *world) event(t *testing.T, event map[string]any) (handover.Update, error) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"type": "event_callback", "team_id": slacktest.Team, "api_app_id": slacktest.App, "event_id": "Ev1", "event": event,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.desk.Receive(w.signed(t, body), "events")
}

// reply is Ana's reply in a thread of ours, with fields of its own.
func reply(fields map[string]any) map[string]any {
	event := map[string]any{
		"type": "message", "user": slacktest.Ana, "text": "hello", "ts": "1793900060.000200", "channel": slacktest.Support,
		"thread_ts": "1793900000.000100", "parent_user_id": slacktest.BotUser, "team": slacktest.Team,
	}
	for key, value := range fields {
		if value == nil {
			delete(event, key)
		} else {
			event[key] = value
		}
	}
	return event
}

// told returns actions in words.
func told(actions []handover.Action) string {
	var all []string
	for _, a := range actions {
		words := []string{string(a.Kind), a.Key}
		if a.Thread != "" {
			words = append(words, "in "+a.Thread)
		}
		if a.Handover != "" {
			words = append(words, "of "+a.Handover)
		}
		if a.Own {
			words = append(words, "own")
		}
		if a.Post != "" {
			words = append(words, "post "+a.Post)
		}
		by := "by " + a.Person.ID
		if a.Person.Name != "" {
			by += " (" + a.Person.Name + ")"
		}
		words = append(words, by)
		if a.Refusal != "" {
			words = append(words, "refused as "+a.Refusal)
		}
		if a.Note {
			words = append(words, "note")
		}
		if a.Mention {
			words = append(words, "mention")
		}
		if a.Text != "" {
			words = append(words, fmt.Sprintf("%q", models.Rich{Text: a.Text, Spans: a.Spans}.Plain()))
		}
		for _, f := range a.Files {
			words = append(words, fmt.Sprintf("%s:%s:%s:%s:%d", f.Kind, f.Ref, f.Name, f.MIME, f.Size))
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, "; ")
}

func TestReceiveSignature(t *testing.T) {
	body, err := os.ReadFile("testdata/samples/01_signed_body.min.json")
	if err != nil {
		t.Fatal(err)
	}
	body = bytes.TrimRight(body, "\n")
	const at, signature = "1793900060", "v0=a7af95904ee822a3bcf800e702e8a420f88f4fcb24bf9ecc0d626bb032196aa4"
	then := time.Unix(1793900060, 0)
	tests := []struct {
		name          string
		body          []byte
		at, signature string
		now           time.Time
		secrets       []string
		want          handover.DeskErrorKind
	}{
		{"at once", body, at, signature, then, []string{slacktest.SigningSecret}, 0},
		{"new and old secret", body, at, signature, then, []string{"new", slacktest.SigningSecret}, 0},
		{"old and new secret", body, at, signature, then, []string{slacktest.SigningSecret, "new"}, 0},
		{"five minutes later", body, at, signature, then.Add(5 * time.Minute), []string{slacktest.SigningSecret}, 0},
		{"too late", body, at, signature, then.Add(5*time.Minute + time.Second), []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"from the future", body, at, signature, then.Add(-5*time.Minute - time.Second), []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"other secret", body, at, signature, then, []string{"other"}, handover.DeskForbidden},
		{"altered body", append(bytes.Clone(body), ' '), at, signature, then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"altered time", body, "1793900061", signature, then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"altered signature", body, at, strings.Replace(signature, "a7", "a8", 1), then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"no version", body, at, strings.TrimPrefix(signature, "v0="), then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"no signature", body, at, "", then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"no time", body, "", signature, then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"time is no number", body, "now", signature, then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
		{"forged and not JSON", []byte("{"), at, signature, then, []string{slacktest.SigningSecret}, handover.DeskForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, slacktest.Options{}, func(c *slackdesk.Config, d *slackdesk.Deps) {
				c.SigningSecret = nil
				for _, s := range test.secrets {
					c.SigningSecret = append(c.SigningSecret, models.NewSecret(s))
				}
				d.Now = func() time.Time { return test.now }
			})
			r := httptest.NewRequestWithContext(soon(t), http.MethodPost, "/slack/events", bytes.NewReader(test.body))
			if test.at != "" {
				r.Header.Set("X-Slack-Request-Timestamp", test.at)
			}
			if test.signature != "" {
				r.Header.Set("X-Slack-Signature", test.signature)
			}
			update, err := w.desk.Receive(r, "events")
			if got := kindOf(t, err); got != test.want {
				t.Fatalf("Receive() = %v, kind %v, want kind %v", err, got, test.want)
			}
			if want := test.want == 0; (len(update.Actions) == 1) != want {
				t.Errorf("Receive() gave %d actions", len(update.Actions))
			}
			if err != nil && strings.Contains(err.Error(), signature) {
				t.Errorf("error %q has the signature", err)
			}
		})
	}
}

func TestReceiveSocketDeskRefuses(t *testing.T) {
	w := start(t, slacktest.Options{Socket: true}, func(c *slackdesk.Config, _ *slackdesk.Deps) { c.SigningSecret = nil })
	_, err := w.desk.Receive(w.signed(t, []byte(`{"type":"url_verification","challenge":"x"}`)), "events")
	if got := kindOf(t, err); got != handover.DeskForbidden {
		t.Errorf("Receive() without a signing_secret = %v, want forbidden", err)
	}
}

func TestReceiveBodies(t *testing.T) {
	tests := []struct {
		name, endpoint, body string
		want                 handover.DeskErrorKind
	}{
		{"no JSON", "events", "{", handover.DeskRejected},
		{"empty", "events", "", handover.DeskRejected},
		{"array", "events", "[]", handover.DeskRejected},
		{"unknown type", "events", `{"type":"new_thing"}`, 0},
		{"no event", "events", `{"type":"event_callback"}`, 0},
		{"event is a string", "events", `{"type":"event_callback","event":"x"}`, 0},
		{"message of another shape", "events", `{"type":"event_callback","event":{"type":"message","user":7}}`, 0},
		{"no payload", "actions", "a=b", handover.DeskRejected},
		{"broken form", "actions", "payload=%zz", handover.DeskRejected},
		{"payload is no JSON", "actions", "payload=x", handover.DeskRejected},
		{"unknown interaction", "actions", "payload=" + url.QueryEscape(`{"type":"view_closed"}`), 0},
		{"unknown endpoint", "options", "{}", handover.DeskRejected},
		{"too large", "events", strings.Repeat(" ", 5<<20), handover.DeskRejected},
	}
	w := start(t, slacktest.Options{}, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			update, err := w.desk.Receive(w.signed(t, []byte(test.body)), test.endpoint)
			if got := kindOf(t, err); got != test.want || len(update.Actions) > 0 {
				t.Errorf("Receive(%.40q) = %v, %v, want kind %v and no action", test.body, told(update.Actions), err, test.want)
			}
		})
	}
	_, err := w.desk.Receive(w.signed(t, bytes.Repeat([]byte(" "), 5<<20)), "events")
	if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
		t.Errorf("Receive() of 5 MiB = %v, want a *http.MaxBytesError inside", err)
	}
}

func TestReceiveBeforeSetup(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	desk, err := slackdesk.New(w.conf, w.deps)
	if err != nil {
		t.Fatal(err)
	}
	w.desk = desk
	if _, err := w.event(t, reply(nil)); kindOf(t, err) != handover.DeskTemporary {
		t.Errorf("Receive() of an event before Setup = %v, want temporary", err)
	}
	update, err := desk.Receive(w.signed(t, []byte(`{"type":"url_verification","challenge":"kQ9"}`)), "events")
	if err != nil || string(update.Response.Body) != "kQ9" {
		t.Errorf("Receive() of the challenge before Setup = %q, %v, want kQ9", update.Response.Body, err)
	}
}

func TestReceiveMessages(t *testing.T) {
	const head = "replied T0ACME0001/C0SUPPORT1:1793900060.000200 in C0SUPPORT1/1793900000.000100 own post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana)"
	const loose = "replied T0ACME0001/C0SUPPORT1:1793900060.000200 in C0SUPPORT1/1793900000.000100 post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana)"
	root := func(fields map[string]any) map[string]any {
		r := map[string]any{"type": "message", "ts": "1793900000.000100", "user": slacktest.BotUser, "bot_id": slacktest.Bot, "text": "card"}
		maps.Copy(r, fields)
		return r
	}
	tests := []struct {
		name  string
		event map[string]any
		want  string
	}{
		{"reply", reply(nil), head + ` "hello"`},
		{"me", reply(map[string]any{"subtype": "me_message", "text": "is on it"}), head + ` "is on it"`},
		{"also to the channel", reply(map[string]any{"subtype": "thread_broadcast", "parent_user_id": nil, "root": root(nil)}), head + ` "hello"`},
		{"also to the channel, other root", reply(map[string]any{"subtype": "thread_broadcast", "parent_user_id": nil, "root": map[string]any{"user": slacktest.Ben}}), ""},
		{"also to the channel, other installation", reply(map[string]any{
			"subtype": "thread_broadcast", "parent_user_id": nil,
			"root": root(map[string]any{"metadata": map[string]any{"event_type": "patchbay_card", "event_payload": map[string]any{"install": "pb2"}}}),
		}), ""},
		{"root is not said", reply(map[string]any{"parent_user_id": nil}), loose + ` "hello"`},
		{"root was deleted", reply(map[string]any{"parent_user_id": "USLACKBOT"}), loose + ` "hello"`},
		{"root is somebody's", reply(map[string]any{"parent_user_id": slacktest.Ben}), ""},
		{"note //", reply(map[string]any{"text": "// ask Ben first"}), head + ` note "ask Ben first"`},
		{"note without space", reply(map[string]any{"text": "//ask Ben first"}), head + ` note "ask Ben first"`},
		{"note in wide letters", reply(map[string]any{"text": "／／ 待って"}), head + ` note "待って"`},
		{"note :lock:", reply(map[string]any{"text": ":lock: VIP"}), head + ` note "VIP"`},
		{"note lock", reply(map[string]any{"text": "🔒 VIP"}), head + ` note "VIP"`},
		{"note in bold", reply(map[string]any{"text": "*// VIP*"}), head + ` note "VIP"`},
		{"note to somebody", reply(map[string]any{"text": "<@U0AGENT0002> can you look?"}), head + ` note mention "@Ben can you look?"`},
		{"note to somebody in bold", reply(map[string]any{"text": "*<@U0AGENT0002>* can you look?"}), head + ` note mention "@Ben can you look?"`},
		{"note to a group", reply(map[string]any{"text": "<!subteam^S1|@billing> who?"}), head + ` note mention "@billing who?"`},
		{"note to everybody", reply(map[string]any{"text": "<!here> who?"}), head + ` note mention "@here who?"`},
		{"mention inside", reply(map[string]any{"text": "ask <@U0AGENT0002>"}), head + ` "ask @Ben"`},
		{"address with //", reply(map[string]any{"text": "<https://a.example>"}), head + ` "https://a.example"`},
		{"file alone", reply(map[string]any{"subtype": "file_share", "text": "", "files": []any{map[string]any{"id": "F1", "name": "a.pdf", "mimetype": "application/pdf", "size": 9, "mode": "hosted"}}}), head + " file:F1:a.pdf:application/pdf:9"},
		{"files of unknown shape", reply(map[string]any{"subtype": "file_share", "files": []any{"x", map[string]any{"id": "F2", "title": "t", "mimetype": "video/mp4"}, map[string]any{"id": "F3", "mode": "tombstone"}}}), head + ` "hello" video:F2:t:video/mp4:0`},
		{"blocks of unknown shape", reply(map[string]any{"blocks": []any{map[string]any{"type": "new", "elements": "x"}}}), head + ` "hello"`},

		{"own post", reply(map[string]any{"user": slacktest.BotUser, "bot_id": slacktest.Bot}), ""},
		{"own post without bot_id", reply(map[string]any{"user": slacktest.BotUser}), ""},
		{"other bot", reply(map[string]any{"bot_id": "B0OTHER"}), ""},
		{"other bot by profile", reply(map[string]any{"bot_profile": map[string]any{"id": "B0OTHER"}}), ""},
		{"bot_message", reply(map[string]any{"subtype": "bot_message", "user": nil, "bot_id": "B0OTHER"}), ""},
		{"hidden", reply(map[string]any{"hidden": true}), ""},
		{"nobody", reply(map[string]any{"user": nil}), ""},
		{"slackbot", reply(map[string]any{"user": "USLACKBOT"}), ""},
		{"join", reply(map[string]any{"subtype": "channel_join", "thread_ts": nil}), ""},
		{"topic", reply(map[string]any{"subtype": "channel_topic", "thread_ts": nil}), ""},
		{"message_replied", reply(map[string]any{"subtype": "message_replied"}), ""},
		{"unknown subtype", reply(map[string]any{"subtype": "new_thing"}), ""},

		{"strayed", reply(map[string]any{"thread_ts": nil, "parent_user_id": nil}),
			"strayed T0ACME0001/C0SUPPORT1:1793900060.000200 in C0SUPPORT1 post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana)"},
		{"strayed elsewhere of ours", reply(map[string]any{"thread_ts": nil, "channel": "C0BILLING1"}),
			"strayed T0ACME0001/C0BILLING1:1793900060.000200 in C0BILLING1 post C0BILLING1/1793900060.000200 by U0AGENT0001 (Ana)"},
		{"top of another channel", reply(map[string]any{"thread_ts": nil, "channel": "C0RANDOM01"}), ""},
		{"thread of ours in another channel", reply(map[string]any{"channel": "C0RANDOM01"}),
			`replied T0ACME0001/C0RANDOM01:1793900060.000200 in C0RANDOM01/1793900000.000100 own post C0RANDOM01/1793900060.000200 by U0AGENT0001 (Ana) "hello"`},

		{"edited", changed(reply(map[string]any{"text": "hello!"}), reply(nil), "1793900120.000000"),
			"edited T0ACME0001/C0SUPPORT1:1793900060.000200:edited.1793900120.000000 in C0SUPPORT1/1793900000.000100 own post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana) \"hello!\""},
		{"edited into a note", changed(reply(map[string]any{"text": "// hello"}), reply(nil), "1793900120.000000"),
			"edited T0ACME0001/C0SUPPORT1:1793900060.000200:edited.1793900120.000000 in C0SUPPORT1/1793900000.000100 own post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana) note \"hello\""},
		{"preview", changed(reply(map[string]any{"attachments": []any{1}}), reply(nil), ""), ""},
		{"preview after an edit", changed(reply(nil), reply(nil), "1793900120.000000"), ""},
		{"changed by nobody", changed(reply(map[string]any{"text": "hello!"}), reply(nil), ""), ""},
		{"file taken off", changed(reply(nil), reply(map[string]any{"files": []any{map[string]any{"id": "F1"}}}), "1793900120.000000"),
			"edited T0ACME0001/C0SUPPORT1:1793900060.000200:edited.1793900120.000000 in C0SUPPORT1/1793900000.000100 own post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana) \"hello\""},
		{"our own post edited", changed(reply(map[string]any{"user": slacktest.BotUser, "bot_id": slacktest.Bot, "text": "b"}), reply(nil), "1793900120.000000"), ""},
		{"edited at the top", changed(reply(map[string]any{"thread_ts": nil, "text": "b"}), reply(nil), "1793900120.000000"), ""},
		{"root became a tombstone", changed(map[string]any{"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "ts": "1793900000.000100", "thread_ts": "1793900000.000100", "text": "This message was deleted."}, nil, ""), ""},

		{"deleted", map[string]any{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": slacktest.Support, "deleted_ts": "1793900060.000200", "ts": "1793900180.000700", "previous_message": reply(nil)},
			"deleted T0ACME0001/C0SUPPORT1:1793900060.000200:del in C0SUPPORT1/1793900000.000100 own post C0SUPPORT1/1793900060.000200 by U0AGENT0001 (Ana)"},
		{"our own post deleted", map[string]any{"type": "message", "subtype": "message_deleted", "channel": slacktest.Support, "deleted_ts": "1793900060.000200", "ts": "1793900180.000700", "previous_message": reply(map[string]any{"bot_id": slacktest.Bot})}, ""},
		{"card deleted", map[string]any{"type": "message", "subtype": "message_deleted", "channel": slacktest.Support, "deleted_ts": "1793900000.000100", "ts": "1793900180.000700", "previous_message": root(nil)}, ""},
		{"deleted at the top", map[string]any{"type": "message", "subtype": "message_deleted", "channel": slacktest.Support, "deleted_ts": "1793900060.000200", "ts": "1793900180.000700", "previous_message": reply(map[string]any{"thread_ts": nil})}, ""},
		{"deleted without what it was", map[string]any{"type": "message", "subtype": "message_deleted", "channel": slacktest.Support, "deleted_ts": "1793900060.000200"}, ""},
	}
	w := start(t, slacktest.Options{Unpaced: true}, func(_ *slackdesk.Config, d *slackdesk.Deps) {
		d.Places = func() []string { return []string{"C0BILLING1"} }
	})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			update, err := w.event(t, test.event)
			if err != nil {
				t.Fatalf("Receive() = %v", err)
			}
			if got := told(update.Actions); got != test.want {
				t.Errorf("Receive() =\n%s, want\n%s", got, test.want)
			}
			again, err := w.event(t, test.event)
			if err != nil || told(again.Actions) != told(update.Actions) {
				t.Errorf("the second time Receive() = %s, %v, want the same", told(again.Actions), err)
			}
			if update.Response.Status != 0 || update.Response.Body != nil {
				t.Errorf("Response = %+v, want 200 and nothing", update.Response)
			}
		})
	}
}

// changed returns the event that a message reads otherwise now. edited is when a person did it, "" if nobody did.
func changed(now, before map[string]any, edited string) map[string]any {
	if edited != "" {
		now["edited"] = map[string]any{"user": now["user"], "ts": edited}
	}
	event := map[string]any{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": slacktest.Support, "ts": "1793900120.000500", "message": now,
	}
	if before != nil {
		event["previous_message"] = before
	}
	return event
}
