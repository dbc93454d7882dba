package slackdesk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"patchbay/handover"
	"patchbay/models"
)

// What files need: https://docs.slack.dev/reference/scopes
const (
	scopeFilesRead  = "files:read"
	scopeFilesWrite = "files:write"
)

// uploadMost is how much is read of the answer to an upload, which is a word.
const uploadMost = 4 << 10

// Stage uploads a file: Slack gives it an address, the bytes go there, and nobody sees it.
// https://docs.slack.dev/messaging/working-with-files#upload
func (d *Desk) Stage(ctx context.Context, f models.Attachment, body io.Reader) (string, error) {
	const op = "upload file"
	if _, err := d.me(op); err != nil {
		return "", err
	}
	var given struct {
		URL string `json:"upload_url"`
		ID  string `json:"file_id"`
	}
	form := url.Values{"filename": {f.Name}, "length": {strconv.FormatInt(f.Size, 10)}}
	if err := d.ask(ctx, "files.getUploadURLExternal", "", form, &given); err != nil {
		return "", err
	}
	if given.ID == "" || !d.slacks(given.URL) {
		return "", temporary(op, errHalf)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, given.URL, io.NopCloser(body))
	if err != nil {
		return "", temporary(op, errHalf)
	}
	req.ContentLength = f.Size
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := d.files.Do(req)
	if err != nil {
		return "", d.fail(op, "", stripped(err))
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, uploadMost)
	if resp.StatusCode != http.StatusOK {
		failed := d.fail(op, "", &statusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp.Header)})
		if resp.StatusCode >= 400 && resp.StatusCode < 500 && failed.Kind == handover.DeskTemporary {
			failed.Kind = handover.DeskRejected // the address is not one for these bytes
		}
		return "", failed
	}
	return given.ID, nil
}

// Share shows uploaded files in the thread under a line that names who sent them. A file's post cannot carry metadata;
// the files' ids are what it is looked for by.
// https://docs.slack.dev/reference/methods/files.completeUploadExternal
func (d *Desk) Share(ctx context.Context, thread string, s handover.Share) error {
	const op = "files.completeUploadExternal"
	channel, root, err := split(thread)
	if err != nil || root == "" {
		return rejected(op, errNoThread)
	}
	type titled struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	files := make([]titled, len(s.Files))
	for i, f := range s.Files {
		files[i] = titled{f.ID, f.Name}
	}
	list, err := json.Marshal(files)
	if err != nil {
		return rejected(op, err)
	}
	form := url.Values{
		"files": {string(list)}, "channel_id": {channel}, "thread_ts": {root},
		"initial_comment": {bold(escape(author(handover.PostLine{Author: s.Author, Name: s.Name})))},
	}
	return d.ask(ctx, op, channel, form, &struct{}{})
}

// Shared asks for each file where it is shown. Slack shows files a moment after it said that it would.
// https://docs.slack.dev/reference/methods/files.info
func (d *Desk) Shared(ctx context.Context, thread string, ids []string) (bool, error) {
	channel, root, err := split(thread)
	if err != nil || root == "" {
		return false, rejected("files.info", errNoThread)
	}
	for _, id := range ids {
		info, err := d.info(ctx, id)
		if err != nil {
			return false, err
		}
		if !info.in(channel, root) {
			return false, nil
		}
	}
	return len(ids) > 0, nil
}

// fileInfo is a file as files.info tells of it: https://docs.slack.dev/reference/objects/file-object
type fileInfo struct {
	file
	Private  string `json:"url_private"`
	Download string `json:"url_private_download"`
	External bool   `json:"is_external"`
	Shares   map[string]map[string][]struct {
		ThreadTS string `json:"thread_ts"`
	} `json:"shares"` // by "public" or "private", and by channel
}

// in reports whether the file is shown in the thread.
func (f fileInfo) in(channel, root string) bool {
	for _, places := range f.Shares {
		for _, share := range places[channel] {
			if share.ThreadTS == root {
				return true
			}
		}
	}
	return false
}

func (d *Desk) info(ctx context.Context, id string) (fileInfo, error) {
	var answer struct {
		File fileInfo `json:"file"`
	}
	err := d.ask(ctx, "files.info", "", url.Values{"file": {id}}, &answer)
	return answer.File, err
}

// OpenFile downloads a file of an agent's post. The token goes to Slack's own hosts alone. Without access Slack answers
// with its page to sign in, which is no file. https://docs.slack.dev/reference/objects/file-object
func (d *Desk) OpenFile(ctx context.Context, a models.Attachment) (models.Stream, error) {
	const op = "download file"
	if _, err := d.me(op); err != nil {
		return models.Stream{}, err
	}
	info, err := d.info(ctx, a.Ref)
	if err != nil {
		return models.Stream{}, err
	}
	address := first(info.Download, info.Private)
	switch {
	case info.External || info.Mode == "external":
		return models.Stream{}, rejected(op, errors.New("the file is kept outside of Slack: send its link instead"))
	case info.Mode == "tombstone" || info.Mode == "hidden_by_limit" || address == "":
		return models.Stream{}, rejected(op, errors.New("the file is not there any more"))
	case !d.slacks(address):
		return models.Stream{}, rejected(op, errors.New("the file's address is none of Slack's"))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return models.Stream{}, rejected(op, errHalf)
	}
	req.Header.Set("Authorization", "Bearer "+d.conf.BotToken.Reveal())
	req.Header.Set("Accept-Encoding", "identity") // what is unpacked on the way has no length
	resp, err := d.files.Do(req)
	if err != nil {
		return models.Stream{}, d.fail(op, "", stripped(err))
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400, resp.StatusCode == http.StatusOK && media == "text/html" && !strings.HasPrefix(info.MIME, "text/"):
		_ = resp.Body.Close()
		return models.Stream{}, forbidden(op, fmt.Errorf("slack sent its page to sign in: the app needs the scope %s", scopeFilesRead))
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		_ = resp.Body.Close()
		return models.Stream{}, rejected(op, errors.New("the file is not there any more"))
	case resp.StatusCode != http.StatusOK:
		_ = resp.Body.Close()
		return models.Stream{}, d.fail(op, "", &statusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp.Header)})
	}
	return models.Stream{
		ReadCloser: resp.Body, Size: max(resp.ContentLength, 0), MIME: first(info.MIME, media), Name: first(info.Name, info.Title),
	}, nil
}

// slacks reports whether an address is of Slack's own: the only ones that get the token, or a customer's file. A stand-in's
// are at its own host. https://docs.slack.dev/reference/objects/file-object
func (d *Desk) slacks(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if own, err := url.Parse(d.conf.APIURL); err == nil && u.Scheme == own.Scheme && u.Host == own.Host {
		return true
	}
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && u.Port() == "" && (host == "slack.com" || strings.HasSuffix(host, ".slack.com"))
}

// ask makes one call of a method that the library has no fitting shape for, and reads the answer into answer.
func (d *Desk) ask(ctx context.Context, method, channel string, form url.Values, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.conf.APIURL+method, strings.NewReader(form.Encode()))
	if err != nil {
		return rejected(method, errHalf)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+d.conf.BotToken.Reveal())
	resp, err := d.caller.Do(req)
	if err != nil {
		return d.fail(method, channel, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return temporary(method, errHalf)
	}
	return nil
}

// stripped returns the cause of a client's error: the address of a file is as good as a token.
func stripped(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

var _ handover.Filer = (*Desk)(nil)
