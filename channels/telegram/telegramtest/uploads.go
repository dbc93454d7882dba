package telegramtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
)

// File is a file under a message.
type File struct {
	Kind string // "photo", "video", "audio", "voice", "sticker", "document"; "" is no file
	Name string
	MIME string
	Size int64
	Sum  string // SHA-256 of its bytes, in hex
	Data string // how it begins
}

const (
	// maxUpload is how large a file may be that the bot sends: https://core.telegram.org/bots/api#sending-files.
	maxUpload = 50 << 20
	maxPhoto  = 10 << 20
	// maxCaption is in UTF-16 units: https://core.telegram.org/bots/api#sendphoto.
	maxCaption = 1024
	// keptMost is how much of an upload is kept, in bytes: large ones are read and counted.
	keptMost = 64 << 10
)

// readForm reads a form as it comes: its files are counted, not held.
func (s *Server) readForm(r *http.Request) (params, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	p := params{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		if part.FileName() == "" {
			value, err := io.ReadAll(io.LimitReader(part, 1<<20))
			if err != nil {
				return nil, err
			}
			p[part.FormName()] = string(value)
			continue
		}
		f, err := readFile(part)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.serial++
		id := "upload" + strconv.Itoa(s.serial)
		s.uploads[id] = f
		s.mu.Unlock()
		p[part.FormName()] = id
	}
}

func readFile(part *multipart.Part) (File, error) {
	var kept bytes.Buffer
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, &keeper{&kept}), part)
	return File{
		Name: part.FileName(), MIME: part.Header.Get("Content-Type"), Size: n, Sum: hex.EncodeToString(sum.Sum(nil)), Data: kept.String(),
	}, err
}

// keeper keeps the beginning of what is written.
type keeper struct{ b *bytes.Buffer }

func (k *keeper) Write(p []byte) (int, error) {
	k.b.Write(p[:min(len(p), keptMost-k.b.Len())])
	return len(p), nil
}

// sendFile is https://core.telegram.org/bots/api#senddocument and its siblings: field is the file's.
func (s *Server) sendFile(field string, p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	f, ok := s.uploads[p[field]]
	if !ok {
		return nil, badRequest("there is no " + field + " in the request")
	}
	delete(s.uploads, p[field])
	f.Kind = field
	switch {
	case f.Size == 0:
		return nil, badRequest("file must be non-empty")
	case f.Size > maxUpload:
		return nil, &apiError{code: http.StatusRequestEntityTooLarge, description: "Request Entity Too Large"}
	case field == "photo" && f.Size > maxPhoto:
		return nil, badRequest("file is too big")
	case field == "photo" && !strings.HasPrefix(http.DetectContentType([]byte(f.Data)), "image/"):
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	m, refused := s.captioned(p)
	if refused != nil {
		return nil, refused
	}
	m.File = f
	if refused := s.reply(c, p, &m); refused != nil {
		return nil, refused
	}
	m.Thread = int(p.number("message_thread_id"))
	if refused := s.pace(c); refused != nil {
		return nil, refused
	}
	m.fields = map[string]any{field: map[string]any{"file_id": "sent" + f.Sum[:12], "file_unique_id": f.Sum[:12], "file_name": f.Name, "file_size": f.Size}}
	if field == "photo" {
		m.fields[field] = []any{m.fields[field]}
	}
	return s.wireOf(c, s.add(c, m)), nil
}

// captioned reads what stands under a file. The caller holds mu.
func (s *Server) captioned(p params) (Message, *apiError) {
	m := Message{Name: s.conf.Name, Text: strings.TrimSpace(p["caption"]), from: s.me(), markup: p["reply_markup"]}
	if raw, ok := p["caption_entities"]; ok && json.Unmarshal([]byte(raw), &m.Entities) != nil {
		return m, badRequest("can't parse entities JSON object")
	}
	if len16(m.Text) > maxCaption {
		return m, badRequest("message caption is too long")
	}
	if m.Text != "" {
		if refused := check(m.Text, m.Entities); refused != nil {
			return m, refused
		}
	}
	var refused *apiError
	m.Buttons, refused = readButtons(p)
	return m, refused
}

// editMessageCaption is https://core.telegram.org/bots/api#editmessagecaption.
func (s *Server) editMessageCaption(p params) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := s.target(p)
	if refused != nil {
		return nil, refused
	}
	m := c.find(p.number("message_id"))
	switch {
	case m == nil:
		return nil, badRequest("message to edit not found")
	case m.Mine:
		return nil, badRequest("message can't be edited")
	case m.File.Kind == "":
		return nil, badRequest("there is no caption in the message to edit")
	}
	now, refused := s.captioned(p)
	if refused != nil {
		return nil, refused
	}
	return s.reword(c, m, now)
}
