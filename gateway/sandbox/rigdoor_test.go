package sandbox_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"time"
)

// insist is a door in front of a gateway that brings a call again which was answered with 503, as a proxy does that has nobody
// else to ask. The gateway answers so when it could not store what came within a second, which takes no more than a machine that
// stands still for as long. Most platforms come again then, though not in order; who clicks, or posts once, does not.
func insist(gateway http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			gateway.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for {
			answer := httptest.NewRecorder()
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			gateway.ServeHTTP(answer, again)
			if answer.Code == http.StatusServiceUnavailable && pause(r) {
				continue
			}
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = answer.Body.WriteTo(w) // a caller who is gone has his reasons
			return
		}
	})
}

// pause waits for a moment, and reports false when the caller does not wait any more.
func pause(r *http.Request) bool {
	t := time.NewTimer(100 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
