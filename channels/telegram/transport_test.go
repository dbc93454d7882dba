package telegram_test

import (
	"io"
	"net/http"
	"path"
	"strings"
)

// roundTrip is a server without a network, so that time in a test may be synthetic. It gets a method and its
// parameters and returns status and body; status 0 hangs until the call's context ends.
type roundTrip func(method string, params map[string]string) (status int, body string)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	defer func() { _ = r.Body.Close() }()
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	params := map[string]string{}
	for key := range r.Form {
		params[key] = r.Form.Get(key)
	}
	status, body := f(path.Base(r.URL.Path), params)
	if status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}
