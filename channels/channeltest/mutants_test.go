package channeltest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"patchbay/channels"
	"patchbay/channels/channeltest"
	"patchbay/models"
)

// harness translates for the tiny platform.
func harness(f fault) channeltest.Harness {
	encode := func(v any) []byte {
		body, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return body
	}
	wires := func(messages []channeltest.Wrote) (u batch) {
		u.Messages = []wire{}
		for _, m := range messages {
			u.Messages = append(u.Messages, wire{
				Type: "message", N: m.Message, ID: "m" + strconv.Itoa(m.Message), Chat: "c" + strconv.Itoa(m.Chat),
				Name: m.Name, Text: m.Text, At: m.At.Unix(),
			})
		}
		return u
	}
	return channeltest.Harness{
		New:     newTiny(f),
		Address: func(chat int) string { return "c" + strconv.Itoa(chat) },
		Answer: func(w http.ResponseWriter, _ channeltest.Call, o channeltest.Outcome) {
			reply := answer{ID: "m" + strconv.Itoa(o.ID)}
			status := http.StatusOK
			switch o.Kind {
			case channels.Temporary:
				status, reply = http.StatusServiceUnavailable, answer{Error: "busy"}
			case channels.RateLimited:
				status, reply = http.StatusTooManyRequests, answer{Error: "slow down"}
				w.Header().Set("Retry-After", strconv.Itoa(int(o.RetryAfter.Seconds())))
			case channels.Unreachable:
				status, reply = http.StatusBadRequest, answer{Error: "blocked"}
			case channels.Rejected:
				status, reply = http.StatusBadRequest, answer{Error: "bad text"}
			case channels.WindowClosed:
				status, reply = http.StatusBadRequest, answer{Error: "window"}
			case channels.Forbidden:
				status, reply = http.StatusUnauthorized, answer{Error: "bad token"}
			}
			w.WriteHeader(status)
			_, _ = w.Write(encode(reply))
		},
		Decode: func(call channeltest.Call) (channeltest.Seen, error) {
			var w wire
			if err := json.Unmarshal(call.Raw, &w); err != nil {
				return channeltest.Seen{}, err
			}
			seen := channeltest.Seen{Address: w.Chat, Text: w.Text, Attachments: len(w.Files), Buttons: w.Buttons, Template: w.Template}
			switch w.Type {
			case "edit":
				seen.Edited = w.ID
			case "delete":
				seen.Deleted = w.ID
			}
			return seen, nil
		},
		Marks: func(call channeltest.Call) (models.Rich, error) {
			var w wire
			err := json.Unmarshal(call.Raw, &w)
			return models.Rich{Text: w.Text, Spans: w.Marks}, err
		},
		Secrets: []string{tinyToken, tinyKey},
		Body:    func(messages ...channeltest.Wrote) []byte { return encode(wires(messages)) },
		Batch:   true,
		Unknown: []byte(`{"messages":[{"type":"hologram"}],"more":{}}`),
		Sign: func(body []byte) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/channels/tiny/x", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-Tiny", tinySign(tinyKey, body))
			return r
		},
		Signed: true,
		Polling: &channeltest.Polling{
			From: func(call channeltest.Call) (int, bool) {
				from, err := strconv.Atoi(call.URL.Query().Get("from"))
				return from, err == nil
			},
			Write: func(w http.ResponseWriter, updates []channeltest.Wrote) { _, _ = w.Write(encode(wires(updates))) },
		},
	}
}

// TestSuitePasses runs the suite on the adapter as it should be.
func TestSuitePasses(t *testing.T) { channeltest.Run(t, harness("")) }

