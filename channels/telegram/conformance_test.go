package telegram_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/channels/telegram"
	"patchbay/channels/telegram/telegramtest"
	"patchbay/models"
)

// Ensure the adapter keeps the contract of package channels, once by webhook and once by polling.
func TestConformance(t *testing.T) {
	for _, mode := range []string{"webhook", "polling"} {
		t.Run(mode, func(t *testing.T) { channeltest.Run(t, harness(mode)) })
	}
}

// FuzzConformance: any body gives whole messages or Rejected, the same twice.
func FuzzConformance(f *testing.F) { channeltest.FuzzReceive(f, harness("webhook")) }

func harness(mode string) channeltest.Harness {
	return channeltest.Harness{
		New: func(url string, deps channels.Deps) (channels.Adapter, error) {
			return telegram.New(&telegram.Config{
				Mode: mode, Token: models.NewSecret(telegramtest.DefaultToken), APIURL: url,
				SecretToken: models.Secrets{models.NewSecret(secret)},
			}, deps)
		},
		Address: func(chat int) string { return strconv.Itoa(chat) },
		Answer:  answer,
		Decode:  decode,
		Marks:   marks,
		Kinds: []channels.ErrorKind{
			channels.Temporary, channels.RateLimited, channels.Unreachable, channels.Rejected, channels.Forbidden,
		},
		Attachments: []models.Attachment{{Kind: models.Image, URL: "https://shop.example/a.png"}},
		Secrets:     []string{token(), secret},
		Body:        func(messages ...channeltest.Wrote) []byte { return []byte(updateOf(messages[0])) },
		Unknown:     []byte(`{"update_id":9,"shiny_new_thing":{"chat":{"id":7,"type":"private"},"text":"hello"}}`),
		Sign: func(body []byte) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/channels/telegram/suite", strings.NewReader(string(body)))
			r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
			return r
		},
		Polling:   &channeltest.Polling{From: from, Write: write},
		NoReceive: mode == "polling",
		NoPoll:    mode == "webhook",
	}
}

// answer writes what Telegram answers.
func answer(w http.ResponseWriter, _ channeltest.Call, o channeltest.Outcome) {
	refuse := func(code int, description string) {
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q}`, code, description)
	}
	switch o.Kind {
	case channels.Temporary:
		refuse(500, "Internal Server Error: restart")
	case channels.RateLimited:
		seconds := int(o.RetryAfter / time.Second)
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}`, seconds, seconds)
	case channels.Unreachable:
		refuse(403, "Forbidden: bot was blocked by the user")
	case channels.Rejected:
		refuse(400, "Bad Request: message text is empty")
	case channels.Forbidden:
		refuse(401, "Unauthorized")
	case channels.WindowClosed:
		refuse(501, "Telegram has no window")
	default:
		_, _ = fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, o.ID)
	}
}

// decode reads what a call of the adapter's shows the customer.
func decode(call channeltest.Call) (channeltest.Seen, error) {
	form, err := url.ParseQuery(string(call.Raw))
	if err != nil {
		return channeltest.Seen{}, err
	}
	seen := channeltest.Seen{Address: form.Get("chat_id"), Text: form.Get("text")}
	switch method := path.Base(call.URL.Path); method {
	case "sendMessage":
	case "editMessageText":
		seen.Edited = form.Get("message_id")
	case "deleteMessage":
		seen.Deleted = form.Get("message_id")
	case "setMessageReaction":
		var list []struct{ Emoji string }
		if err := json.Unmarshal([]byte(form.Get("reaction")), &list); err != nil {
			return seen, err
		}
		seen.Reacts = form.Get("message_id")
		for _, one := range list {
			seen.Emoji += one.Emoji
		}
	default:
		return seen, fmt.Errorf("unexpected %s", method)
	}
	if raw := form.Get("reply_parameters"); raw != "" {
		var reply struct {
			ID int `json:"message_id"`
		}
		if err := json.Unmarshal([]byte(raw), &reply); err != nil {
			return seen, err
		}
		seen.Answers = strconv.Itoa(reply.ID)
	}
	if form.Get("parse_mode") != "" {
		return seen, fmt.Errorf("parse_mode %q would change the text", form.Get("parse_mode"))
	}
	var markup struct {
		Rows [][]struct {
			Text string `json:"text"`
		} `json:"inline_keyboard"`
	}
	if raw := form.Get("reply_markup"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &markup); err != nil {
			return seen, err
		}
	}
	for _, row := range markup.Rows {
		for _, b := range row {
			seen.Buttons = append(seen.Buttons, b.Text)
		}
	}
	return seen, nil
}

// marks reads the entities of a call as the customer's app shows them: it understands what it also sends.
func marks(call channeltest.Call) (models.Rich, error) {
	form, err := url.ParseQuery(string(call.Raw))
	if err != nil {
		return models.Rich{}, err
	}
	text, entities := form.Get("text"), form.Get("entities")
	var list []telegramtest.Entity
	if entities != "" {
		if err := json.Unmarshal([]byte(entities), &list); err != nil {
			return models.Rich{}, err
		}
	}
	kinds := map[string]models.SpanKind{
		"bold": models.Bold, "italic": models.Italic, "underline": models.Underline, "strikethrough": models.Strike, "code": models.Code,
		"pre": models.Pre, "blockquote": models.Quote, "text_link": models.Link,
	}
	units := utf16.Encode([]rune(text))
	r := models.Rich{Text: text}
	for _, e := range list {
		if kinds[e.Type] == "" || e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > len(units) {
			return r, fmt.Errorf("entity %+v is none of %q", e, text)
		}
		from := len(string(utf16.Decode(units[:e.Offset])))
		to := from + len(string(utf16.Decode(units[e.Offset:e.Offset+e.Length])))
		r.Spans = append(r.Spans, models.TextSpan{Kind: kinds[e.Type], From: from, To: to, URL: e.URL})
	}
	return r, nil
}

// updateOf returns the update for a message. Its number is the message's.
func updateOf(m channeltest.Wrote) string {
	text, _ := json.Marshal(m.Text)
	name, _ := json.Marshal(m.Name)
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private","first_name":%s},`+
		`"from":{"id":%d,"first_name":%s},"text":%s}}`, m.Message, m.Message, m.At.Unix(), m.Chat, name, m.Chat, name, text)
}

// from reads the offset of a poll.
func from(call channeltest.Call) (int, bool) {
	form, err := url.ParseQuery(string(call.Raw))
	if err != nil || path.Base(call.URL.Path) != "getUpdates" {
		return 0, false
	}
	n, _ := strconv.Atoi(form.Get("offset"))
	return n, true
}

// write answers a poll.
func write(w http.ResponseWriter, updates []channeltest.Wrote) {
	list := make([]string, 0, len(updates))
	for _, u := range updates {
		list = append(list, updateOf(u))
	}
	_, _ = fmt.Fprintf(w, `{"ok":true,"result":[%s]}`, strings.Join(list, ","))
}
