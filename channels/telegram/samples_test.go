package telegram_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// anna is the customer of all samples.
func anna() models.Contact {
	return models.Contact{ID: "5100200300", Name: "Anna Kovač", Locale: "en"}
}

// said returns the Inbound of a message in Anna's private chat.
func said(id string, date int64, c models.Content) *channels.Inbound {
	return &channels.Inbound{
		Key: "message:5100200300:" + id, Addresses: []string{"5100200300"}, Kind: channels.Message,
		ID: id, At: time.Unix(date, 0).UTC(), Contact: anna(), Content: c,
	}
}

func text(s string) models.Content { return models.Content{Text: s} }

// updates are the samples of updates with the event that each gives; nil is acknowledged and ignored.
func updates() map[string]*channels.Inbound {
	file := func(a models.Attachment, caption string, marks ...models.TextSpan) models.Content {
		return models.Content{Text: caption, Spans: marks, Attachments: []models.Attachment{a}}
	}
	photo := func(ref string, size int64) models.Attachment {
		return models.Attachment{Kind: models.Image, Ref: ref, MIME: "image/jpeg", Size: size}
	}
	album := func(c models.Content) models.Content {
		c.Album = "13793900060000001"
		return c
	}
	return map[string]*channels.Inbound{
		"01_start_deeplink.json": said("11", 1793900000, text("/start ref_shop42")),
		"02_text_entities_emoji.json": said("12", 1793900020,
			text("Hi 👋 my order №A-17 is late, see https://shop.example/o/17 or call +1 202 555 0143")),
		"03_photo_caption.json": said("13", 1793900040, file(photo("AgACAgIAAxkBAAIBdGs0003", 121903), "Broken zip, bold here", models.TextSpan{Kind: models.Bold, From: 12, To: 16})),
		"04_album_part1.json":   said("14", 1793900060, album(file(photo("AgACAgIAAxkBAAIBdGs0101", 90221), "Two photos of the damage"))),
		"05_album_part2.json":   said("15", 1793900060, album(file(photo("AgACAgIAAxkBAAIBdGs0201", 90221), ""))),
		"06_document.json": said("16", 1793900090, file(models.Attachment{
			Kind: models.File, Ref: "BQACAgIAAxkBAAIBdmdoc1", Name: "invoice-17.pdf", MIME: "application/pdf", Size: 48211,
		}, "Invoice")),
		"07_voice.json": said("17", 1793900120, file(models.Attachment{
			Kind: models.Voice, Ref: "AwACAgIAAxkBAAIBd2v1", MIME: "audio/ogg", Size: 15003,
		}, "")),
		"08_video_note_too_big.json": said("18", 1793900150, file(models.Attachment{
			Kind: models.Video, Ref: "BAACAgIAAxkBAAIBeGv2", Name: "clip.mp4", MIME: "video/mp4", Size: 48234496,
		}, "")),
		"09_sticker.json": said("19", 1793900170, file(models.Attachment{
			Kind: models.Sticker, Ref: "CAACAgIAAxkBAAIBeWs1", Name: "😡", MIME: "image/webp", Size: 20146,
		}, "")),
		"10_location_venue.json": said("20", 1793900190, models.Content{
			Location: &models.Location{Latitude: 44.8125, Longitude: 20.4612, Name: "Pickup point 3", Address: "Knez Mihailova 10"},
		}),
		"11_contact_shared.json": said("21", 1793900210, models.Content{
			Cards: []models.Card{{Name: "Anna Kovač", Phones: []string{"+381605550199"}, Own: true}}, ReplyTo: "10",
		}),
		"12_reply_with_quote.json": said("23", 1793900260, models.Content{
			Text: "Yes, this one", Lines: []string{`[quotes "order A-17"]`}, ReplyTo: "22",
		}),
		"13_forwarded.json": said("24", 1793900300, models.Content{
			Text: "Parcel left at the locker", Forwarded: &models.Forward{From: "Courier Desk"},
		}),
		"14_edited_message.json": {
			Key: "edit:5100200300:12:1793900330:900000014", Addresses: []string{"5100200300"}, Kind: channels.Edited,
			ID: "12", At: time.Unix(1793900330, 0).UTC(), Contact: anna(), Content: text("Hi 👋 my order №A-18 is late"),
		},
		"15_callback_query.json": {
			Key: "callback:21901234567890123", Addresses: []string{"5100200300"}, Kind: channels.Pressed, Contact: anna(),
			Content: models.Content{Text: "👍", Payload: "csat:9f3a:5", ReplyTo: "25"},
		},
		"16_my_chat_member_blocked.json": {
			Key: "member:5100200300:1793900400:900000016", Addresses: []string{"5100200300"}, Kind: channels.Blocked,
			At: time.Unix(1793900400, 0).UTC(), Contact: anna(),
		},
		"17_my_chat_member_unblocked.json": {
			Key: "member:5100200300:1793900500:900000017", Addresses: []string{"5100200300"}, Kind: channels.Unblocked,
			At: time.Unix(1793900500, 0).UTC(), Contact: anna(),
		},
		"18_message_reaction_group.json": nil,
		"19_forum_topic_message.json": {
			Key: "message:-1002233445566:302", Addresses: []string{"-1002233445566/77", "-1002233445566"}, Kind: channels.Elsewhere,
			ID: "302", At: time.Unix(1793900520, 0).UTC(), Contact: anna(), Content: text("@acme_support_bot hello"),
		},
		"20_unsupported_dice.json": said("26", 1793900530, models.Content{Lines: []string{"[dice 🎲 4]"}}),
	}
}

