package notes

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode"

	"patchbay/channels"
	"patchbay/models"
)

// event is a call of the service's.
type event struct {
	Event string `json:"event"`
	Note  note   `json:"note"`
}

// note is a note, in both directions: the service's has an ID and the time, ours a Key.
type note struct {
	ID      string    `json:"id,omitempty"`
	Key     string    `json:"key,omitempty"`
	Board   string    `json:"board"`
	Author  string    `json:"author,omitempty"`
	Text    string    `json:"text"`
	Written time.Time `json:"written,omitzero"`
}

// Receive takes one event. Who does not show the token is refused before a byte of the body is read.
func (a *adapter) Receive(r *http.Request) (channels.Update, error) {
	if !a.authentic(r) {
		return channels.Update{}, channels.Errorf(channels.Forbidden, "the bearer token is missing or wrong")
	}
	body, err := channels.ReadBody(r)
	if err != nil {
		return channels.Update{}, err
	}
	var e event
	if json.Unmarshal(body, &e) != nil { // its error would quote the customer
		return channels.Update{}, channels.Errorf(channels.Rejected, "the body is no event")
	}
	switch n := e.Note; {
	case e.Event == "":
		return channels.Update{}, channels.Errorf(channels.Rejected, "event: missing")
	case e.Event != "note.written":
		return channels.Update{}, nil
	case !usable(n.ID):
		return channels.Update{}, channels.Errorf(channels.Rejected, "note.id: %s", unusable)
	case !usable(n.Board):
		return channels.Update{}, channels.Errorf(channels.Rejected, "note.board: %s", unusable)
	case n.Text == "":
		return channels.Update{}, channels.Errorf(channels.Rejected, "note.text: missing")
	case n.Written.IsZero():
		return channels.Update{}, channels.Errorf(channels.Rejected, "note.written: missing")
	}
	return channels.Update{Inbound: []channels.Inbound{e.Note.inbound()}}, nil
}

// inbound returns n as what a customer wrote. The service gives every note an id of its own, and keeps it when it posts
// the note again.
func (n note) inbound() channels.Inbound {
	return channels.Inbound{
		Key: "note/" + n.ID, Addresses: []string{n.Board}, Kind: channels.Message, ID: n.ID, At: n.Written.UTC(),
		Contact: models.Contact{ID: n.Board, Name: n.Author}, Content: models.Content{Text: n.Text},
	}
}

// authentic reports whether the call shows a token of ours. Digests are compared, all of them, so that the time it takes
// tells nothing about a token, not even its length.
func (a *adapter) authentic(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	shown, same := sha256.Sum256([]byte(token)), 0
	for _, want := range a.calls {
		same |= subtle.ConstantTimeCompare(shown[:], want[:])
	}
	return same == 1 && strings.EqualFold(scheme, "Bearer") // RFC 9110: a scheme's case does not count
}

// maxID bounds an id, in bytes: ids are keys in the database.
const maxID = 200

// unusable says what is wrong with an id that is not usable.
const unusable = "missing, longer than 200 bytes, or not printable"

// usable reports whether id can be kept and given back.
func usable(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) })
}
