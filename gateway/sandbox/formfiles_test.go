package sandbox_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/handover/slackdesk/slacktest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// keptForm is a form as a file keeps it.
type keptForm struct {
	Title  string `json:"title"`
	Submit string `json:"submit"`
	Blocks any    `json:"blocks"`
}

// compareForm compares a form with a file. The stand-in has judged its blocks as Slack does.
func compareForm(t *testing.T, name string, f slacktest.Form) {
	t.Helper()
	kept := keptForm{Title: f.Title, Submit: f.Submit}
	if err := json.Unmarshal(f.Blocks, &kept.Blocks); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(kept); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "forms", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s: got\n%s, want\n%s", path, got.Bytes(), want)
	}
}

// Ensure that the forms that agents fill in are as the files have them.
func TestFormFiles(t *testing.T) {
	lines := []string{standardReplies(t), `teams = { billing = "` + billing + `", sales = "` + slacktest.Support + `" }`, `categories = ["Order", "Refund"]`}
	both(t, desk(lines...), func(r *rig) {
		ana := r.ana()
		thread := r.person()
		r.click(ana, thread, "Pass on")
		compareForm(r.t, "pass", r.form(ana, "Pass on"))
		r.ok(ana.CloseForm(r.ctx))
		r.click(ana, thread, "Canned reply")
		compareForm(r.t, "canned", r.form(ana, "Canned reply"))
		r.ok(ana.Enter(r.ctx, "Which one?", "Refund"))
		r.until("the preview shows", func() bool {
			f, _ := ana.Form()
			return strings.Contains(string(f.Blocks), "fields.order")
		})
		f, _ := ana.Form()
		compareForm(r.t, "canned_chosen", f)
		r.ok(ana.CloseForm(r.ctx))
		r.click(ana, thread, "Resolve")
		compareForm(r.t, "resolve", r.form(ana, "Resolved"))
	})
}
