package slackdesk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

const (
	thread = "in C0SUPPORT1/1793900000.000100"
	byAna  = "by U0AGENT0001 (Ana)"
)

// samples says of every file in testdata/samples what it is and what it gives.
var samples = []struct {
	file string
	kind string // events, actions, commands: a call; frame: of a socket; answer: of the Web API; else checked elsewhere
	want string // the actions in words; of an answer the kind of its error
}{
	{"01_signed_body.headers.txt", "TestReceiveSignature", ""},
	{"01_signed_body.min.json", "events", `replied T0ACME0001/C0SUPPORT1:1793900060.000200 ` + thread + ` own post C0SUPPORT1/1793900060.000200 ` + byAna + ` "Hi Luis, <checking> it now & will reply 👋"`},
	{"01_thread_reply_human.json", "events", `replied T0ACME0001/C0SUPPORT1:1793900060.000200 ` + thread + ` own post C0SUPPORT1/1793900060.000200 ` + byAna + ` "Hi Luis, <checking> it now & will reply 👋"`},
	{"02_thread_reply_mentions_links.json", "events", `replied T0ACME0001/C0SUPPORT1:1793900070.000300 ` + thread + ` own post C0SUPPORT1/1793900070.000300 ` + byAna + ` "See order 17 (https://shop.example/o/17), ask @Ben in #channel"`},
	{"03_thread_reply_file_share.json", "events", `replied T0ACME0001/C0SUPPORT1:1793900080.000400 ` + thread + ` own post C0SUPPORT1/1793900080.000400 ` + byAna + ` "Here is the label" image:F0FILE00001:label.png:image/png:24817`},
	{"04_own_bot_post.json", "events", ""},
	{"05_own_bot_post_no_customize.json", "events", ""},
	{"06_message_changed_edit.json", "events", `edited T0ACME0001/C0SUPPORT1:1793900060.000200:edited.1793900120.000000 ` + thread + ` own post C0SUPPORT1/1793900060.000200 ` + byAna + ` "Hi Luis, checked: ships today"`},
	{"07_message_changed_unfurl_only.json", "events", ""},
	{"08_message_deleted.json", "events", `deleted T0ACME0001/C0SUPPORT1:1793900060.000200:del ` + thread + ` own post C0SUPPORT1/1793900060.000200 ` + byAna},
	{"09_thread_broadcast.json", "events", `replied T0ACME0001/C0SUPPORT1:1793900200.000800 ` + thread + ` own post C0SUPPORT1/1793900200.000800 ` + byAna + ` "Also telling the channel"`},
	{"10_channel_join_ignored.json", "events", ""},
	{"11_reaction_added.json", "events", ""},
	{"12_slack_connect_external_user.json", "events", `replied T0ACME0001/C0SUPPORT1:1793900230.001100 ` + thread + ` own post C0SUPPORT1/1793900230.001100 by U0EXTERN001 (Eve) refused as stranger "Hi Luis, <checking> it now & will reply 👋"`},
	{"13_app_home_opened.json", "events", `opened_home T0ACME0001/event/Ev0AAA0013 ` + byAna},
	{"14_url_verification.json", "events", "kQ9fakeChallenge77xyz"},
	{"15_app_rate_limited.json", "events", ""},
	{"20_block_actions.http_body.txt", "actions", ""},
	{"20_block_actions.json", "payload", ""},
	{"21_view_submission.json", "payload", ""},
	{"22_message_action_shortcut.json", "payload", ""},
	{"23_slash_command.http_body.txt", "commands", `/desk "find anna@example.com" in C0SUPPORT1 ` + byAna + ` answerable`},
	{"30_socket_hello.json", "frame", ""},
	{"31_socket_events_api.json", "frame", `replied T0ACME0001/C0SUPPORT1:1793900060.000200 ` + thread + ` own post C0SUPPORT1/1793900060.000200 ` + byAna + ` "Hi Luis, <checking> it now & will reply 👋"`},
	{"32_socket_events_api_retry.json", "frame", `replied T0ACME0001/C0SUPPORT1:1793900060.000200 ` + thread + ` own post C0SUPPORT1/1793900060.000200 ` + byAna + ` "Hi Luis, <checking> it now & will reply 👋"`},
	{"33_socket_interactive.json", "frame", ""},
	{"34_socket_slash_commands.json", "frame", `/desk "find anna@example.com" in C0SUPPORT1 ` + byAna + ` answerable`},
	{"35_socket_disconnect_refresh.json", "frame", ""},
	{"36_socket_ack.json", "TestSampleFrames", ""},
	{"40_api_postMessage_request.json", "TestSampleRequest", ""},
	{"41_api_postMessage_ok.json", "answer", ""},
	{"42_api_error_not_in_channel.json", "answer", "forbidden"},
	{"43_api_error_missing_scope.json", "answer", "forbidden"},
	{"44_api_429.http.txt", "answer", "rate limited"},
	{"45_api_users_info.json", "TestSampleFrames", ""},
}

func sampleFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimRight(data, "\n")
}

func TestSamplesAreAllNamed(t *testing.T) {
	named := make(map[string]bool)
	for _, s := range samples {
		named[s.file] = true
	}
	files, err := os.ReadDir(filepath.Join("testdata", "samples"))
	if err != nil || len(files) != len(samples) {
		t.Errorf("%d files, %v, want the %d of the table", len(files), err, len(samples))
	}
	for _, f := range files {
		if !named[f.Name()] {
			t.Errorf("%s is not in the table", f.Name())
		}
	}
}

func TestSampleCalls(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	w.slack.AddMember(slacktest.Member{ID: "U0EXTERN001", RealName: "Eve External", Team: "T0PARTNER01", Stranger: true})
	for _, s := range samples {
		endpoint, body := s.kind, sampleFile(t, s.file)
		switch s.kind {
		case "events", "actions", "commands":
		case "payload":
			endpoint, body = "actions", form("payload", string(body))
		default:
			continue
		}
		t.Run(s.file, func(t *testing.T) {
			update, err := w.desk.Receive(w.signed(t, body), endpoint)
			if err != nil {
				t.Fatalf("Receive() = %v", err)
			}
			if got := told(update.Actions) + commanded(update.Command) + string(update.Response.Body); got != s.want {
				t.Errorf("Receive() =\n%s, want\n%s", got, s.want)
			}
		})
	}
}

// scripted is a Slack that says what it is told, byte for byte.
type scripted struct {
	server *httptest.Server
	frames [][]byte
	mute   bool          // says its frames and nothing more, no pong either
	linked chan struct{} // has one for each connection

	mu   sync.Mutex
	acks []string
	done chan struct{} // closed when a fence was acknowledged
	post func(w http.ResponseWriter)
}

const fence = `{"envelope_id":"fence","type":"new_thing","payload":{}}`

func script(t *testing.T) *scripted {
	t.Helper()
	s := &scripted{done: make(chan struct{}), linked: make(chan struct{}, 100)}
	mux := http.NewServeMux()
	say := func(path, body string) {
		mux.HandleFunc("POST /api/"+path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
	}
	say("auth.test", `{"ok":true,"url":"https://acme.slack.com/","user":"desk","team_id":"T0ACME0001","user_id":"U0DESKBOT1","bot_id":"B0DESKBOT1"}`)
	say("users.info", string(sampleFile(t, "45_api_users_info.json")))
	mux.HandleFunc("POST /api/chat.postMessage", func(w http.ResponseWriter, _ *http.Request) { s.post(w) })
	mux.HandleFunc("POST /api/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "url": strings.Replace(s.server.URL, "http", "ws", 1) + "/link"})
	})
	mux.HandleFunc("/link", s.link)
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	return s
}

// link says the frames and a fence, and collects acks until the fence's.
func (s *scripted) link(w http.ResponseWriter, r *http.Request) {
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	s.linked <- struct{}{}
	if s.mute {
		conn.SetPingHandler(func(string) error { return nil })
		_ = conn.WriteMessage(websocket.TextMessage, s.frames[0])
		_, _, _ = conn.ReadMessage()
		return
	}
	for _, f := range append(s.frames, []byte(fence)) {
		if conn.WriteMessage(websocket.TextMessage, f) != nil {
			return
		}
	}
	for {
		_, ack, err := conn.ReadMessage()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.acks = append(s.acks, strings.TrimSpace(string(ack)))
		s.mu.Unlock()
		if strings.Contains(string(ack), `"fence"`) {
			close(s.done)
			_, _, _ = conn.ReadMessage()
			return
		}
	}
}

