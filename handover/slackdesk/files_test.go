package slackdesk_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// opened returns a desk that is set up, with a thread.
func opened(t *testing.T, opts slacktest.Options) (w *world, thread string) {
	t.Helper()
	w = start(t, opts, nil)
	if err := w.desk.Setup(soon(t)); err != nil {
		t.Fatal(err)
	}
	thread, err := w.desk.Open(soon(t), luis())
	if err != nil {
		t.Fatal(err)
	}
	return w, thread
}

// Ensure that a file is seen by nobody before it is shared, and that it is known then that it is.
func TestStageAndShare(t *testing.T) {
	w, thread := opened(t, slacktest.Options{Unpaced: true})
	id, err := w.desk.Stage(soon(t), models.Attachment{Name: "a b.pdf", Size: 9}, strings.NewReader("%PDF-1.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := w.desk.Shared(soon(t), thread, []string{id}); shown || err != nil {
		t.Errorf("Shared before = %t, %v, want false", shown, err)
	}
	share := handover.Share{Author: models.ByCustomer, Name: "Luis <!channel>", Files: []handover.Staged{{ID: id, Name: "a b.pdf"}}}
	if err := w.desk.Share(soon(t), thread, share); err != nil {
		t.Fatal(err)
	}
	if shown, err := w.desk.Shared(soon(t), thread, []string{id}); !shown || err != nil {
		t.Errorf("Shared = %t, %v, want true", shown, err)
	}
	other, err := w.desk.Open(soon(t), luis())
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := w.desk.Shared(soon(t), other, []string{id}); shown || err != nil {
		t.Errorf("Shared in another thread = %t, %v, want false", shown, err)
	}
	all, _ := w.slack.Thread(thread)
	files, posts := all.Files()
	if posts != 1 || len(files) != 1 || files[0].Name != "a b.pdf" || files[0].Data != "%PDF-1.7\n" {
		t.Errorf("the thread shows %+v in %d posts", files, posts)
	}
	if text := all.Posts()[0].Text; strings.Contains(text, "<!channel>") {
		t.Errorf("the post mentions everybody: %q", text)
	}
}

// Ensure that an error of the file's source can be told from one of Slack's.
func TestStage_sourceFails(t *testing.T) {
	w, _ := opened(t, slacktest.Options{Unpaced: true})
	gone := errors.New("the source is gone")
	_, err := w.desk.Stage(soon(t), models.Attachment{Name: "a.pdf", Size: 9000}, io.MultiReader(strings.NewReader("%PDF"), failing{gone}))
	if !errors.Is(err, gone) {
		t.Errorf("Stage = %v, want the source's error in it", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Ensure that an agent's file is streamed as it is, and that what is no file of Slack's is not taken for one.
func TestOpenFile(t *testing.T) {
	for _, tt := range []struct {
		name   string
		file   slacktest.File
		change func(*slacktest.Server)
		kind   handover.DeskErrorKind // 0 is none
		text   string
	}{
		{"a file", slacktest.File{}, nil, 0, ""},
		{"kept elsewhere", slacktest.File{External: true}, nil, handover.DeskRejected, "send its link instead"},
		{"deleted", slacktest.File{Gone: true}, nil, handover.DeskRejected, "file_deleted"},
		{"the page to sign in", slacktest.File{}, func(s *slacktest.Server) {
			s.Break(slacktest.Fault{Method: "download", HTML: true})
		}, handover.DeskForbidden, "files:read"},
		{"no scope", slacktest.File{}, func(s *slacktest.Server) { s.SetScopes("chat:write") }, handover.DeskForbidden, "files:read"},
		{"slack is away", slacktest.File{}, func(s *slacktest.Server) {
			s.Break(slacktest.Fault{Method: "download", Status: http.StatusBadGateway})
		}, handover.DeskTemporary, "502"},
		{"too often", slacktest.File{}, func(s *slacktest.Server) {
			s.Break(slacktest.Fault{Method: "files.info", RetryAfter: 7})
		}, handover.DeskRateLimited, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, thread := opened(t, slacktest.Options{Unpaced: true})
			tt.file.ID, tt.file.Name, tt.file.MIME, tt.file.Data, tt.file.Size = "F0A", "a.pdf", "application/pdf", "%PDF-1.7\n", 5000
			if _, err := w.slack.Agent(slacktest.Ana).Send(soon(t), thread, slacktest.Message{Text: "here", Files: []slacktest.File{tt.file}}); err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				tt.change(w.slack)
			}
			s, err := w.desk.OpenFile(soon(t), models.Attachment{Ref: "F0A"})
			if tt.kind == 0 {
				if err != nil || s.Size != 5000 || s.Name != "a.pdf" || s.MIME != "application/pdf" {
					t.Fatalf("OpenFile = %+v, %v", s, err)
				}
				data, err := io.ReadAll(s)
				if err != nil || len(data) != 5000 || !strings.HasPrefix(string(data), "%PDF-1.7\n") {
					t.Errorf("read %d bytes, %v", len(data), err)
				}
				_ = s.Close()
				return
			}
			e, ok := errors.AsType[*handover.DeskError](err)
			if !ok || e.Kind != tt.kind || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), slacktest.BotToken) {
				t.Errorf("OpenFile = %v, want kind %d with %q", err, tt.kind, tt.text)
			}
		})
	}
}

// Ensure that the token goes to Slack's own hosts alone, whatever address a file has.
func TestOpenFile_hosts(t *testing.T) {
	stolen := ""
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = r.Header.Get("Authorization") }))
	defer thief.Close()
	for _, address := range []string{
		thief.URL + "/a", "https://files.slack.com.evil.example/a", "https://evilslack.com/a", "http://files.slack.com/a", "https://u@files.slack.com/a",
		"https://files.slack.com:8443/a",
	} {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "auth.test") {
				_, _ = fmt.Fprintf(w, `{"ok":true,"user_id":"U1","bot_id":"B1","team_id":"T1","url":"https://acme.slack.com/"}`)
				return
			}
			_, _ = fmt.Fprintf(w, `{"ok":true,"file":{"id":"F1","mode":"hosted","url_private_download":%q}}`, address)
		}))
		d, err := slackdesk.New(slackdesk.Config{
			BotToken: models.NewSecret(slacktest.BotToken), SigningSecret: models.Secrets{models.NewSecret("x")}, Channel: "C0000001", APIURL: api.URL + "/api/",
		}, slackdesk.Deps{})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Setup(soon(t)); err != nil {
			t.Fatal(err)
		}
		_, err = d.OpenFile(soon(t), models.Attachment{Ref: "F1"})
		if e, ok := errors.AsType[*handover.DeskError](err); !ok || e.Kind != handover.DeskRejected || stolen != "" {
			t.Errorf("OpenFile at %q = %v; the token went there: %t", address, err, stolen != "")
		}
		api.Close()
	}
}
