package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/channels"
	"patchbay/channels/standardwebhooks"
	"patchbay/channels/webhook"
	"patchbay/gateway/bench"
	"patchbay/handover/slackdesk"
	"patchbay/models"
)

// Ensure that the ledger sees what is lost, doubled, out of order or said by somebody else.
func TestLedger(t *testing.T) {
	type heard struct{ call, id, voice, text string }
	tests := []struct {
		name  string
		voice string
		sent  int // in chat 0
		heard []heard
		want  string
	}{
		{"all is well", "bot", 3, []heard{{"", "c0", "bot", "x #0. #1."}, {"", "c0", "bot", "x #2."}}, ""},
		{"notices while people answer", "agent", 1, []heard{{"", "c0", "system", "wait"}, {"", "c0", "agent", "#0."}}, ""},
		{"lost", "bot", 2, []heard{{"", "c0", "bot", "#0."}}, "1 of 2 accepted messages were never answered"},
		{"twice", "bot", 2, []heard{{"", "c0", "bot", "#0. #1."}, {"", "c0", "bot", "#1."}}, "answer to message 1 came twice"},
		{"the same call twice", "bot", 2, []heard{{"m1", "c0", "bot", "#0."}, {"m1", "c0", "bot", "#0."}, {"m2", "c0", "bot", "#1."}}, ""},
		{"another call that says the same", "bot", 1, []heard{{"m1", "c0", "bot", "#0."}, {"m2", "c0", "bot", "#0."}}, "answer to message 0 came twice"},
		{"out of order", "bot", 2, []heard{{"", "c0", "bot", "#1."}}, "message 1 came before that to message 0"},
		{"another chat", "bot", 1, []heard{{"", "c9", "bot", "#0."}}, "none of ours"},
		{"a notice where the bot answers", "bot", 1, []heard{{"", "c0", "system", "I'm getting a colleague"}}, "no answer"},
		{"no number", "bot", 1, []heard{{"", "c0", "bot", "hello"}}, "no answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := bench.NewLedger(2, tt.voice)
				l.Sent(0, tt.sent)
				for _, h := range tt.heard {
					l.Heard(h.call, h.id, h.voice, h.text)
				}
				err := l.Settle(t.Context())
				if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("Settle = %v, want %q", err, tt.want)
				}
			})
		})
	}
}

func TestMarks(t *testing.T) {
	tests := []struct {
		text string
		want []int
	}{
		{"", nil},
		{"#7.", []int{7}},
		{"a #10. b\n#11. c", []int{10, 11}},
		{"# 1. #x. #3 #4", nil},
		{"order #12345678901234567890.", nil},
	}
	for _, tt := range tests {
		if got := bench.Marks(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("Marks(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	var sorted []time.Duration
	if got := bench.Quantile(sorted, 0.99); got != 0 {
		t.Errorf("Quantile of nothing = %v, want 0", got)
	}
	for i := range 100 {
		sorted = append(sorted, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0.5: 50, 0.99: 99, 1: 99} {
		if got := bench.Quantile(sorted, q); got != want {
			t.Errorf("Quantile(%v) = %v, want %v", q, got, want)
		}
	}
}

// Ensure that what the generator writes by hand is what the adapters take.
func TestRequests(t *testing.T) {
	t.Run("customer", func(t *testing.T) {
		a, err := webhook.New(&webhook.Config{
			Secret: models.Secrets{standardwebhooks.NewSecret(bench.CustomerKey())}, SendURL: "http://127.0.0.1/",
		}, channels.Deps{HTTP: &http.Client{}, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		u, err := a.(channels.Receiver).Receive(parse(t, bench.CustomerSays(17, 3, "Hello.")))
		if err != nil || len(u.Inbound) != 1 {
			t.Fatalf("Receive = %+v, %v, want a message", u, err)
		}
		if text := u.Inbound[0].Content.Text; text != "Hello. #3." {
			t.Errorf("text = %q, want the words and the number", text)
		}
	})
	t.Run("agent", func(t *testing.T) {
		r := parse(t, bench.AgentSays("1700000000.000001", "1700000000.000002", "Hello. #3."))
		var body bytes.Buffer
		if _, err := io.Copy(&body, r.Body); err != nil || !json.Valid(body.Bytes()) {
			t.Errorf("body is no JSON: %s, %v", body.Bytes(), err)
		}
		r.Body = io.NopCloser(&body)
		d, err := slackdesk.New(slackdesk.Config{
			BotToken: models.NewSecret("xoxb-1"), SigningSecret: models.Secrets{models.NewSecret(bench.SlackSecret)}, Channel: "C0BENCH00",
		}, slackdesk.Deps{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		// The desk is not set up, so it cannot take the reply; but it has verified it.
		if _, err := d.Receive(r, "events"); err == nil || !strings.Contains(err.Error(), "set up") {
			t.Errorf("Receive = %v, want that the desk is not set up", err)
		}
	})
}

// parse reads a request as a server does.
func parse(t *testing.T, request []byte) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	return r
}
