package standardwebhooks_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchbay/channels/standardwebhooks"
	"patchbay/models"
)

const (
	newSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	oldSecret = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

func keys(t *testing.T, secrets ...string) *standardwebhooks.Keys {
	t.Helper()
	var list models.Secrets
	for _, secret := range secrets {
		list = append(list, models.NewSecret(secret))
	}
	k, err := standardwebhooks.Parse(list)
	if err != nil {
		t.Fatalf("Parse error = %v", err)
	}
	return k
}

// vector reads the test vector: a body signed with a new and an old key.
func vector(t *testing.T) (http.Header, []byte) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "standard_webhooks.body.json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "standard_webhooks.headers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ": "); ok && strings.HasPrefix(key, "webhook-") {
			h.Set(key, value)
		}
	}
	return h, body
}

// signedAt is the vector's timestamp.
func signedAt() time.Time { return time.Unix(1793900000, 0) }

func TestVerifyVector(t *testing.T) {
	header, body := vector(t)
	both := header.Get(standardwebhooks.HeaderSignature)
	first, second, _ := strings.Cut(both, " ")
	with := func(key, value string) http.Header {
		h := header.Clone()
		if value == "" {
			h.Del(key)
		} else {
			h.Set(key, value)
		}
		return h
	}
	signature := func(value string) http.Header { return with(standardwebhooks.HeaderSignature, value) }
	lines := header.Clone()
	lines["Webhook-Signature"] = []string{second, first}

	tests := []struct {
		name   string
		keys   *standardwebhooks.Keys
		header http.Header
		body   string
		now    time.Time
		want   error
	}{
		{"new key", keys(t, newSecret), header, string(body), signedAt(), nil},
		{"old key", keys(t, oldSecret), header, string(body), signedAt(), nil},
		{"both keys", keys(t, oldSecret, newSecret), header, string(body), signedAt(), nil},
		{"key without prefix", keys(t, strings.TrimPrefix(newSecret, "whsec_")), header, string(body), signedAt(), nil},
		{"only the first signature", keys(t, newSecret), signature(first), string(body), signedAt(), nil},
		{"among other versions and rubbish", keys(t, newSecret), signature("v1a,xyz v2," + first[3:] + " v1,*** v1 " + first), string(body), signedAt(), nil},
		{"on two header lines", keys(t, newSecret), lines, string(body), signedAt(), nil},
		{"5 minutes late", keys(t, newSecret), header, string(body), signedAt().Add(5 * time.Minute), nil},
		{"5 minutes early", keys(t, newSecret), header, string(body), signedAt().Add(-5 * time.Minute), nil},

		{"too late", keys(t, newSecret), header, string(body), signedAt().Add(5*time.Minute + time.Second), standardwebhooks.ErrTime},
		{"too early", keys(t, newSecret), header, string(body), signedAt().Add(-5*time.Minute - time.Second), standardwebhooks.ErrTime},
		{"other key", keys(t, newSecret), signature(second), string(body), signedAt(), standardwebhooks.ErrSignature},
		{"altered body", keys(t, newSecret), header, string(body) + " ", signedAt(), standardwebhooks.ErrSignature},
		{"empty body", keys(t, newSecret), header, "", signedAt(), standardwebhooks.ErrSignature},
		{"other id", keys(t, newSecret), with(standardwebhooks.HeaderID, "msg_2"), string(body), signedAt(), standardwebhooks.ErrSignature},
		{"other timestamp", keys(t, newSecret), with(standardwebhooks.HeaderTimestamp, "1793900001"), string(body), signedAt(), standardwebhooks.ErrSignature},
		{"other version only", keys(t, newSecret), signature("v2," + first[3:]), string(body), signedAt(), standardwebhooks.ErrSignature},
		{"cut signature", keys(t, newSecret), signature("v1,"), string(body), signedAt(), standardwebhooks.ErrSignature},
		{"no id", keys(t, newSecret), with(standardwebhooks.HeaderID, ""), string(body), signedAt(), standardwebhooks.ErrUnsigned},
		{"no timestamp", keys(t, newSecret), with(standardwebhooks.HeaderTimestamp, ""), string(body), signedAt(), standardwebhooks.ErrUnsigned},
		{"no signature", keys(t, newSecret), signature(""), string(body), signedAt(), standardwebhooks.ErrUnsigned},
		{"timestamp with a fraction", keys(t, newSecret), with(standardwebhooks.HeaderTimestamp, "1793900000.0"), string(body), signedAt(), standardwebhooks.ErrUnsigned},
		{"timestamp out of range", keys(t, newSecret), with(standardwebhooks.HeaderTimestamp, "9223372036854775807"), string(body), signedAt(), standardwebhooks.ErrTime},
		{"timestamp before all time", keys(t, newSecret), with(standardwebhooks.HeaderTimestamp, "-9223372036854775808"), string(body), signedAt(), standardwebhooks.ErrTime},
		{"nothing", keys(t, newSecret), http.Header{}, "", signedAt(), standardwebhooks.ErrUnsigned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.keys.Verify(tt.header, []byte(tt.body), tt.now); !errors.Is(err, tt.want) {
				t.Errorf("Verify error = %v, want %v", err, tt.want)
			}
		})
	}
}