// answers are the samples of answers with a test for each.
func answers() map[string]func(t *testing.T, body string) {
	return map[string]func(t *testing.T, body string){
		"api_error_400_chat_not_found.json": fails(400, channels.Unreachable, 0, "never wrote to this bot"),
		"api_error_400_file_too_big.json":   fails(400, channels.Rejected, 0, "file is too big"),
		"api_error_400_migrated.json":       fails(400, channels.Rejected, 0, "private chats only"),
		"api_error_401.json":                fails(401, channels.Forbidden, 0, "@BotFather"),
		"api_error_403_blocked.json":        fails(403, channels.Unreachable, 0, "the customer has blocked the bot"),
		"api_error_409_conflict.json":       fails(409, channels.Forbidden, 0, "only one bot instance"),
		"api_error_429.json":                fails(429, channels.RateLimited, 14*time.Second, "retry after 14"),
		"api_getFile_ok.json":               knowsGetFile,
		"api_getMe_ok.json":                 tellsBot,
		"api_sendMessage_ok.json":           sends31,
		"getUpdates_batch_with_duplicate.json": func(t *testing.T, body string) {
			polls(t, body, []string{"message:5100200300:12", "message:5100200300:17", "message:5100200300:12"})
		},
	}
}

// Ensure every file in testdata does what it should, and none is forgotten.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %d files, %v", len(files), err)
	}
	events, tests := updates(), answers()
	for _, path := range files {
		name := filepath.Base(path)
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, isUpdate := events[name]
		test, isAnswer := tests[name]
		delete(events, name)
		delete(tests, name)
		t.Run(name, func(t *testing.T) {
			switch {
			case isUpdate:
				receives(t, string(body), want)
			case isAnswer:
				test(t, string(body))
			default:
				t.Errorf("no test names %s", path)
			}
		})
	}
	for name := range events {
		t.Errorf("testdata/%s is missing", name)
	}
	for name := range tests {
		t.Errorf("testdata/%s is missing", name)
	}
}

// receives checks that the update gives want by webhook and by polling.
func receives(t *testing.T, body string, want *channels.Inbound) {
	t.Helper()
	a := makeKit(t, "http://127.0.0.1:1", "webhook", nil)
	u, err := a.Receive(call(t, body))
	if err != nil {
		t.Fatalf("Receive = %v, want no error", err)
	}
	var wants []channels.Inbound
	if want != nil {
		wants = []channels.Inbound{*want}
	}
	if !reflect.DeepEqual(u.Inbound, wants) {
		t.Errorf("Receive =\n%+v, want\n%+v", u.Inbound, wants)
	}
	if want != nil && want.Kind == channels.Pressed {
		if got, answer := string(u.Response.Body), `{"method":"answerCallbackQuery","callback_query_id":"21901234567890123"}`; got != answer {
			t.Errorf("Response = %s, want %s", got, answer)
		}
	}
	var keys []string
	if want != nil {
		keys = []string{want.Key}
	}
	polls(t, `{"ok":true,"result":[`+body+`]}`, keys)
}

