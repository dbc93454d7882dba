package whatsapp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp"
	"patchbay/channels/whatsapp/whatsapptest"
)

func TestCheck(t *testing.T) {
	all := []string{"whatsapp_business_management", "whatsapp_business_messaging"}
	tests := []struct {
		name   string
		change func(*whatsapptest.Server)
		want   []string // the findings' marks and words that are in them
	}{
		{"all is well", func(*whatsapptest.Server) {},
			[]string{"ok never expires", "ok 15550100200 (Acme)", "ok subscribed to the business account 330000000000001", "? https"}},
		{"person's token", func(s *whatsapptest.Server) {
			s.SetToken(whatsapptest.Token{Type: "USER", Scopes: all, Expires: time.Now().Add(time.Hour)})
		}, []string{"? a person's (USER)", "ok 15550100200", "ok subscribed", "? https"}},
		{"system user's token that expires", func(s *whatsapptest.Server) {
			s.SetToken(whatsapptest.Token{Type: "SYSTEM_USER", Scopes: all, Expires: time.Now().Add(time.Hour)})
		}, []string{"? expires on", "ok 15550100200", "ok subscribed", "? https"}},
		{"expired token", func(s *whatsapptest.Server) {
			s.SetToken(whatsapptest.Token{Type: "USER", Scopes: all, Expires: time.Now().Add(-time.Hour)})
		}, []string{"no not valid any more", "? https"}},
		{"withdrawn token", func(s *whatsapptest.Server) { s.SetToken(whatsapptest.Token{Invalid: true}) },
			[]string{"no access_token: ", "? https"}},
		{"token that may not look", func(s *whatsapptest.Server) {
			s.SetToken(whatsapptest.Token{Type: "SYSTEM_USER", Scopes: all[1:]})
		}, []string{"ok never expires", "? whatsapp_business_management", "ok subscribed", "? https"}},
		{"token that may not send", func(s *whatsapptest.Server) {
			s.SetToken(whatsapptest.Token{Type: "SYSTEM_USER", Scopes: all[:1]})
		}, []string{"ok never expires", "no lacks the permission whatsapp_business_messaging", "ok 15550100200", "ok subscribed", "? https"}},
		{"token that names no account", func(s *whatsapptest.Server) { s.SetToken(whatsapptest.Token{Type: "SYSTEM_USER"}) },
			[]string{"ok never expires", "? whatsapp_business_management", "? was not checked", "? https"}},
		{"not subscribed", func(s *whatsapptest.Server) { s.Unsubscribe() },
			[]string{"ok never expires", "ok 15550100200", "no POST", "? https"}},
		{"platform in trouble", func(s *whatsapptest.Server) { s.Fault(whatsapptest.Fault{Times: -1, HTML: 503}) },
			[]string{"? could not be looked at", "? could not be looked at", "? was not checked", "? https"}},
		{"low quality", func(s *whatsapptest.Server) { s.SetField(number, "quality_rating", "RED") },
			[]string{"ok never expires", "? low quality rating", "ok subscribed", "? https"}},
		{"not verified", func(s *whatsapptest.Server) { s.SetField(number, "code_verification_status", "NOT_VERIFIED") },
			[]string{"ok never expires", "? is not verified", "ok subscribed", "? https"}},
		{"not registered", func(s *whatsapptest.Server) { s.SetField(number, "platform_type", "NOT_APPLICABLE") },
			[]string{"ok never expires", "no is not registered", "ok subscribed", "? https"}},
		{"subscriptions that may not be seen", func(s *whatsapptest.Server) { s.Fault(whatsapptest.Fault{Path: "/subscribed_apps", Code: 200}) },
			[]string{"ok never expires", "ok 15550100200", "? could not be looked at", "? https"}},
		{"account that may not be seen", func(s *whatsapptest.Server) { s.Fault(whatsapptest.Fault{Path: "/phone_numbers", Code: 10}) },
			[]string{"ok never expires", "ok 15550100200", "? could not be looked at", "? https"}},
		{"number that does not answer", func(s *whatsapptest.Server) { s.Fault(whatsapptest.Fault{Path: "/" + number, HTML: 502}) },
			[]string{"ok never expires", "? the number could not be looked at", "ok subscribed", "? https"}},
		{"wrong number", func(s *whatsapptest.Server) {
			s.Fault(whatsapptest.Fault{Path: "/" + number, Code: 33})
		}, []string{"ok never expires", "no phone_number_id: ", "ok subscribed", "? https"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := fake(t, whatsapptest.Options{})
			tt.change(s)
			a := open(t, config(s.URL()), quiet())
			compare(t, a.Check(soon(t), receiver(t, a, func(channels.Inbound) {})), tt.want)
		})
	}
}

