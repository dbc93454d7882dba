package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"patchbay/channels"
)

// secretHeader brings the secret_token that was given with setWebhook. Telegram signs no bodies:
// https://core.telegram.org/bots/api#setwebhook.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// Receive reads one call of Telegram's. A callback query is answered with the answer to the call itself, which saves a
// call of ours: https://core.telegram.org/bots/api#making-requests-when-getting-updates.
func (a *adapter) Receive(r *http.Request) (channels.Update, error) {
	if !a.webhook {
		return channels.Update{}, channels.Errorf(channels.Forbidden, "telegram: %w", channels.ErrNoWebhook)
	}
	if !a.knows(r.Header.Get(secretHeader)) {
		return channels.Update{}, channels.Errorf(channels.Forbidden, "telegram: the call has not the secret token")
	}
	body, err := channels.ReadBody(r)
	if err != nil {
		return channels.Update{}, err
	}
	h, err := a.read(body)
	if err != nil {
		return channels.Update{}, err
	}
	var u channels.Update
	if h.inbound != nil {
		u.Inbound = []channels.Inbound{*h.inbound}
	}
	if h.callback != "" {
		u.Response = channels.Response{Type: "application/json", Body: []byte(jsonOf(struct {
			Method string `json:"method"`
			ID     string `json:"callback_query_id"`
		}{"answerCallbackQuery", h.callback}))}
	}
	return u, nil
}

// knows reports whether token is one of the secrets. How long it takes tells nothing about them.
func (a *adapter) knows(token string) bool {
	got, known := sha256.Sum256([]byte(token)), 0
	for _, secret := range a.secrets {
		want := sha256.Sum256([]byte(secret))
		known |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return known == 1
}
