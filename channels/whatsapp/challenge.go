package whatsapp

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"patchbay/channels"
)

// checkEndpoint calls the public address as the platform does when it verifies it.
func (a *adapter) checkEndpoint(ctx context.Context, endpoint string) channels.Finding {
	if endpoint == "" {
		return bad("[server] public_url is not set, and WhatsApp has to call us: set it to the address under which this gateway is reached")
	}
	challenge := rand.Text()
	status, body, err := a.challenge(ctx, endpoint, challenge)
	callback := "in the Meta app, WhatsApp > Configuration, Callback URL has to be " + endpoint
	switch {
	case err != nil:
		return bad("%s does not answer: %v; is the gateway running, and does the address lead to it?", endpoint, err)
	case status == http.StatusForbidden:
		return bad("%s refuses our verify_token: another gateway, or one with an older config, answers there", endpoint)
	case status == http.StatusNotFound:
		return bad("%s is not found: is the gateway running with this channel, and does public_url lead to it?", endpoint)
	case status != http.StatusOK || subtle.ConstantTimeCompare([]byte(strings.TrimSpace(body)), []byte(challenge)) == 0:
		return bad("%s does not answer the platform's challenge (HTTP %d): something else answers there", endpoint, status)
	case !strings.HasPrefix(endpoint, "https://"):
		return doubtful("%s answers, but the platform calls https addresses only", endpoint)
	}
	return good("%s answers the platform's challenge; %s", endpoint, callback)
}

func (a *adapter) challenge(ctx context.Context, endpoint, challenge string) (status int, body string, err error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return 0, "", errors.New("it is not a URL")
	}
	q := u.Query()
	q.Set("hub.mode", "subscribe")
	q.Set("hub.challenge", challenge)
	if tokens := a.conf.VerifyToken.Reveal(); len(tokens) > 0 {
		q.Set("hub.verify_token", tokens[0])
	}
	u.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, "", errors.New("it cannot be called")
	}
	reply, err := channels.Do(a.http, r)
	return reply.Status, string(reply.Body), err
}