// polls checks which keys an answer to getUpdates gives.
func polls(t *testing.T, body string, want []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var offset string
	a := makeKit(t, "http://telegram.invalid", "polling", roundTrip(func(method string, params map[string]string) (int, string) {
		switch {
		case method == "getWebhookInfo":
			return 200, `{"ok":true,"result":{"url":""}}`
		case method != "getUpdates":
			return 200, `{"ok":true,"result":true}`
		case params["offset"] == "":
			return 200, body
		}
		offset = params["offset"]
		cancel()
		return 200, `{"ok":true,"result":[]}`
	}))
	var got []string
	err := a.Poll(ctx, func(_ context.Context, u channels.Update) error {
		for _, in := range u.Inbound {
			got = append(got, in.Key)
		}
		return nil
	})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Poll = %v with %q, want nil with %q", err, got, want)
	}
	if !strings.HasPrefix(offset, "9000000") {
		t.Errorf("offset = %q, want the number behind the last update", offset)
	}
}

// fails returns a test that Send maps the answer to a kind.
func fails(status int, kind channels.ErrorKind, wait time.Duration, words string) func(*testing.T, string) {
	return func(t *testing.T, body string) {
		t.Helper()
		a := makeKit(t, answering(t, status, body).URL, "", nil)
		id, err := a.Send(t.Context(), channels.Outbound{Address: "5100200300", Text: "hello"})
		if id != "" || err == nil {
			t.Fatalf("Send = %q, %v, want an error", id, err)
		}
		if got := channels.KindOf(err); got != kind {
			t.Errorf("KindOf(%v) = %v, want %v", err, got, kind)
		}
		if got := channels.RetryAfter(err); got != wait {
			t.Errorf("RetryAfter(%v) = %v, want %v", err, got, wait)
		}
		if !strings.Contains(err.Error(), words) {
			t.Errorf("Send = %v, want %q in it", err, words)
		}
	}
}

func sends31(t *testing.T, body string) {
	t.Helper()
	a := makeKit(t, answering(t, http.StatusOK, body).URL, "", nil)
	if id, err := a.Send(t.Context(), channels.Outbound{Address: "5100200300", Text: "Hello from Ana"}); id != "31" || err != nil {
		t.Errorf("Send = %q, %v, want 31, nil", id, err)
	}
}

func tellsBot(t *testing.T, body string) {
	t.Helper()
	a := makeKit(t, answering(t, http.StatusOK, body).URL, "", nil)
	findings := a.Check(t.Context(), "")
	if want := "the bot is @acme_support_bot (Acme Support)"; len(findings) == 0 || findings[0].Text != want || !findings[0].OK {
		t.Errorf("Check = %+v, want first %q", findings, want)
	}
}

// knowsGetFile checks that the stand-in answers getFile with the fields that Telegram does.
func knowsGetFile(t *testing.T, body string) {
	t.Helper()
	s := startFake(t)
	s.AddFile("BQACAgIAAxkBAAIBdmdoc1", make([]byte, 48211))
	resp, err := http.Get(s.URL() + "/bot" + s.Token() + "/getFile?file_id=BQACAgIAAxkBAAIBdmdoc1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var want, got struct {
		OK     bool
		Result map[string]any
	}
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	for key, value := range want.Result {
		if _, ok := got.Result[key]; !ok {
			t.Errorf("getFile has no %s", key)
		}
		if key == "file_id" || key == "file_size" {
			if got.Result[key] != value {
				t.Errorf("getFile %s = %v, want %v", key, got.Result[key], value)
			}
		}
	}
	if !got.OK {
		t.Error("getFile is not ok")
	}
}
