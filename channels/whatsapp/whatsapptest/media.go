package whatsapptest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
)

// Media is a file on the platform.
type Media struct {
	ID   string // given by the platform
	MIME string
	Name string
	Data []byte
}

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

// upload takes a file that is to be sent.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
func (s *Server) upload(r *http.Request, body []byte) reply {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return reply{refused: refuse(100, "The body has to be multipart/form-data.")}
	}
	var m Media
	product := ""
	for form := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := form.NextPart()
		if err != nil {
			break
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return reply{refused: refuse(131053, "The upload broke off.")}
		}
		switch part.FormName() {
		case "messaging_product":
			product = string(data)
		case "type":
			m.MIME = string(data)
		case "file":
			m.Data, m.Name = data, part.FileName()
		}
	}
	if product != "whatsapp" || m.MIME == "" || m.Data == nil {
		return reply{refused: refuse(131008, "messaging_product, type and file are required.")}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return answer(map[string]any{"id": s.keep(m).ID})
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
		"file_size":         len(m.Data),
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
	_, _ = w.Write(m.Data)
}
