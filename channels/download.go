package channels

import (
	"errors"
	"net/http"

	"patchbay/models"
)

// Download sends req once and returns the file that comes back, as a stream. Every failure is a *Error without the
// request's URL: Rejected where the file is not to be had, Temporary or RateLimited where it may be later. The client's
// timeout bounds the reading too; where files are large it has none, and the request's context ends the stream.
func Download(client *http.Client, req *http.Request) (models.Stream, error) {
	// A body that is unpacked on the way has no length.
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := client.Do(req)
	if errors.Is(err, ErrPrivate) {
		return models.Stream{}, Errorf(Rejected, "the file's address is not on the public internet: %w", ErrPrivate)
	}
	if err != nil {
		return models.Stream{}, Errorf(Temporary, "the file's server did not answer: %w", Redact(err))
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		kind := KindOfStatus(resp.StatusCode)
		switch {
		case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone:
			return models.Stream{}, Errorf(Rejected, "the file is not there any more")
		case kind == Forbidden:
			kind = Rejected // the account works all the same
		}
		return models.Stream{}, Errorf(kind, "the file's server answered %d", resp.StatusCode)
	}
	return models.Stream{ReadCloser: resp.Body, Size: max(resp.ContentLength, 0), MIME: resp.Header.Get("Content-Type")}, nil
}

// Patient returns a copy of a client without a bound on the whole call, for files: how long those take, the request's
// context says.
func Patient(client *http.Client) *http.Client {
	if client == nil {
		return nil
	}
	own := *client
	own.Timeout = 0
	return &own
}
