package whatsapptest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Media is a file on the platform.
type Media struct {
	ID   string // given by the platform
	MIME string
	Name string
	Data []byte // how it begins: zeros follow up to Size
	Size int64  // bytes; 0 is the length of Data
	Sum  string // SHA-256 of an uploaded file's bytes, in hex
}

// length returns how long the file is.
func (m Media) length() int64 { return max(m.Size, int64(len(m.Data))) }

// sum64 is the file's hash as webhooks have it; the media node has it in hex.
func (m Media) sum64() string {
	sum := sha256.Sum256(m.Data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// keep gives m an id and keeps it. The caller holds mu.
func (s *Server) keep(m Media) Media {
	m.ID = strconv.Itoa(910000000000000 + s.next())
	s.media[m.ID] = m
	return m
}

// upload takes a file that is to be sent. It is read as it comes, and its beginning is kept.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
func (s *Server) upload(r *http.Request) reply {
	form, err := r.MultipartReader()
	if err != nil {
		return reply{refused: refuse(100, "The body has to be multipart/form-data.")}
	}
	var m Media
	product := ""
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return reply{refused: refuse(131053, "The upload broke off.")}
		}
		var kept bytes.Buffer
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(sum, &keeper{&kept}), part)
		if err != nil {
			return reply{refused: refuse(131053, "The upload broke off.")}
		}
		switch part.FormName() {
		case "messaging_product":
			product = kept.String()
		case "type":
			m.MIME = kept.String()
		case "file":
			m.Data, m.Name, m.Size, m.Sum = kept.Bytes(), part.FileName(), n, hex.EncodeToString(sum.Sum(nil))
		}
	}
	switch {
	case product != "whatsapp" || m.MIME == "" || m.Size == 0:
		return reply{refused: refuse(131008, "messaging_product, type and file are required.")}
	case m.Size > limitOf(m.MIME):
		return reply{refused: refuse(131053, "The file is larger than the platform takes.")}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return answer(map[string]any{"id": s.keep(m).ID})
}

// limitOf is how large a file of a type may be, in bytes.
func limitOf(mime string) int64 {
	switch major, _, _ := strings.Cut(mime, "/"); major {
	case "image":
		return 5 << 20
	case "audio", "video":
		return 16 << 20
	}
	return 100 << 20
}

// keptMost is how much of an upload is kept, in bytes.
const keptMost = 64 << 10

// keeper keeps the beginning of what is written.
type keeper struct{ b *bytes.Buffer }

func (k *keeper) Write(p []byte) (int, error) {
	k.b.Write(p[:min(len(p), keptMost-k.b.Len())])
	return len(p), nil
}

// mediaNode tells where a file can be downloaded.
func (s *Server) mediaNode(id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.media[id]
	sum := sha256.Sum256(m.Data)
	return map[string]any{
		"messaging_product": "whatsapp",
		"url":               s.base + "/media/" + id,
		"mime_type":         m.MIME,
		"sha256":            hex.EncodeToString(sum[:]),
		"file_size":         m.length(),
		"id":                id,
	}, ok
}

// download serves a file. It wants the token too.
func (s *Server) download(w http.ResponseWriter, r *http.Request, id string) {
	s.mu.Lock()
	m, ok := s.media[id]
	s.mu.Unlock()
	if !ok || !s.authentic(r) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.MIME)
	w.Header().Set("Content-Length", strconv.FormatInt(m.length(), 10))
	_, _ = io.Copy(w, io.LimitReader(io.MultiReader(bytes.NewReader(m.Data), zeros{}), m.length()))
}

// zeros are the bytes behind a file's beginning.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
