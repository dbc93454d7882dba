package telegramtest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
)

// Ensure updates are kept until they are confirmed, in order, for a day.
func TestGetUpdates(t *testing.T) {
	c := newClock()
	s := start(t, telegramtest.Config{Now: c.Now})
	u := s.User(5, "Ann", "de")
	for i := range 5 {
		write(t, u, strconv.Itoa(i))
	}
	get := func(pairs ...string) []string {
		t.Helper()
		r := call(t, s, "getUpdates", pairs...)
		var updates []struct {
			ID      int `json:"update_id"`
			Message struct {
				Text string
				From struct {
					Language string `json:"language_code"`
				}
			}
		}
		if err := json.Unmarshal(r.Result, &updates); err != nil {
			t.Fatalf("getUpdates = %+v: %v", r, err)
		}
		list := []string{}
		for _, one := range updates {
			list = append(list, fmt.Sprintf("%d %s %s", one.ID-900_000_000, one.Message.Text, one.Message.From.Language))
		}
		return list
	}
	tests := []struct {
		params []string
		want   []string
	}{
		{nil, []string{"1 0 de", "2 1 de", "3 2 de", "4 3 de", "5 4 de"}},
		{[]string{"limit", "2"}, []string{"1 0 de", "2 1 de"}},
		{[]string{"offset", "900000003", "limit", "2"}, []string{"3 2 de", "4 3 de"}},
		{nil, []string{"3 2 de", "4 3 de", "5 4 de"}},
		{[]string{"offset", "-1"}, []string{"5 4 de"}},
		{nil, []string{"5 4 de"}},
		{[]string{"offset", "900000006"}, []string{}},
	}
	for _, test := range tests {
		if got := get(test.params...); !slices.Equal(got, test.want) {
			t.Errorf("getUpdates %q = %q, want %q", test.params, got, test.want)
		}
	}
	write(t, u, "old")
	c.Add(25 * time.Hour)
	if got := get(); len(got) != 0 {
		t.Errorf("getUpdates after a day = %q, want none", got)
	}
}

// Ensure a poll waits for what comes, ends one that was there before, and ends when a webhook is set.
func TestLongPoll(t *testing.T) {
	s := start(t, loose())
	u := s.User(5, "Ann", "")
	polls := func() int { return len(s.Calls("getUpdates")) }
	results := make(chan reply, 3)
	poll := func() {
		before := polls()
		go func() { results <- call(t, s, "getUpdates", "timeout", "50") }()
		if err := s.Wait(deadline(t), func() bool { return polls() > before }); err != nil {
			t.Fatal(err)
		}
	}
	poll()
	write(t, u, "hello")
	if r := <-results; !r.OK || !strings.Contains(string(r.Result), "hello") {
		t.Errorf("getUpdates = %+v, want hello", r)
	}
	call(t, s, "getUpdates", "offset", "900000002")
	poll()
	call(t, s, "getUpdates")
	if r := <-results; r.Status != 409 || !strings.Contains(r.Description, "terminated by other getUpdates request") {
		t.Errorf("first of two polls = %+v, want 409", r)
	}
	poll()
	call(t, s, "setWebhook", "url", "https://other.example/x")
	if r := <-results; r.Status != 409 {
		t.Errorf("poll when a webhook is set = %+v, want 409", r)
	}
	if r := call(t, s, "getUpdates"); r.Status != 409 || !strings.Contains(r.Description, "webhook is active") {
		t.Errorf("poll beside a webhook = %+v, want 409", r)
	}
	call(t, s, "deleteWebhook")
	began := time.Now()
	if r := call(t, s, "getUpdates", "timeout", "1"); !r.OK || string(r.Result) != "[]" || time.Since(began) < time.Second {
		t.Errorf("poll of one second = %+v after %v", r, time.Since(began))
	}
}

// Ensure only what was asked for comes, and that the setting stays.
func TestAllowedUpdates(t *testing.T) {
	s := start(t, loose())
	u := s.User(5, "Ann", "")
	id := write(t, u, "one")
	call(t, s, "getUpdates", "allowed_updates", `["edited_message"]`)
	write(t, u, "two")
	if err := u.Edit(t.Context(), id, "1"); err != nil {
		t.Fatal(err)
	}
	r := call(t, s, "getUpdates", "offset", "900000002")
	if got := string(r.Result); strings.Contains(got, "two") || !strings.Contains(got, "edited_message") {
		t.Errorf("getUpdates = %s, want only the edit", got)
	}
	s.Push("message_reaction", map[string]any{"message_id": 1})
	if got := s.Pending(); got != 2 {
		t.Errorf("Pending = %d, want the edit and what was pushed", got)
	}
}
