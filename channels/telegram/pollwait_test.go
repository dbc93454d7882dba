package telegram_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"patchbay/channels"
)

// script answers getUpdates in turn; the last answer holds for all others. Nobody has a webhook.
func script(calls *[]map[string]string, steps ...func() (int, string)) roundTrip {
	var mu sync.Mutex
	return func(method string, params map[string]string) (int, string) {
		mu.Lock()
		defer mu.Unlock()
		switch method {
		case "getWebhookInfo":
			return 200, `{"ok":true,"result":{"url":""}}`
		case "getUpdates":
		default:
			return 200, `{"ok":true,"result":true}`
		}
		step := steps[min(len(*calls), len(steps)-1)]
		params["at"] = time.Now().UTC().Format(time.RFC3339)
		*calls = append(*calls, params)
		return step()
	}
}

func gives(status int, body string) func() (int, string) {
	return func() (int, string) { return status, body }
}

const (
	nothing  = `{"ok":true,"result":[]}`
	rivals   = `{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}`
	oneHello = `{"ok":true,"result":[{"update_id":7,"message":{"message_id":1,"date":1,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"A"},"text":"hello"}}]}`
)

// seconds returns when the calls came, counted from the first one.
func seconds(t *testing.T, calls []map[string]string) []int {
	t.Helper()
	var at []int
	var first time.Time
	for _, c := range calls {
		when, err := time.Parse(time.RFC3339, c["at"])
		if err != nil {
			t.Fatal(err)
		}
		if first.IsZero() {
			first = when
		}
		at = append(at, int(when.Sub(first)/time.Second))
	}
	return at
}

// Ensure trouble is waited out: longer each time up to a minute, as long as Telegram asks, and anew after a success.
func TestPollWaits(t *testing.T) {
	down, limited := gives(502, "<html>"), gives(429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 30","parameters":{"retry_after":30}}`)
	hang := gives(0, "")
	tests := []struct {
		name     string
		steps    []func() (int, string)
		min, max []int // seconds between one poll and the next
	}{
		{"down", []func() (int, string){down, down, down, down, down, down, down, down, hang}, []int{0, 1, 3, 6, 12, 25, 48, 48}, []int{2, 3, 5, 10, 20, 39, 72, 72}},
		{"retry_after", []func() (int, string){limited, hang}, []int{30}, []int{30}},
		{"success between", []func() (int, string){down, down, down, gives(200, oneHello), down, hang}, []int{0, 1, 3, 0, 0}, []int{2, 3, 5, 0, 2}},
		{"half", []func() (int, string){gives(200, `{"ok":true,"resu`), hang}, []int{0}, []int{2}},
		{"no list", []func() (int, string){gives(200, `{"ok":true,"result":{}}`), hang}, []int{0}, []int{2}},
		{"empty at once", []func() (int, string){gives(200, nothing), gives(200, nothing), hang}, []int{1, 1}, []int{1, 1}},
		{"unreadable", []func() (int, string){gives(200, `{"ok":true,"result":[[],{"update_id":"x"}]}`), hang}, []int{0}, []int{2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls []map[string]string
				a := makeKit(t, "http://telegram.invalid", "", script(&calls, test.steps...))
				var b box
				stop := run(t, a, b.store)
				time.Sleep(10 * time.Minute)
				if err := stop(); err != nil {
					t.Fatalf("Poll = %v", err)
				}
				at := seconds(t, calls)
				for i := range test.min {
					if wait := at[i+1] - at[i]; wait < test.min[i] || wait > test.max[i] {
						t.Errorf("poll %d came %d s after the one before, want %d to %d", i+1, wait, test.min[i], test.max[i])
					}
				}
			})
		})
	}
}

// Ensure a refused token ends polling.
func TestPollUnauthorized(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []map[string]string
		a := makeKit(t, "http://telegram.invalid", "", script(&calls, gives(401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)))
		err := a.Poll(t.Context(), func(context.Context, channels.Update) error { return nil })
		if channels.KindOf(err) != channels.Forbidden || len(calls) != 1 {
			t.Errorf("Poll = %v after %d calls, want Forbidden after 1", err, len(calls))
		}
	})
}

// Ensure another poller is waited out for a minute, and then named.
func TestPollRival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []map[string]string
		a := makeKit(t, "http://telegram.invalid", "", script(&calls, gives(409, rivals)))
		began := time.Now()
		err := a.Poll(t.Context(), func(context.Context, channels.Update) error { return nil })
		if channels.KindOf(err) != channels.Forbidden || !strings.Contains(err.Error(), "another program polls") {
			t.Errorf("Poll = %v, want Forbidden that names the rival", err)
		}
		if took := time.Since(began); took < time.Minute || took > 2*time.Minute {
			t.Errorf("Poll gave up after %v, want between one minute and two", took)
		}
	})
}

// Ensure a copy that is being replaced is waited out, and that a rival months later gets his minute too.
func TestPollRivalGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rival := gives(409, rivals)
		quiet := func() (int, string) {
			time.Sleep(50 * time.Second)
			return 200, nothing
		}
		steps := []func() (int, string){rival, rival}
		for range 10 {
			steps = append(steps, quiet)
		}
		steps = append(steps, rival, rival, gives(0, ""))
		var calls []map[string]string
		a := makeKit(t, "http://telegram.invalid", "", script(&calls, steps...))
		stop := run(t, a, func(context.Context, channels.Update) error { return nil })
		time.Sleep(15 * time.Minute)
		if err := stop(); err != nil || len(calls) < len(steps) {
			t.Errorf("Poll = %v after %d polls, want nil after %d at least", err, len(calls), len(steps))
		}
	})
}

// Ensure polling goes on where Telegram starts counting anew, after a week without updates.
func TestPollForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := func() (int, string) {
			time.Sleep(50 * time.Second)
			return 200, nothing
		}
		var calls []map[string]string
		a := makeKit(t, "http://telegram.invalid", "", script(&calls, gives(200, oneHello), quiet))
		var b box
		stop := run(t, a, b.store)
		time.Sleep(7 * 24 * time.Hour)
		if err := stop(); err != nil {
			t.Fatalf("Poll = %v", err)
		}
		if first, last := calls[1]["offset"], calls[len(calls)-1]["offset"]; first != "8" || last != "" {
			t.Errorf("offset = %q, then %q after a week, want 8 and none", first, last)
		}
	})
}
