package whatsapp_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
)

// codes are the error codes that are told apart, and what they mean.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
func codes() map[int]channels.ErrorKind {
	all := map[int]channels.ErrorKind{}
	for kind, list := range map[channels.ErrorKind][]int{
		channels.Forbidden:    {0, 3, 10, 33, 190, 200, 210, 299, 368, 131005, 131031, 131037, 131042, 131044, 131045, 131048, 133010},
		channels.RateLimited:  {4, 80007, 130429, 131056},
		channels.Temporary:    {1, 2, 131000, 131016, 131057, 133004},
		channels.WindowClosed: {131047},
		channels.Unreachable:  {130497, 131021, 131026, 131030},
		channels.Rejected: {
			100, 130472, 131008, 131009, 131049, 131050, 131051, 131052, 131053, 131062, 132000, 132001, 132005, 132007, 132008,
			132012, 132015, 132016, 132018, 135000, 137000,
		},
	} {
		for _, code := range list {
			all[code] = kind
		}
	}
	return all
}

// graphError is an error as the API writes it, with a customer's number in the words that are for people.
func graphError(code int, more string) string {
	return fmt.Sprintf(`{"error":{"message":"(#%d) 5215550001111","type":"OAuthException","code":%d%s,`+
		`"error_data":{"messaging_product":"whatsapp","details":"5215550001111"},"fbtrace_id":"A"}}`, code, code, more)
}

// refusing is an adapter whose platform answers with status, header and body.
func refusing(t *testing.T, status int, body string, header http.Header) whole {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for key := range header {
			w.Header().Set(key, header.Get(key))
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return open(t, config(s.URL), quiet())
}

func send(t *testing.T, a channels.Adapter) error {
	t.Helper()
	id, err := a.Send(t.Context(), channels.Outbound{ID: "m1", Address: luisPhone, Text: "hi"})
	if id != "" {
		t.Errorf("Send() = %q beside an error", id)
	}
	return err
}

// safe checks that an error says which code it was, and nothing that an agent should not see.
func safe(t *testing.T, err error, ref string) {
	t.Helper()
	text := fmt.Sprintf("%v %+v", err, err)
	if !strings.Contains(text, ref) || !strings.Contains(text, "WhatsApp") || len(text) > 500 {
		t.Errorf("error = %q, want words with %s", text, ref)
	}
	for _, secret := range []string{"5215550001111", accessToken, appSecret, verifyToken, "http://"} {
		if strings.Contains(text, secret) {
			t.Errorf("error = %q, want it without %q", text, secret)
		}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		t.Errorf("error wraps a URL: %v", u)
	}
}

func TestCodesOfTheAPI(t *testing.T) {
	for code, want := range codes() {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			// The status says something else than the code, which decides.
			status := http.StatusBadRequest
			if want == channels.Rejected {
				status = http.StatusInternalServerError
			}
			err := send(t, refusing(t, status, graphError(code, ""), nil))
			if got := channels.KindOf(err); err == nil || got != want {
				t.Errorf("Send() = %v (%v), want %v", err, got, want)
			}
			safe(t, err, fmt.Sprintf("(%d)", code))
		})
	}
}