func TestCheckEndpoint(t *testing.T) {
	s := fake(t, whatsapptest.Options{})
	a := open(t, config(s.URL()), quiet())
	tests := []struct {
		name   string
		answer http.HandlerFunc // nil: nobody listens
		want   string
	}{
		{"another token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "no refuses our verify_token"},
		{"not found", http.NotFound, "no is not found"},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome</html>") }, "no does not answer the platform's challenge (HTTP 200)"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "no (HTTP 302)"},
		{"nobody", nil, "no does not answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			endpoint := "http://127.0.0.1:1/channels/whatsapp/main"
			if tt.answer != nil {
				gateway := httptest.NewServer(tt.answer)
				defer gateway.Close()
				endpoint = gateway.URL + "/channels/whatsapp/main"
			}
			findings := a.Check(soon(t), endpoint)
			compare(t, findings[len(findings)-1:], []string{tt.want})
		})
	}
	for endpoint, want := range map[string]string{"": "no public_url is not set", "http://[": "no is not a URL"} {
		findings := a.Check(soon(t), endpoint)
		compare(t, findings[len(findings)-1:], []string{want})
	}
}

func TestCheckEndpointOverTLS(t *testing.T) {
	s := fake(t, whatsapptest.Options{})
	c := config(s.URL())
	gateway := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("hub.verify_token") != "new-verify" || r.URL.Query().Get("hub.mode") != "subscribe" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
	}))
	defer gateway.Close()
	a, err := whatsapp.New(c, channels.Deps{Name: "main", HTTP: gateway.Client(), Log: quiet(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	checker, ok := a.(channels.Checker)
	if !ok {
		t.Fatalf("New() = %T, want a Checker", a)
	}
	findings := checker.Check(soon(t), gateway.URL)
	compare(t, findings[len(findings)-1:], []string{"ok answers the platform's challenge"})
}

// compare checks findings against marks and words: "ok words", "? words" for a warning, "no words" for a fault.
func compare(t *testing.T, got []channels.Finding, want []string) {
	t.Helper()
	var lines []string
	for _, f := range got {
		mark := "no"
		switch {
		case f.OK && f.Warning:
			t.Errorf("finding %+v is both", f)
		case f.OK:
			mark = "ok"
		case f.Warning:
			mark = "?"
		}
		lines = append(lines, mark+" "+f.Text)
		for _, secret := range []string{accessToken, appSecret, verifyToken, "new-verify"} {
			if strings.Contains(f.Text, secret) || strings.Contains(f.Text, "\n") {
				t.Errorf("finding %q shows a secret or has lines", f.Text)
			}
		}
	}
	if len(lines) != len(want) {
		t.Fatalf("Check() = %s\nwant %q", strings.Join(lines, "\n"), want)
	}
	for i, line := range lines {
		mark, words, _ := strings.Cut(want[i], " ")
		if !strings.HasPrefix(line, mark+" ") || !strings.Contains(line, words) {
			t.Errorf("Check()[%d] = %q, want %q", i, line, want[i])
		}
	}
}
