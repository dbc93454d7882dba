// Package standardwebhooks signs and verifies HTTP calls as Standard Webhooks 1.0 says, by symmetric keys (v1):
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//
// Both directions of the webhook channel and the calls to an HTTP bot are signed with it.
package standardwebhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"patchbay/models"
)

// The headers of a signed call.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Tolerance is how far a call's timestamp may be from our clock, either way: what the reference libraries take.
const Tolerance = 5 * time.Minute

// Why a call is refused. None of them tells what would have been right.
var (
	ErrUnsigned  = errors.New("webhook-id, webhook-timestamp or webhook-signature is missing or malformed")
	ErrTime      = errors.New("webhook-timestamp is more than 5 minutes off")
	ErrSignature = errors.New("webhook-signature does not match")
)

// Keys are the keys of one sender or receiver: one, or several while it is changed. They are used by many goroutines
// at once.
type Keys struct{ list [][]byte }

// Parse returns the keys that the secrets hold, which are written as whsec_ and the key in base64. The first one signs.
func Parse(secrets models.Secrets) (*Keys, error) {
	k := &Keys{}
	for _, secret := range secrets.Reveal() {
		key, err := decode(secret)
		if err != nil {
			return nil, err
		}
		k.list = append(k.list, key)
	}
	if len(k.list) == 0 {
		return nil, errors.New("no secret")
	}
	return k, nil
}

// Check tells what is wrong with a secret in words that do not quote it, or "". A secret that is not usable cannot be
// parsed; a usable one is only not as the standard asks.
func Check(secret string) (problem string, usable bool) {
	key, err := decode(secret)
	switch {
	case err != nil:
		return err.Error(), false
	case !strings.HasPrefix(secret, prefix):
		return "does not start with " + prefix, true
	case len(key) < 24 || len(key) > 64:
		return fmt.Sprintf("holds a key of %d bytes; the standard asks for 24 to 64", len(key)), true
	}
	return "", true
}

// NewSecret returns a secret for key, in the form of the standard. 24 to 64 random bytes make a good key.
func NewSecret(key []byte) models.Secret {
	return models.NewSecret(prefix + base64.StdEncoding.EncodeToString(key))
}

const prefix = "whsec_"

func decode(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, prefix))
	if err != nil || len(key) == 0 {
		return nil, errors.New("is not " + prefix + " and a key in base64") // the cause would quote a piece of it
	}
	return key, nil
}

// Sign sets the three headers in h for body. id is the same each time the same thing is sent, and the receiver drops
// repeats by it; the standard keeps '.' out of it.
func (k *Keys) Sign(h http.Header, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSignature, "v1,"+base64.StdEncoding.EncodeToString(sum(k.list[0], id, timestamp, body)))
}

// Verify returns nil if body was signed with one of the keys, not longer than Tolerance from now. Signatures of other
// versions than v1 are passed over. Comparing takes the same time for any signature.
func (k *Keys) Verify(h http.Header, body []byte, now time.Time) error {
	id, timestamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	signatures := strings.Fields(strings.Join(h.Values(HeaderSignature), " "))
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || !plain(id) || len(signatures) == 0 {
		return ErrUnsigned
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > Tolerance || off < -Tolerance {
		return ErrTime
	}
	wants := make([][]byte, len(k.list))
	for i, key := range k.list {
		wants[i] = sum(key, id, timestamp, body)
	}
	for _, signature := range signatures {
		encoded, ok := strings.CutPrefix(signature, "v1,")
		if !ok {
			continue
		}
		got, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		for _, want := range wants {
			if hmac.Equal(got, want) {
				return nil
			}
		}
	}
	return ErrSignature
}

// plain reports whether id can be read in one way only: the signed content is id, timestamp and body joined with dots,
// so an id that could hold the start of a JSON body would let a call be cut at another place.
func plain(id string) bool {
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' || strings.IndexByte(`"{}\`, c) >= 0 {
			return false
		}
	}
	return id != ""
}

func sum(key []byte, id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