func (s *scripted) desk(t *testing.T) *slackdesk.Desk {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	desk, err := slackdesk.New(slackdesk.Config{
		BotToken: models.NewSecret("xoxb-1"), AppToken: models.NewSecret("xapp-1"), Channel: "C0SUPPORT1", APIURL: s.server.URL + "/api",
	}, slackdesk.Deps{HTTP: &http.Client{Transport: transport}, Install: "pb1"})
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

func TestSampleFrames(t *testing.T) {
	s := script(t)
	var want []string
	s.frames = [][]byte{sampleFile(t, "30_socket_hello.json")}
	for _, sample := range samples {
		if sample.kind == "frame" && sample.file != "30_socket_hello.json" {
			s.frames = append(s.frames, sampleFile(t, sample.file))
		}
		if sample.kind == "frame" && sample.want != "" {
			want = append(want, sample.want)
		}
	}
	s.frames = append(s.frames, []byte("not JSON"), []byte(`{"type":"new_thing_without_envelope"}`))

	var got []string
	ctx := soon(t)
	listening := listen(ctx, t, s.desk(t), func(u handover.Update) error {
		got = append(got, told(u.Actions)+commanded(u.Command))
		return nil
	})
	wait(ctx, t, s.done)
	listening.stop(t)

	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("handled\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var ack any
	if err := json.Unmarshal(sampleFile(t, "36_socket_ack.json"), &ack); err != nil {
		t.Fatal(err)
	}
	one, err := json.Marshal(ack)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.acks) != 5 || s.acks[0] != string(one) {
		t.Fatalf("acks = %q, want five, the first %s", s.acks, one)
	}
	if strings.Contains(s.acks[3], "payload") {
		t.Errorf("the ack of the slash command = %s, want the answer by its response_url", s.acks[3])
	}
}

func TestSampleAnswers(t *testing.T) {
	kinds := map[string]handover.DeskErrorKind{
		"": 0, "forbidden": handover.DeskForbidden, "rate limited": handover.DeskRateLimited,
	}
	for _, sample := range samples {
		if sample.kind != "answer" {
			continue
		}
		t.Run(sample.file, func(t *testing.T) {
			s := script(t)
			body := sampleFile(t, sample.file)
			s.post = func(w http.ResponseWriter) { _, _ = w.Write(body) }
			if strings.HasSuffix(sample.file, ".http.txt") {
				s.post = func(w http.ResponseWriter) { raw(t, w, body) }
			}
			desk := s.desk(t)
			if err := desk.Setup(soon(t)); err != nil {
				t.Fatal(err)
			}
			id, err := desk.Open(soon(t), luis())
			if got := kindOf(t, err); got != kinds[sample.want] {
				t.Errorf("Open() = %q, %v, want %q", id, err, sample.want)
			}
			if e, ok := errors.AsType[*handover.DeskError](err); ok && e.Kind == handover.DeskRateLimited && e.RetryAfter != 7*time.Second {
				t.Errorf("RetryAfter = %v, want 7s", e.RetryAfter)
			}
			if sample.want == "" && id != "C0SUPPORT1/1793900050.000150" {
				t.Errorf("Open() = %q, want C0SUPPORT1/1793900050.000150", id)
			}
		})
	}
}

// raw answers with the bytes of a whole HTTP answer.
func raw(t *testing.T, w http.ResponseWriter, answer []byte) {
	t.Helper()
	conn, out, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	answer = bytes.ReplaceAll(answer, []byte("\r\n"), []byte("\n"))
	head, body, _ := bytes.Cut(answer, []byte("\n\n"))
	_, _ = out.Write(bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n")))
	_, _ = out.WriteString("\r\nConnection: close\r\n\r\n")
	_, _ = out.Write(body)
	_ = out.Flush()
	_ = conn.Close()
}

// TestSampleRequest posts the sample to the stand-in, as other programs do.
func TestSampleRequest(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	id, err := w.slack.Agent(slacktest.Ana).PostTop(t.Context(), slacktest.Support, "root")
	if err != nil {
		t.Fatal(err)
	}
	_, root, _ := strings.Cut(id, "/")
	body := bytes.ReplaceAll(sampleFile(t, "40_api_postMessage_request.json"), []byte("1793900000.000100"), []byte(root))
	req, err := http.NewRequestWithContext(soon(t), http.MethodPost, w.slack.APIURL()+"chat.postMessage", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+slacktest.BotToken)
	resp, err := w.deps.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct{ OK bool }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || !answer.OK {
		t.Errorf("chat.postMessage = %+v, %v, want ok", answer, err)
	}
	if _, err := w.slack.WaitPost(soon(t), id, "Hola, ¿dónde está mi pedido? <3"); err != nil {
		t.Error(err)
	}
}
