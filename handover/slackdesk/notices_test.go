package slackdesk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
)

// notices returns every notice that package handover names, so that none is forgotten here.
func notices(t *testing.T) (all []handover.NoticeKey) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../notice.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		kind, ok := spec.Type.(*ast.Ident)
		if !ok || kind.Name != "NoticeKey" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, handover.NoticeKey(value))
		return true
	})
	if len(all) < 40 {
		t.Fatalf("%d notices are named, want all", len(all))
	}
	return all
}

// Ensure that Slack takes every private word, with the buttons that it has, also where ids and words are as long as they can be.
func TestNotices(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, func(_ *slackdesk.Config, d *slackdesk.Deps) { d.Install = "pb1" })
	thread := w.open(t)
	ana := w.slack.Agent(slacktest.Ana)
	for _, key := range notices(t) {
		n := handover.NoticeFor(key)
		if n.Text == "" || strings.Contains(n.Text, "  ") {
			t.Errorf("NoticeFor(%s) = %q", key, n.Text)
			continue
		}
		n.Handover, n.Post = "h1", slacktest.Support+"/1793900100.000100"
		if err := w.desk.Whisper(t.Context(), thread, slacktest.Ana, n); err != nil {
			t.Errorf("Whisper(%s) = %v", key, err)
			continue
		}
		all := ana.Whispers()
		last := all[len(all)-1]
		if len(last.Buttons) != len(n.Choices) {
			t.Errorf("the whisper %s has %d buttons, want %d", key, len(last.Buttons), len(n.Choices))
		}
		compare(t, "whispers/"+string(key), slacktest.Post{Text: last.Text, Blocks: last.Blocks})

		n.Text, n.Handover = strings.Repeat("<é&😀", 3000), strings.Repeat("h", 64)
		if err := w.desk.Whisper(t.Context(), thread, slacktest.Ana, n); err != nil {
			t.Errorf("Whisper(%s) with a text that is too long = %v", key, err)
		}
	}
}
