package media

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// LinkFor is how long a link works: long enough for a receiver that was away for the night.
const LinkFor = 24 * time.Hour

// Path is where links lead to, below the public address.
const Path = "/media/"

// signed is how much of the signature stands in a link, in bytes: 128 bits.
const signed = 16

// Links makes addresses at which one file of one message can be had for a while, by whoever has the address. It holds no
// state, so that every copy understands the links of the others.
type Links struct {
	base string
	key  []byte
}

// NewLinks returns links below the public address base, signed with a key in hex.
func NewLinks(base, key string) (*Links, error) {
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) < 32 {
		return nil, errors.New("the key of links is none")
	}
	return &Links{base: strings.TrimRight(base, "/"), key: raw}, nil
}

// URL returns the address of the n-th file of a message, which works until then.
func (l *Links) URL(message string, n int, until time.Time) string {
	body := binary.BigEndian.AppendUint32(nil, uint32(until.Unix())) // #nosec G115 -- good until 2106
	body = append(body, byte(n))                                     // #nosec G115 -- no message has that many
	body = append(body, message...)
	return l.base + Path + base64.RawURLEncoding.EncodeToString(append(l.sign(body), body...))
}

// ErrLink is for an address that is none of ours, or that is over.
var ErrLink = errors.New("no such file")

// Read returns which file a token, the part of an address behind Path, stands for at now.
func (l *Links) Read(token string, now time.Time) (message string, n int, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < signed+6 {
		return "", 0, ErrLink
	}
	mac, body := raw[:signed], raw[signed:]
	if !hmac.Equal(mac, l.sign(body)) {
		return "", 0, ErrLink
	}
	if until := time.Unix(int64(binary.BigEndian.Uint32(body)), 0); !now.Before(until) {
		return "", 0, fmt.Errorf("%w: the address is over", ErrLink)
	}
	return string(body[5:]), int(body[4]), nil
}

func (l *Links) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte("media\x00"))
	mac.Write(body)
	return mac.Sum(nil)[:signed]
}
