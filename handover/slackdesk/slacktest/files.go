package slacktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// File is a file in the workspace: one that a member attaches, or that the app uploaded.
type File struct {
	ID, Name, MIME string
	Size           int64

	Title    string
	Data     string // how it begins: zeros follow up to Size
	Sum      string // SHA-256 of an uploaded file's bytes, in hex
	External bool   // it is kept elsewhere, and Slack knows its address alone
	Gone     bool   // it was deleted
}

// keptMost is how much of an upload is kept, in bytes: large ones are read and counted.
const keptMost = 64 << 10

// upload is a file that the app announced.
type upload struct {
	File
	arrived, shared bool
}

// Files returns the files that the app shows in a thread, oldest first, and in how many posts they stand.
func (t Thread) Files() (files []File, posts int) {
	for _, p := range t.all {
		if p.Bot && len(p.Files) > 0 {
			files = append(files, p.Files...)
			posts++
		}
	}
	return files, posts
}

// uploadURL is https://docs.slack.dev/reference/methods/files.getUploadURLExternal
func (s *Server) uploadURL(c call) (map[string]any, *failure) {
	name := c.args.Get("filename")
	length, err := strconv.ParseInt(c.args.Get("length"), 10, 64)
	switch {
	case name == "" || err != nil || length <= 0:
		return nil, &failure{code: "invalid_arguments"}
	case length > 1<<30:
		return nil, &failure{code: "file_upload_size_restricted"}
	}
	id := fmt.Sprintf("F0UP%06d", s.next())
	s.uploads[id] = &upload{File: File{ID: id, Name: name, Size: length}}
	return map[string]any{"upload_url": s.url + "/upload/v1/" + id, "file_id": id}, nil
}

// serveUpload takes the bytes of a file.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	s.calls["upload"]++
	u, fault := s.uploads[id], s.fault("upload")
	s.mu.Unlock()
	if fault != nil {
		fault.serve(w, r)
		return
	}
	if u == nil || u.arrived {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	var kept bytes.Buffer
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, &keeper{&kept}), r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n != u.Size {
		http.Error(w, "length mismatch", http.StatusBadRequest)
		return
	}
	u.arrived, u.Data, u.Sum = true, kept.String(), hex.EncodeToString(sum.Sum(nil))
	u.MIME = http.DetectContentType(kept.Bytes())
	s.touch()
	_, _ = fmt.Fprintf(w, "OK - %d", n)
}

// keeper keeps the beginning of what is written.
type keeper struct{ b *bytes.Buffer }

func (k *keeper) Write(p []byte) (int, error) {
	k.b.Write(p[:min(len(p), keptMost-k.b.Len())])
	return len(p), nil
}

// completeUpload is https://docs.slack.dev/reference/methods/files.completeUploadExternal
func (s *Server) completeUpload(c call) (map[string]any, *failure) {
	var wanted []struct{ ID, Title string }
	if json.Unmarshal([]byte(c.args.Get("files")), &wanted) != nil || len(wanted) == 0 {
		return nil, &failure{code: "invalid_arguments"}
	}
	var shown []*upload
	for _, f := range wanted {
		u := s.uploads[f.ID]
		if u == nil || !u.arrived || u.shared {
			return nil, &failure{code: "file_not_found"}
		}
		u.Title = f.Title
		shown = append(shown, u)
	}
	ch, failed := s.writable(c.args.Get("channel_id"))
	if failed != nil {
		return nil, failed
	}
	m := &message{user: BotUser, bot: true, subtype: "file_share", text: c.args.Get("initial_comment")}
	if root := c.args.Get("thread_ts"); root != "" {
		if parent := ch.find(root); parent == nil || parent.tombstone || parent.thread != "" {
			return nil, &failure{code: "thread_not_found"}
		}
		m.thread = root
	}
	var files []any
	for _, u := range shown {
		u.shared = true
		m.files = append(m.files, u.File)
		files = append(files, map[string]any{"id": u.ID, "title": u.Title})
	}
	m.ts = s.stamp()
	ch.messages = append(ch.messages, m)
	s.emit(ch, s.json(ch, m))
	return map[string]any{"files": files}, nil
}

// fileInfo is https://docs.slack.dev/reference/methods/files.info
func (s *Server) fileInfo(c call) (map[string]any, *failure) {
	id := c.args.Get("file")
	f, ok := s.file(id)
	switch {
	case !ok:
		return nil, &failure{code: "file_not_found"}
	case f.Gone:
		return nil, &failure{code: "file_deleted"}
	}
	shares := map[string]any{}
	for _, ch := range s.channels {
		var in []any
		for _, m := range ch.messages {
			if slices.ContainsFunc(m.files, func(f File) bool { return f.ID == id }) {
				in = append(in, map[string]any{"ts": m.ts, "thread_ts": m.thread, "channel_name": ch.Name})
			}
		}
		if len(in) > 0 {
			shares[ch.ID] = in
		}
	}
	info, _ := s.filesJSON([]File{f}, BotUser)[0].(map[string]any)
	info["shares"] = map[string]any{"public": shares}
	return map[string]any{"file": info}, nil
}

// file returns a file by its id. The lock is held.
func (s *Server) file(id string) (File, bool) {
	if u := s.uploads[id]; u != nil {
		return u.File, true
	}
	for _, ch := range s.channels {
		for _, m := range ch.messages {
			for _, f := range m.files {
				if f.ID == id {
					return f, true
				}
			}
		}
	}
	return File{}, false
}

// serveFile hands a file to who has the token, and shows all others the page to sign in, as Slack does.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	_, id, _ := strings.Cut(r.PathValue("id"), "-")
	s.mu.Lock()
	s.calls["download"]++
	fault := s.fault("download")
	f, ok := s.file(id)
	may := r.Header.Get("Authorization") == "Bearer "+BotToken && slices.Contains(s.scopes, "files:read")
	s.mu.Unlock()
	switch {
	case fault != nil:
		fault.serve(w, r)
		return
	case !may:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><body>Sign in to Acme</body></html>")
		return
	case !ok || f.Gone:
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.MIME)
	w.Header().Set("Content-Length", strconv.FormatInt(f.Size, 10))
	_, _ = io.Copy(w, io.LimitReader(io.MultiReader(strings.NewReader(f.Data), zeros{}), f.Size))
}

// zeros are the bytes behind a file's beginning.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// filesJSON returns files as messages have them: https://docs.slack.dev/reference/objects/file-object
func (s *Server) filesJSON(files []File, user string) []any {
	var all []any
	for _, f := range files {
		title, mode, access := f.Title, "hosted", "visible"
		if title == "" {
			title = f.Name
		}
		if f.External {
			mode = "external"
		}
		if f.Gone {
			all = append(all, map[string]any{"id": f.ID, "mode": "tombstone"})
			continue
		}
		where := s.url + "/files-pri/" + Team + "-" + f.ID
		all = append(all, map[string]any{
			"id": f.ID, "name": f.Name, "title": title, "mimetype": f.MIME, "size": f.Size, "mode": mode, "user": user,
			"is_external": f.External, "file_access": access,
			"url_private":          where + "/" + url.PathEscape(f.Name),
			"url_private_download": where + "/download/" + url.PathEscape(f.Name),
		})
	}
	return all
}
