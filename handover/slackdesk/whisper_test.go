package slackdesk_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
)

func TestWhisper(t *testing.T) {
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprintf("socket %v", socket), func(t *testing.T) {
			w := start(t, slacktest.Options{Socket: socket}, nil)
			ctx := soon(t)
			acts := w.deliver(ctx, t)
			thread := w.open(t)
			ana := w.slack.Agent(slacktest.Ana)
			post, err := ana.Reply(ctx, thread, "wait")
			if err != nil {
				t.Fatal(err)
			}
			acts.next(ctx, t)
			err = w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{
				Text: "This chat is closed. Send it <!channel>?", Handover: "h1", Post: post,
				Choices: []handover.Choice{{Title: "Take over and send", Kind: handover.TookOver}, {Title: "Leave it", Kind: handover.Left}},
			})
			if err != nil {
				t.Fatalf("Whisper() = %v", err)
			}
			whisper, err := ana.WaitWhisper(ctx, "This chat is closed")
			if err != nil || whisper.Thread != thread || len(whisper.Buttons) != 2 {
				t.Fatalf("whisper = %+v, %v, want one in %s with two buttons", whisper, err, thread)
			}
			if found := alive(whisper.Text); found != "" {
				t.Errorf("the whisper is alive at %q", found)
			}
			if n := len(w.slack.Agent(slacktest.Ben).Whispers()); n != 0 {
				t.Errorf("Ben was whispered to %d times", n)
			}

			for _, choice := range []struct {
				title string
				kind  handover.ActionKind
			}{{"Take over and send", handover.TookOver}, {"Leave it", handover.Left}} {
				if err := ana.ClickWhisper(ctx, whisper, choice.title); err != nil {
					t.Fatalf("ClickWhisper(%s) = %v", choice.title, err)
				}
				a := acts.next(ctx, t)
				if a.Kind != choice.kind || a.Handover != "h1" || a.Post != post || a.Person.ID != slacktest.Ana || a.Refusal != "" {
					t.Errorf("the click on %s is %s, want %s of h1 for %s", choice.title, told([]handover.Action{a}), choice.kind, post)
				}
			}

			if err := w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{Text: "Left as it is.", Handover: "h1", Post: post}); err != nil {
				t.Fatalf("Whisper() after the click = %v", err)
			}
			if all := ana.Whispers(); len(all) != 1 || all[0].Text != "Left as it is." || len(all[0].Buttons) != 0 {
				t.Errorf("whispers = %+v, want one, without buttons, in the place of the first", all)
			}
			if err := w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{Text: "Once more.", Handover: "h1", Post: post}); err != nil {
				t.Fatal(err)
			}
			if all := ana.Whispers(); len(all) != 2 {
				t.Errorf("%d whispers, want a new one: nobody has clicked since", len(all))
			}

			if err := w.desk.Whisper(ctx, slacktest.Support, slacktest.Ben, handover.Notice{Text: "That reached nobody."}); err != nil {
				t.Fatalf("Whisper() at the top = %v", err)
			}
			if whisper, err := w.slack.Agent(slacktest.Ben).WaitWhisper(ctx, "reached nobody"); err != nil || whisper.Thread != slacktest.Support || len(whisper.Buttons) != 0 {
				t.Errorf("whisper = %+v, %v, want one at the top of the channel", whisper, err)
			}
		})
	}
}

// TestWhisperAnswersExpire whispers anew when the answer to a click is not taken any more, and never answers elsewhere.
func TestWhisperAnswersExpire(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	w := start(t, slacktest.Options{}, nil)
	ctx := soon(t)
	thread := w.open(t)
	for i, address := range []string{w.slack.URL() + "/response/gone", other.URL, "http://hooks.slack.com/x", "://", ""} {
		payload, err := json.Marshal(map[string]any{
			"type": "block_actions", "user": map[string]any{"id": slacktest.Ana, "team_id": slacktest.Team}, "response_url": address,
			"container": map[string]any{"is_ephemeral": true},
			"actions":   []any{map[string]any{"action_id": "patchbay_leave", "value": "pb1:h1:C0SUPPORT1/1.1", "action_ts": "1793900250.001300"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		update, err := w.desk.Receive(w.signed(t, form("payload", string(payload))), "actions")
		if err != nil || len(update.Actions) != 1 || update.Actions[0].Kind != handover.Left {
			t.Fatalf("Receive() = %s, %v, want left", told(update.Actions), err)
		}
		if err := w.desk.Whisper(ctx, thread, slacktest.Ana, handover.Notice{Text: "ok", Handover: "h1", Post: "C0SUPPORT1/1.1"}); err != nil {
			t.Fatalf("Whisper() = %v", err)
		}
		if got := len(w.slack.Agent(slacktest.Ana).Whispers()); got != i+1 {
			t.Errorf("%d whispers after the address %q, want %d", got, address, i+1)
		}
	}
	if elsewhere != 0 {
		t.Errorf("another host was called %d times", elsewhere)
	}
}

func TestClicks(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	ctx := soon(t)
	acts := w.deliver(ctx, t)
	w.slack.AddMember(slacktest.Member{ID: "U0GUEST001", RealName: "Gil Guest", Guest: true})
	thread := w.open(t)
	if err := w.slack.Agent(slacktest.Ana).Click(ctx, thread, "Take it"); err != nil {
		t.Fatal(err)
	}
	first := acts.next(ctx, t)
	if first.Kind != handover.Claimed || first.Handover != "h1" || first.Thread != "" || first.Person.ID != slacktest.Ana {
		t.Errorf("Take it is %s", told([]handover.Action{first}))
	}
	if err := w.slack.Agent(slacktest.Ana).Click(ctx, thread, "Take it"); err != nil {
		t.Fatal(err)
	}
	if again := acts.next(ctx, t); again.Key == first.Key {
		t.Errorf("two clicks have the key %s", first.Key)
	}
	if err := w.slack.Agent("U0GUEST001").Click(ctx, thread, "Resolve"); err != nil {
		t.Fatal(err)
	}
	if a := acts.next(ctx, t); a.Kind != handover.Resolved || a.Refusal != "guest" {
		t.Errorf("a guest's Resolve is %s", told([]handover.Action{a}))
	}

	other, err := slackdesk.New(w.conf, slackdesk.Deps{Install: "pb2", HTTP: w.deps.HTTP})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Setup(ctx); err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Open(ctx, luis())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.slack.Agent(slacktest.Ana).Click(ctx, foreign, "Take it"); err != nil {
		t.Errorf("a click on another installation's card = %v, want it taken and ignored", err)
	}
	if err := w.slack.Agent(slacktest.Ana).Click(ctx, thread, "Resolve"); err != nil {
		t.Fatal(err)
	}
	if a := acts.next(ctx, t); a.Kind != handover.Resolved {
		t.Errorf("next came %s, want nothing of another installation's card", told([]handover.Action{a}))
	}
}
