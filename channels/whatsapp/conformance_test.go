package whatsapp_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/channels/whatsapp"
	"patchbay/models"
)

// harness translates between the suite and the Cloud API.
func harness() channeltest.Harness {
	return channeltest.Harness{
		New: func(url string, deps channels.Deps) (channels.Adapter, error) {
			c := config(url + "/v25.0")
			c.Templates = []whatsapp.Template{
				{Name: "answer_ready", Language: "en_US", Text: "Hello {{1}}, {{2}} has an answer.", Fill: []string{"customer.name", "agent"}},
				{Name: "answer_ready", Language: "de", Text: "Eine Antwort ist da: {{1}}"},
			}
			return whatsapp.New(c, deps)
		},
		Address: func(chat int) string { return "phone:" + phone(chat) },
		Answer:  answerCall,
		Decode:  decodeCall,
		Marks: func(call channeltest.Call) (models.Rich, error) {
			seen, err := decodeCall(call)
			return whatsapp.RichOf(seen.Text), err
		},
		Attachments: []models.Attachment{
			{Kind: models.Image, URL: "https://shop.example.com/photo.jpg"},
			{Kind: models.Voice, Ref: "910000000000003", MIME: "audio/ogg"},
		},
		Secrets: []string{accessToken, appSecret, verifyToken, "new-verify", "fedcba9876543210fedcba9876543210"},
		Body:    bodyOf,
		Batch:   true,
		Unknown: []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"account_update","value":{"event":"VERIFIED"}}]}]}`),
		Sign:    signed,
		Signed:  true,
	}
}

func TestConformance(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, inside := range []string{
		`"contacts":[7],"messages":[{"id":"w","type":"text"},{"from":"1","type":"image"}],"statuses":[{}],"errors":[{}]`,
		`"messages":[{"id":"w","type":"system","system":{"type":"user_changed_user_id","body":"A changed from US.1 to US.2","user_id":"US.2"}}]`,
		`"messages":[{"from":"1","id":"w","type":"interactive","interactive":{"nfm_reply":{"response_json":"{\"a\":[1]}"}}}]`,
	} {
		f.Add(value(inside))
	}
	channeltest.FuzzReceive(f, harness())
}

func phone(chat int) string { return strconv.Itoa(491700000000 + chat) }

// answerCall writes what the platform answers.
func answerCall(w http.ResponseWriter, _ channeltest.Call, o channeltest.Outcome) {
	status, code := http.StatusBadRequest, 0
	switch o.Kind {
	case 0:
		_, _ = fmt.Fprintf(w, `{"id":"%[1]d","messaging_product":"whatsapp","contacts":[{"input":"1","wa_id":"1"}],"messages":[{"id":"wamid.%[1]d"}]}`, o.ID) // of an upload too
		return
	case channels.Temporary:
		status, code = http.StatusInternalServerError, 131000
	case channels.RateLimited:
		code = 130429
		w.Header().Set("Retry-After", strconv.Itoa(int(o.RetryAfter.Seconds())))
	case channels.Unreachable:
		code = 131026
	case channels.Rejected:
		code = 131009
	case channels.WindowClosed:
		code = 131047
	case channels.Forbidden:
		status, code = http.StatusUnauthorized, 190
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, graphError(code, ""))
}

// decodeCall returns what the platform would show the customer.
func decodeCall(call channeltest.Call) (channeltest.Seen, error) {
	var m struct {
		To   string
		Type string
		Text struct {
			Body string `json:"body"`
		}
		Context struct {
			MessageID string `json:"message_id"`
		}
		Reaction struct {
			MessageID string `json:"message_id"`
			Emoji     string
		}
		Template struct {
			Name     string
			Language struct{ Code string }

			Components []struct {
				Type       string
				Parameters []struct{ Type, Text string }
			}
		}
		Interactive struct {
			Body struct {
				Text string `json:"text"`
			}
			Action struct {
				Buttons []struct {
					Reply struct {
						Title string `json:"title"`
					}
				}
				Sections []struct {
					Rows []struct {
						Title string `json:"title"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal(call.Raw, &m); err != nil {
		return channeltest.Seen{}, err
	}
	seen := channeltest.Seen{Address: "phone:" + m.To, Text: m.Text.Body + m.Interactive.Body.Text, Answers: m.Context.MessageID}
	if m.Type == "reaction" {
		seen.Reacts, seen.Emoji = m.Reaction.MessageID, m.Reaction.Emoji
		return seen, nil
	}
	if m.Type == "template" {
		seen.Template = &models.Template{Name: m.Template.Name, Language: m.Template.Language.Code}
		for _, c := range m.Template.Components {
			for _, p := range c.Parameters {
				seen.Template.Values = append(seen.Template.Values, p.Text)
			}
		}
		return seen, nil
	}
	// A bold title is the first line between asterisks.
	if title, text, ok := strings.Cut(seen.Text, "*\n"); ok && strings.HasPrefix(title, "*") && !strings.Contains(title[1:], "*") {
		seen.Text = title[1:] + "\n" + text
	}
	for _, b := range m.Interactive.Action.Buttons {
		seen.Buttons = append(seen.Buttons, b.Reply.Title)
	}
	for _, s := range m.Interactive.Action.Sections {
		for _, row := range s.Rows {
			seen.Buttons = append(seen.Buttons, row.Title)
		}
	}
	if m.Type != "text" && m.Type != "interactive" {
		seen.Attachments = 1
	}
	return seen, nil
}

// bodyOf returns a call of the platform with texts, each user's contact once, in another order than the messages.
func bodyOf(list ...channeltest.Wrote) []byte {
	var contacts, texts []any
	known := map[int]bool{}
	for _, w := range list {
		if !known[w.Chat] {
			known[w.Chat] = true
			contacts = append([]any{map[string]any{"profile": map[string]any{"name": w.Name}, "wa_id": phone(w.Chat), "user_id": fmt.Sprintf("DE.%d", w.Chat)}}, contacts...)
		}
		texts = append(texts, map[string]any{
			"from": phone(w.Chat), "id": fmt.Sprintf("wamid.in%d", w.Message), "timestamp": strconv.FormatInt(w.At.Unix(), 10),
			"type": "text", "text": map[string]any{"body": w.Text},
		})
	}
	body, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"id": "330000000000001",
		"changes": []any{map[string]any{"field": "messages", "value": map[string]any{
			"messaging_product": "whatsapp",
			"metadata":          map[string]any{"display_phone_number": "15550100200", "phone_number_id": number},
			"contacts":          contacts,
			"messages":          texts,
		}}},
	}}})
	if err != nil {
		panic(err) // strings and numbers
	}
	return body
}