// TestSuiteKills plants one fault after the other. The check that is named must find it, and be the reason.
func TestSuiteKills(t *testing.T) {
	mutants := []struct {
		fault fault
		check string
		says  string // a part of what the check says
	}{
		{"drop signature check", "ReceiveForged", "want forbidden"},
		{"any signature", "ReceiveForged", "altered X-Tiny"},
		{"compare the start", "ReceiveForged", "altered X-Tiny"},
		{"sign the key only", "ReceiveForged", "body"},
		{"parse first", "ReceiveForged", "rejected"},
		{"forged messages beside the error", "ReceiveForged", "want none"},
		{"drop ctx", "SendCanceled", "goes on"},
		{"leak URL", "SendRefused", "shows a secret"},
		{"leak token", "SendKinds", "shows a secret"},
		{"log token", "Send", "the log shows a secret"},
		{"log words", "SendKinds", "the log shows what was written"},
		{"ignore status", "SendKinds", "error"},
		{"unstable id", "Receive", "want the same"},
		{"unstable id", "PollRepeats", "same Key"},
		{"key by text", "Receive", "of another message"},
		{"arrival time", "Receive", "At"},
		{"drop a repeat", "Receive", "want the same"},
		{"mixed addresses", "Receive", "Addresses"},
		{"all is temporary", "SendKinds", "want rejected"},
		{"blocked is rejected", "SendKinds", "want unreachable"},
		{"window is rejected", "SendKinds", "want window_closed"},
		{"refused is rejected", "SendRefused", "want temporary"},
		{"no retry after", "SendKinds", "RetryAfter"},
		{"plain error", "SendKinds", "*channels.Error"},
		{"whole page in the error", "SendGarbage", "bytes long"},
		{"id beside an error", "SendKinds", "want no id"},
		{"retry once", "SendKinds", "made 2 calls"},
		{"retry on a cut line", "SendCut", "made 2 calls"},
		{"two calls a send", "Send", "made 2 calls"},
		{"own id", "Send", "the platform's id"},
		{"take garbage", "SendGarbage", "no id and no error"},
		{"escape text", "Send", "the customer sees"},
		{"trim lines", "Send", "the customer sees"},
		{"no title", "SendTitle", "with a title"},
		{"send empty", "SendEmpty", "want none"},
		{"send over-long", "SendLength", "want none"},
		{"truncate", "SendLength", "want none"},
		{"count runes", "SendLength", "in emoji"},
		{"limit too small", "SendLength", "at the limit"},
		{"limit too small", "Split", "Send(part"},
		{"drop attachment", "SendAttachment", "want the file"},
		{"drop buttons", "SendButtons", "the customer sees"},
		{"any number of buttons", "SendButtons", "over the limit"},
		{"drop marks", "SendSpans", "Send(bold)"},
		{"marks in the text", "SendSpans", "Send(link)"},
		{"marks off by one", "SendSpans", "Send(bold)"},
		{"marks eat text", "SendSpans", "all of the text"},
		{"edit sends anew", "Edit", "want the new text in it"},
		{"delete nothing", "Delete", "made 0 calls"},
		{"template as text", "SendTemplate", "want the template"},
		{"template without values", "SendTemplate", "the customer sees"},
		{"empty template", "SendTemplate", "want none"},
		{"template drops files", "SendTemplate", "want none"},
		{"slots not counted", "SendTemplate", "has 1 slots"},
		{"leak goroutine", "Send", "goroutines are left"},
		{"typing without a typer", "Limits", "Typer"},
		{"negative limit", "Limits", "0 or more"},
		{"limits change", "Limits", "want the same"},
		{"batch reversed", "ReceiveBatch", "Receive(batch)[0]"},
		{"first of a batch", "ReceiveBatch", "want all"},
		{"unknown is an error", "ReceiveUnknown", "no error"},
		{"panic on broken JSON", "ReceiveBroken", "panic"},
		{"take broken JSON", "ReceiveBroken", "want rejected"},
		{"no body limit", "ReceiveBroken", "4 MiB"},
		{"acknowledge before handle", "Poll", "before handle stored it"},
		{"ignore handle's error", "PollRepeats", "before handle stored it"},
		{"poll without ctx", "PollCanceled", "goes on"},
		{"poll ends on an outage", "PollOutage", "Poll ended"},
		{"cancel is an error", "PollCanceled", "want none"},
		{"poll on when refused", "PollForbidden", "goes on"},
	}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(string(m.fault)+" in "+m.check, " ", "_"), func(t *testing.T) {
			var said []string
			for _, check := range channeltest.Checks(t, harness(m.fault)) {
				if check.Name == m.check {
					said = judged(t, check)
				}
			}
			if len(said) == 0 {
				t.Fatalf("%s passes the mutant %q", m.check, m.fault)
			}
			if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, m.says) }) {
				t.Errorf("%s kills the mutant %q with %q, want %q", m.check, m.fault, said, m.says)
			}
		})
	}
}

// TestHarnessIsWhole: what the harness leaves out is told, not passed over.
func TestHarnessIsWhole(t *testing.T) {
	for name, cut := range map[string]func(*channeltest.Harness){
		"Decode":  func(h *channeltest.Harness) { h.Decode = nil },
		"Secrets": func(h *channeltest.Harness) { h.Secrets = nil },
		"Sign":    func(h *channeltest.Harness) { h.Sign = nil },
		"Polling": func(h *channeltest.Harness) { h.Polling = nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := harness("")
			cut(&h)
			said := judged(t, channeltest.Check{Run: func(tb testing.TB) { channeltest.Checks(tb, h) }})
			if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "Harness."+name) }) {
				t.Errorf("Checks says %q, want Harness.%s", said, name)
			}
		})
	}
}

func FuzzReceive(f *testing.F) { channeltest.FuzzReceive(f, harness("")) }

// judged runs a check and returns what it says against the adapter.
func judged(t *testing.T, check channeltest.Check) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &recorder{TB: t, ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				r.Errorf("panic: %v", v)
			}
		}()
		check.Run(r)
	}()
	<-done
	cancel()
	return r.said
}

// recorder is a testing.TB that keeps failures to itself.
type recorder struct {
	testing.TB

	ctx  context.Context // what Context returns
	mu   sync.Mutex
	said []string
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)                 { r.Errorf("%s", fmt.Sprint(args...)); runtime.Goexit() }

var _ testing.TB = (*recorder)(nil)
