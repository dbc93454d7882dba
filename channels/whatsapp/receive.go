package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// signatureHeader has "sha256=" and the HMAC of the raw body with the app secret, in hex.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
const signatureHeader = "X-Hub-Signature-256"

// Receive takes the platform's two calls: the GET by which it verifies the address when the operator saves it in the
// app's settings, and the POSTs that bring what happened. A GET that does not know the verify token gives a Forbidden
// error beside a Response with 403, which is what the platform expects.
//
// A body that is authentic but brings nothing for a chat gives an Update without Inbound, to be acknowledged: the
// platform would otherwise send it again for a week.
func (a *adapter) Receive(r *http.Request) (channels.Update, error) {
	switch r.Method {
	case http.MethodGet:
		return a.verify(r)
	case http.MethodPost:
		body, err := channels.ReadBody(r)
		if err != nil {
			return channels.Update{}, err
		}
		// Meta writes what is not ASCII as \uXXXX and signs these very bytes, so the signature is checked before
		// anything looks into them.
		if !a.signed(body, r.Header.Get(signatureHeader)) {
			return channels.Update{}, channels.Errorf(channels.Forbidden, "WhatsApp's call: the signature is missing or wrong")
		}
		return a.decode(r.Context(), body)
	}
	return channels.Update{}, channels.Errorf(channels.Rejected, "WhatsApp's call: the method is neither GET nor POST")
}

// verify answers the platform's question whether this address is ours.
func (a *adapter) verify(r *http.Request) (channels.Update, error) {
	q := r.URL.Query()
	if q.Get("hub.mode") != "subscribe" || !matches(a.conf.VerifyToken, q.Get("hub.verify_token")) {
		return channels.Update{Response: channels.Response{Status: http.StatusForbidden}},
			channels.Errorf(channels.Forbidden, "WhatsApp's call: the verify token or the mode is wrong")
	}
	return channels.Update{Response: channels.Response{
		Status: http.StatusOK,
		Type:   "text/plain",
		Body:   []byte(q.Get("hub.challenge")),
	}}, nil
}

// matches reports whether got is one of the secrets. How long it takes tells nothing about them: hashes are of one
// length, and all are compared.
func matches(secrets models.Secrets, got string) bool {
	sum := sha256.Sum256([]byte(got))
	found := 0
	for _, secret := range secrets.Reveal() {
		want := sha256.Sum256([]byte(secret))
		found |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return found == 1
}

// signed reports whether header is the signature of body with one of the app secrets. It takes the same time whichever
// of them it is.
func (a *adapter) signed(body []byte, header string) bool {
	digest, ok := strings.CutPrefix(header, "sha256=")
	if !ok {
		return false
	}
	got, err := hex.DecodeString(digest)
	if err != nil {
		return false
	}
	valid := false
	for _, secret := range a.conf.AppSecret.Reveal() {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if hmac.Equal(mac.Sum(nil), got) {
			valid = true
		}
	}
	return valid
}
