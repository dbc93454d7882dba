package sandbox_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest"
)

// copies is how many copies of one delivery come at the same instant.
const copies = 20

// atOnce posts a body to one of the gateway's addresses, as many times as copies says, all at the same instant. Each must
// be answered with 200.
func (r *rig) atOnce(path string, body []byte, header http.Header) {
	r.t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: copies}}
	defer client.CloseIdleConnections()
	begin := make(chan struct{})
	var posting sync.WaitGroup
	for range copies {
		posting.Go(func() {
			<-begin
			req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.public+path, bytes.NewReader(body))
			if err != nil {
				r.t.Error(err)
				return
			}
			req.Header = header.Clone()
			resp, err := client.Do(req)
			if err != nil {
				r.t.Error(err)
				return
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				r.t.Errorf("a copy got %d, want 200", resp.StatusCode)
			}
		})
	}
	close(begin)
	posting.Wait()
}

// telegramUpdate is an update with a message of Anna's.
func telegramUpdate(id int, text string) []byte {
	return fmt.Appendf(nil, `{"update_id":%d,"message":{"message_id":%d,"date":%d,"text":%q,
		"from":{"id":5100200300,"is_bot":false,"first_name":"Anna","language_code":"en"},
		"chat":{"id":5100200300,"type":"private","first_name":"Anna"}}}`, 990_000_000+id, 70_000+id, time.Now().Unix(), text)
}

var telegramHeader = http.Header{"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {"sandbox-secret-token"}}

// Ensure that a delivery that comes in many copies at the same instant is handled once, and so are those that come again
// after a restart: by Telegram, WhatsApp, Slack and the webhook channel, on either database.
func TestSameDeliveryTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		r := run(t, sandbox.Options{Store: url, Webhooks: true, Unpaced: true})
		anna, luis := r.anna(), r.luis()

		r.write(anna, "#0") // opens the chat
		r.reads(anna, "#0")
		r.atOnce("/channels/"+sandbox.Telegram, telegramUpdate(1, "#1"), telegramHeader)
		r.reads(anna, "#1")

		r.says(luis, "#0")
		r.sees(luis, "#0")
		delivered := r.WhatsApp.Deliveries()
		i := slices.IndexFunc(delivered, func(d whatsapptest.Delivery) bool { return bytes.Contains(d.Body, []byte(`"#0"`)) })
		body := bytes.Replace(delivered[i].Body, []byte(`"#0"`), []byte(`"#1"`), 1)
		body = bytes.Replace(body, []byte(`"id":"wamid.`), []byte(`"id":"wamid.other`), 1)
		sum := hmac.New(sha256.New, []byte(r.WhatsApp.Options().AppSecret))
		sum.Write(body)
		r.atOnce("/channels/"+sandbox.WhatsApp, body, http.Header{
			"Content-Type": {"application/json"}, "X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(sum.Sum(nil))},
		})
		r.sees(luis, "#1")

		event := webhooktest.Event{Type: "message", ID: "m1", Chat: webhooktest.Ref{ID: "c9"}, Sender: &webhooktest.Person{ID: "u1"}, Text: "#0"}
		answers, err := r.Shop.PostTwice(r.ctx, r.public+"/channels/"+sandbox.Shop, event)
		r.ok(err)
		for _, a := range answers {
			if a.Status != http.StatusAccepted {
				t.Errorf("the webhook got %d, want 202", a.Status)
			}
		}
		r.ok(r.Shop.WaitFor(r.ctx, "c9", "You wrote: #0"))

		r.stop()
		r.start()
		r.atOnce("/channels/"+sandbox.Telegram, telegramUpdate(1, "#1"), telegramHeader)
		id := r.says(luis, "#2")
		r.ok(r.WhatsApp.Redeliver(r.ctx, id))
		r.stop()
		r.start()
		r.ok(r.WhatsApp.Redeliver(r.ctx, id))
		// The sender lost the answer, and comes with another webhook-id and the same message.
		if _, err := r.Shop.Post(r.ctx, r.public+"/channels/"+sandbox.Shop, event); err != nil {
			t.Fatal(err)
		}
		r.write(anna, "#2")
		r.reads(anna, "#2")
		r.sees(luis, "#2")
		ordered(t, "Anna", marked(anna.Read()), numbered(3))
		ordered(t, "Luis", marked(screen(luis)), numbered(3))
		if n := len(r.Shop.Chat("c9")); n != 1 {
			t.Errorf("the shop's customer reads %d answers, want one", n)
		}
		if n := len(r.Bot.Asked()); n != 7 {
			t.Errorf("the bot was asked %d questions, want 7", n)
		}
	})
}

// Ensure that an event that Slack tells of many times at once, each time with another event id, is handled once.
func TestSameEventOfSlackTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		r := run(t, sandbox.Options{Store: url, Webhooks: true, Unpaced: true})
		thread := r.person()
		post := r.reply(r.ana(), thread, "#0")
		r.reads(r.anna(), "#0")
		channel, root, _ := strings.Cut(thread, "/")
		_, ts, _ := strings.Cut(post, "/")
		for range copies {
			r.Slack.Emit(map[string]any{
				"type": "message", "channel": channel, "channel_type": "channel", "user": slacktest.Ana, "team": slacktest.Team,
				"ts": ts, "event_ts": ts, "thread_ts": root, "parent_user_id": slacktest.BotUser, "text": "#0",
			})
		}
		r.ok(r.Slack.Delivered(r.ctx))
		r.reply(r.ana(), thread, "#1")
		r.reads(r.anna(), "#1")
		ordered(t, "the customer", marked(r.anna().Read()), numbered(2))
	})
}
