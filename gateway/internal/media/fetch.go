package media

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// Fetcher opens files at addresses that a bot named. Those that the config does not name are reached on the public
// internet alone. It may be used by many goroutines at once.
type Fetcher struct {
	trusted func(host string) bool // host is "name:port" as it stands in an address
	own     *http.Client
	public  *http.Client
}

// NewFetcher returns a fetcher that calls trusted hosts by client.
func NewFetcher(client *http.Client, trusted func(host string) bool) *Fetcher {
	return &Fetcher{trusted: trusted, own: channels.Patient(client), public: channels.PublicClient(0)}
}

// Fetch opens the file at an address.
func (f *Fetcher) Fetch(ctx context.Context, address string) (models.Stream, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return models.Stream{}, channels.Errorf(channels.Rejected, "the file's address is no http or https address")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return models.Stream{}, channels.Errorf(channels.Rejected, "the file's address cannot be called")
	}
	req.Header.Set("User-Agent", "Patchbay")
	client := f.public
	if f.trusted(strings.ToLower(u.Host)) {
		client = f.own
	}
	return channels.Download(client, req)
}

// Close closes the connections that nobody uses.
func (f *Fetcher) Close() { f.public.CloseIdleConnections() }
