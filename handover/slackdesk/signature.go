package slackdesk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// signatureAge is how old a signed call may be: https://docs.slack.dev/authentication/verifying-requests-from-slack
const signatureAge = 5 * time.Minute

var (
	errUnsigned = errors.New("the call has no signature of Slack's")
	errOld      = errors.New("the call's signature is older than five minutes, or from the future: is this machine's clock right?")
	errForged   = errors.New("the call's signature fits no signing_secret")
)

// raw reads the body of a call, up to bodyMax.
func raw(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyMax+1))
	if err != nil {
		return nil, err
	}
	if len(body) > bodyMax {
		return nil, &http.MaxBytesError{Limit: bodyMax}
	}
	return body, nil
}

// verify checks that Slack has signed body within the last five minutes. Several secrets are tried, so that one can be
// changed; which of them fits cannot be told from the time it takes.
func (d *Desk) verify(h http.Header, body []byte) error {
	at, signature := h.Get("X-Slack-Request-Timestamp"), h.Get("X-Slack-Signature")
	if at == "" || signature == "" {
		return errUnsigned
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return errUnsigned
	}
	if age := d.deps.Now().Sub(time.Unix(seconds, 0)); age > signatureAge || age < -signatureAge {
		return errOld
	}
	found := false
	for _, secret := range d.conf.SigningSecret.Reveal() {
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write([]byte("v0:" + at + ":"))
		_, _ = mac.Write(body)
		want := "v0=" + hex.EncodeToString(mac.Sum(nil))
		if hmac.Equal([]byte(want), []byte(signature)) {
			found = true
		}
	}
	if !found {
		return errForged
	}
	return nil
}