// TestVerifyCutElsewhere moves the dot between id and body of an authentic call, so that a customer's words inside the
// body become a body of their own.
func TestVerifyCutElsewhere(t *testing.T) {
	k := keys(t, newSecret)
	body := `{"text":".1793900000.{\"type\":\"message\"}"}`
	h := http.Header{}
	k.Sign(h, "msg_1", signedAt(), []byte(body))
	head, tail, _ := strings.Cut(body, ".1793900000.")
	h.Set(standardwebhooks.HeaderID, "msg_1.1793900000."+head)
	if err := k.Verify(h, []byte(tail), signedAt()); !errors.Is(err, standardwebhooks.ErrUnsigned) {
		t.Errorf("Verify error = %v, want %v", err, standardwebhooks.ErrUnsigned)
	}
}

func TestSign(t *testing.T) {
	want, body := vector(t)
	h := http.Header{}
	keys(t, newSecret, oldSecret).Sign(h, want.Get("webhook-id"), signedAt(), body)
	first, _, _ := strings.Cut(want.Get("webhook-signature"), " ")
	if h.Get("webhook-signature") != first || h.Get("webhook-id") != want.Get("webhook-id") || h.Get("webhook-timestamp") != "1793900000" {
		t.Errorf("Sign = %v, want the vector's first signature %s", h, first)
	}
}

func TestCheck(t *testing.T) {
	of := func(n int) string { return standardwebhooks.NewSecret(make([]byte, n)).Reveal() }
	tests := []struct {
		name    string
		secret  string
		problem string // a part of it
		usable  bool
	}{
		{"24 bytes", of(24), "", true},
		{"64 bytes", of(64), "", true},
		{"23 bytes", of(23), "23 bytes", true},
		{"65 bytes", of(65), "65 bytes", true},
		{"no prefix", base64.StdEncoding.EncodeToString(make([]byte, 32)), "whsec_", true},
		{"no base64", "whsec_hunter2!", "base64", false},
		{"only the prefix", "whsec_", "base64", false},
		{"empty", "", "base64", false},
		{"public key", "whpk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "base64", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problem, usable := standardwebhooks.Check(tt.secret)
			if usable != tt.usable || (problem == "") != (tt.problem == "") || !strings.Contains(problem, tt.problem) {
				t.Errorf("Check = %q, %v, want %q, %v", problem, usable, tt.problem, tt.usable)
			}
			_, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(tt.secret)})
			if (err == nil) != tt.usable {
				t.Errorf("Parse error = %v, want usable %v", err, tt.usable)
			}
			if strings.Contains(problem+fmt.Sprint(err), "hunter2") {
				t.Errorf("%q, %v quote the secret", problem, err)
			}
		})
	}
}

func ExampleKeys_Sign() {
	keys, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(newSecret)})
	if err != nil {
		fmt.Println(err)
		return
	}
	header := http.Header{}
	body := []byte(`{"type":"message"}`)
	keys.Sign(header, "msg_1", time.Unix(1793900000, 0), body)
	fmt.Println(header.Get("webhook-timestamp"))
	fmt.Println(keys.Verify(header, body, time.Unix(1793900060, 0)))
	fmt.Println(keys.Verify(header, []byte(`{"type":"other"}`), time.Unix(1793900060, 0)))
	// Output:
	// 1793900000
	// <nil>
	// webhook-signature does not match
}

func FuzzVerify(f *testing.F) {
	f.Add("msg_1", "1793900000", "v1,AAAA", []byte("{}"))
	f.Add("", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		k, err := standardwebhooks.Parse(models.Secrets{models.NewSecret(newSecret)})
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signature}}
		if k.Verify(h, body, signedAt()) == nil {
			again := http.Header{}
			k.Sign(again, id, signedAt(), body)
			if timestamp == "1793900000" && !strings.Contains(signature, again.Get("webhook-signature")) {
				t.Errorf("Verify took %q", signature)
			}
		}
	})
}
