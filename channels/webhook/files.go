package webhook

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// fileLimits is every kind of every size: the customer's system gets addresses and fetches what it wants.
func fileLimits() map[models.AttachmentKind]channels.FileLimit {
	all := map[models.AttachmentKind]channels.FileLimit{}
	for _, kind := range []models.AttachmentKind{models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker} {
		all[kind] = channels.FileLimit{Caption: true}
	}
	return all
}

// Open fetches a file at the address that the customer's system named. The call is signed over the address, so that the
// system can keep its files from everybody else. An address at another host than send_url's has to be on the public
// internet, and so has every address that it redirects to.
func (a *adapter) Open(ctx context.Context, f models.Attachment) (models.Stream, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil || !isURL(f.URL) {
		return models.Stream{}, channels.Errorf(channels.Rejected, "the file's address cannot be called")
	}
	req.Header.Set("User-Agent", "Patchbay")
	a.keys.Sign(req.Header, eventID("file", f.URL), a.now(), []byte(f.URL))
	client := a.public
	if own, err := url.Parse(a.url); err == nil && strings.EqualFold(own.Host, req.URL.Host) {
		client = a.files
	}
	return channels.Download(client, req)
}

// unsigned returns the client with redirects that do not carry the signature along.
func unsigned(client *http.Client) *http.Client {
	follow := client.CheckRedirect
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		for _, name := range []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
			r.Header.Del(name)
		}
		return follow(r, via)
	}
	return client
}

var _ channels.Opener = (*adapter)(nil)
