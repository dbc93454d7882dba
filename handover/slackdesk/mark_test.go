package slackdesk_test

import (
	"strings"
	"testing"

	"patchbay/handover"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// reactions returns the reactions on a reply of an agent's.
func (w *world) reactions(t *testing.T, thread, post string) string {
	t.Helper()
	all, _ := w.slack.Thread(thread)
	for _, p := range all.Posts() {
		if p.ID == post {
			return strings.Join(p.Reactions, " ")
		}
	}
	t.Fatalf("no post %s", post)
	return ""
}

// Ensure that marks are reactions, and that one which is there already, or gone already, is no failure.
func TestMark(t *testing.T) {
	w := start(t, slacktest.Options{}, nil)
	thread := w.open(t)
	post, err := w.slack.Agent(slacktest.Ana).Reply(t.Context(), thread, "hello")
	if err != nil {
		t.Fatal(err)
	}
	for mark, name := range map[models.Mark]string{
		models.MarkWaiting: "hourglass_flowing_sand", models.MarkSent: "white_check_mark", models.MarkRead: "eyes", models.MarkFailed: "x",
	} {
		for range 2 {
			if err := w.desk.Mark(soon(t), post, mark); err != nil {
				t.Errorf("Mark(%s) = %v", mark, err)
			}
		}
		if got := w.reactions(t, thread, post); got != name {
			t.Errorf("the reactions are %q, want %q", got, name)
		}
		for range 2 {
			if err := w.desk.Unmark(soon(t), post, mark); err != nil {
				t.Errorf("Unmark(%s) = %v", mark, err)
			}
		}
		if got := w.reactions(t, thread, post); got != "" {
			t.Errorf("the reactions are %q, want none", got)
		}
	}
}

// Ensure that each failure of a mark means what the engine has to know.
func TestMark_failures(t *testing.T) {
	tests := []struct {
		fault slacktest.Fault
		want  handover.DeskErrorKind
	}{
		{slacktest.Fault{Error: "message_not_found"}, handover.DeskGone},
		{slacktest.Fault{Error: "missing_scope", Needed: "reactions:write"}, handover.DeskForbidden},
		{slacktest.Fault{Error: "too_many_reactions"}, handover.DeskRejected},
		{slacktest.Fault{Error: "thread_locked"}, handover.DeskRejected},
		{slacktest.Fault{Error: "internal_error"}, handover.DeskTemporary},
		{slacktest.Fault{RetryAfter: 7}, handover.DeskRateLimited},
		{slacktest.Fault{Status: 503}, handover.DeskTemporary},
	}
	w := start(t, slacktest.Options{}, nil)
	for _, tt := range tests {
		tt.fault.Method = "reactions.add"
		w.slack.Break(tt.fault)
		if got := kindOf(t, w.desk.Mark(soon(t), "C0SUPPORT1/1793900000.000100", models.MarkSent)); got != tt.want {
			t.Errorf("Mark() with %+v fails with kind %d, want %d", tt.fault, got, tt.want)
		}
	}
	for _, post := range []string{"", "C0SUPPORT1", "C0SUPPORT1/yesterday"} {
		if got := kindOf(t, w.desk.Mark(soon(t), post, models.MarkSent)); got != handover.DeskRejected {
			t.Errorf("Mark(%q) fails with kind %d, want rejected", post, got)
		}
	}
	if got := kindOf(t, w.desk.Mark(soon(t), "C0SUPPORT1/1793900000.000100", "unheard of")); got != handover.DeskRejected {
		t.Errorf("Mark() of an unknown mark fails with kind %d, want rejected", got)
	}
}
