package webhooktest

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// File is a file that the system keeps.
type File struct {
	MIME string
	Data string // how it begins: zeros follow up to Size
	Size int64  // bytes; 0 is the length of Data
}

// AddFile keeps a file at a path such as "/files/a.jpg", and returns its address. It is handed out to calls that are signed
// over that address, and to nobody else.
func (s *Server) AddFile(path string, f File) (address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[string]File{}
	}
	s.files[path] = f
	return strings.TrimSuffix(s.url, s.conf.Path) + path
}

// download answers a call for a file. It reports false if there is none at the path.
func (s *Server) download(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	f, ok := s.files[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		return false
	}
	host, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if host == nil || s.keys.Verify(r.Header, []byte("http://"+host.String()+r.URL.Path), s.conf.Now()) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	size := max(f.Size, int64(len(f.Data)))
	w.Header().Set("Content-Type", f.MIME)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, _ = io.Copy(w, io.LimitReader(io.MultiReader(strings.NewReader(f.Data), zeros{}), size))
	return true
}

// zeros are the bytes behind a file's beginning.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