func TestCodesOfFailedStatuses(t *testing.T) {
	a := open(t, config(""), quiet())
	all := codes()
	all[999999] = channels.Rejected
	for code, want := range all {
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[`+
			`{"id":"wamid.1","status":"failed","errors":[{"title":"5215550001111"},{"code":%d,"title":"5215550001111"}]}]}}]}]}`, code)
		u, err := a.Receive(signed([]byte(body)))
		if err != nil || len(u.Inbound) != 1 {
			t.Fatalf("Receive(%d) = %+v, %v, want a receipt", code, u, err)
		}
		in := u.Inbound[0]
		if in.Error == nil || in.Error.Kind != want {
			t.Errorf("Receive(%d) = %v, want %v", code, in.Error, want)
			continue
		}
		safe(t, in.Error, fmt.Sprintf("(%d)", code))
	}
}

func TestFailedStatusWithoutReason(t *testing.T) {
	body := `{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"wamid.1","status":"failed"}]}}]}]}`
	u, err := open(t, config(""), quiet()).Receive(signed([]byte(body)))
	if err != nil || len(u.Inbound) != 1 || u.Inbound[0].Error == nil || u.Inbound[0].Error.Kind != channels.Rejected {
		t.Errorf("Receive() = %+v, %v, want a rejected receipt", u, err)
	}
}

func TestRefusalsByStatus(t *testing.T) {
	page := "<html><body>Sorry, something went wrong for 5215550001111.</body></html>"
	tests := []struct {
		name   string
		status int
		body   string
		header http.Header
		want   channels.ErrorKind
		after  time.Duration
		ref    string
	}{
		{name: "unknown code, bad request", status: 400, body: graphError(424242, ""), want: channels.Rejected, ref: "(424242)"},
		{name: "unknown code, unauthorized", status: 401, body: graphError(424242, ""), want: channels.Forbidden, ref: "(424242)"},
		{name: "unknown code, forbidden", status: 403, body: graphError(424242, ""), want: channels.Forbidden, ref: "(424242)"},
		{name: "unknown code, too many", status: 429, body: graphError(424242, ""), want: channels.RateLimited, ref: "(424242)"},
		{name: "unknown code, server", status: 500, body: graphError(424242, ""), want: channels.Temporary, ref: "(424242)"},
		{name: "unknown code that will pass", status: 400, body: graphError(424242, `,"is_transient":true`), want: channels.Temporary, ref: "(424242)"},
		{name: "no such number", status: 400, body: graphError(100, `,"error_subcode":33`), want: channels.Forbidden, ref: "(100)"},
		{name: "error without code", status: 400, body: `{"error":{"message":"?"}}`, want: channels.Rejected, ref: "(HTTP 400)"},
		{name: "pair rate", status: 400, body: graphError(131056, ""), want: channels.RateLimited, after: 6 * time.Second, ref: "(131056)"},
		{name: "account rate", status: 400, body: graphError(80007, ""), want: channels.RateLimited, after: time.Minute, ref: "(80007)"},
		{name: "upgrade", status: 400, body: graphError(131057, ""), want: channels.Temporary, after: time.Minute, ref: "(131057)"},
		{name: "told how long", status: 429, body: graphError(131056, ""), header: http.Header{"Retry-After": {"17"}}, want: channels.RateLimited, after: 17 * time.Second, ref: "(131056)"},
		{name: "page 400", status: 400, body: page, want: channels.Temporary, ref: "(HTTP 400)"},
		{name: "page 403", status: 403, body: page, want: channels.Forbidden, ref: "(HTTP 403)"},
		{name: "page 404", status: 404, body: page, want: channels.Forbidden, ref: "(HTTP 404)"},
		{name: "page 429", status: 429, body: page, header: http.Header{"Retry-After": {"3"}}, want: channels.RateLimited, after: 3 * time.Second, ref: "(HTTP 429)"},
		{name: "page 500", status: 500, body: page, want: channels.Temporary, ref: "(HTTP 500)"},
		{name: "page 502", status: 502, body: page, want: channels.Temporary, ref: "(HTTP 502)"},
		{name: "page 503", status: 503, body: page, want: channels.Temporary, ref: "(HTTP 503)"},
		{name: "redirect", status: 302, header: http.Header{"Location": {"https://example.com/"}}, want: channels.Forbidden, ref: "(HTTP 302)"},
		{name: "empty 500", status: 500, want: channels.Temporary, ref: "(HTTP 500)"},
		{name: "page 200", status: 200, body: page, want: channels.Temporary, ref: "cannot be read"},
		{name: "half 200", status: 200, body: `{"messaging_product":"whats`, want: channels.Temporary, ref: "cannot be read"},
		{name: "200 without id", status: 200, body: `{"messaging_product":"whatsapp","messages":[]}`, want: channels.Temporary, ref: "names no message"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := send(t, refusing(t, tt.status, tt.body, tt.header))
			if got := channels.KindOf(err); err == nil || got != tt.want {
				t.Errorf("Send() = %v (%v), want %v", err, got, tt.want)
			}
			if got := channels.RetryAfter(err); got != tt.after {
				t.Errorf("RetryAfter = %v, want %v", got, tt.after)
			}
			safe(t, err, tt.ref)
		})
	}
}
