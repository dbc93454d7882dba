package whatsapp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// fileLimits is what WhatsApp takes of each kind:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media#supported-media-types
func fileLimits() map[models.AttachmentKind]channels.FileLimit {
	sound := []string{"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac", "audio/amr"}
	return map[models.AttachmentKind]channels.FileLimit{
		models.Image:   {Size: 5_000_000, Types: []string{"image/jpeg", "image/png"}, Caption: true},
		models.Video:   {Size: 16_000_000, Types: []string{"video/mp4", "video/3gpp"}, Caption: true},
		models.Audio:   {Size: 16_000_000, Types: sound},
		models.Voice:   {Size: 16_000_000, Types: sound},
		models.Sticker: {Size: 100_000, Types: []string{"image/webp"}},
		models.File:    {Size: 100_000_000, Caption: true},
	}
}

// Open streams a file that the customer sent: its id gives an address that lives for minutes, and that wants the token too.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media#download-media
func (a *adapter) Open(ctx context.Context, f models.Attachment) (models.Stream, error) {
	gone := channels.Errorf(channels.Rejected, "WhatsApp does not have the file any more")
	var node struct {
		URL  string `json:"url"`
		MIME string `json:"mime_type"`
	}
	if err := a.get(ctx, "/"+url.PathEscape(f.Ref)+"?phone_number_id="+url.QueryEscape(a.conf.PhoneNumberID), &node); err != nil {
		if f, ok := errors.AsType[*failure](err); ok && f.code == 100 {
			return models.Stream{}, gone // no such object, or no longer
		}
		return models.Stream{}, err
	}
	client, ok := a.clientFor(node.URL)
	if !ok {
		return models.Stream{}, channels.Errorf(channels.Rejected, "WhatsApp named no address of its own for the file")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, node.URL, nil)
	if err != nil {
		return models.Stream{}, gone
	}
	req.Header.Set("Authorization", "Bearer "+a.conf.AccessToken.Reveal())
	req.Header.Set("User-Agent", "Patchbay")
	s, err := channels.Download(client, req)
	if err != nil {
		if channels.KindOf(err) == channels.Rejected {
			return models.Stream{}, gone
		}
		return models.Stream{}, err
	}
	if s.MIME == "" {
		s.MIME = node.MIME
	}
	return s, nil
}

// clientFor returns what a file's address is called with, false if the token may not go there: to the API's own host, and
// to Meta's for files. The second is named by the platform, and dialled with care.
func (a *adapter) clientFor(address string) (*http.Client, bool) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return nil, false
	}
	if own, err := url.Parse(a.api); err == nil && u.Scheme == own.Scheme && u.Host == own.Host {
		return a.files, true
	}
	host := strings.ToLower(u.Hostname())
	return a.public, u.Scheme == "https" && u.Port() == "" && (host == "fbsbx.com" || strings.HasSuffix(host, ".fbsbx.com"))
}

// outFile is a file of a message, by the id of its upload.
type outFile struct {
	ID       string `json:"id"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
	Voice    bool   `json:"voice,omitempty"`
}

// attach puts the file of m into out, or says why WhatsApp would not take it. The file has no id yet.
func (a *adapter) attach(out *outgoing, m channels.Outbound) error {
	f := m.Attachments[0]
	kind, _, ok := channels.Limits{Files: fileLimits()}.Fit(f)
	switch {
	case len(m.Attachments) > 1:
		return channels.Errorf(channels.Rejected, "one message to WhatsApp has one file")
	case !ok || kind != f.Kind:
		return channels.Errorf(channels.Rejected, "WhatsApp does not take this file as a %s", f.Kind)
	case len(m.Buttons) > 0:
		return channels.Errorf(channels.Rejected, "WhatsApp takes no buttons under a file")
	case m.Open == nil:
		return channels.Errorf(channels.Rejected, "the file cannot be opened")
	}
	file := &outFile{}
	said, fits := under(m)
	switch {
	case !fits:
		return channels.Errorf(channels.Rejected, "the text under the file is longer than the %d characters that WhatsApp takes", maxCaption)
	case said != "" && !fileLimits()[f.Kind].Caption:
		return channels.Errorf(channels.Rejected, "nothing can stand under a %s on WhatsApp", f.Kind)
	}
	file.Caption = said
	switch f.Kind {
	case models.Image:
		out.Type, out.Image = "image", file
	case models.Video:
		out.Type, out.Video = "video", file
	case models.Audio, models.Voice:
		file.Voice = f.Kind == models.Voice && (f.MIME == "audio/ogg" || f.MIME == "audio/opus")
		out.Type, out.Audio = "audio", file
	case models.Sticker:
		out.Type, out.Sticker = "sticker", file
	case models.File:
		file.Filename = f.Name
		out.Type, out.Document = "document", file
	}
	return nil
}

// under returns what stands under a file, the name in bold and the text, or false if that is too long.
func under(m channels.Outbound) (said string, fits bool) {
	if strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.Title) == "" {
		return "", true
	}
	said, fits = titled(m.Title, models.NewRich(m.Text, m.Spans), maxCaption)
	return strings.TrimSpace(said), fits
}

// upload brings the file to the platform and returns the id that a message can name. It changes nothing for the customer:
// what is uploaded and never sent goes after 30 days.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media#upload-media
func (a *adapter) upload(ctx context.Context, m channels.Outbound) (string, error) {
	s, err := m.Open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = s.Close() }()
	mime := s.MIME
	switch mime {
	case "audio/ogg", "audio/opus":
		mime = "audio/ogg; codecs=opus" // the one codec that is taken
	case "audio/x-m4a", "audio/m4a":
		mime = "audio/mp4"
	case "":
		mime = "application/octet-stream"
	}
	form, err := channels.NewForm(map[string]string{"messaging_product": product, "type": mime}, channels.FormFile{
		Field: "file", Name: s.Name, MIME: mime, Size: s.Size, Body: s,
	})
	if err != nil {
		return "", channels.Errorf(channels.Rejected, "the file cannot be sent: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.api+"/"+url.PathEscape(a.conf.PhoneNumberID)+"/media", form)
	if err != nil {
		return "", channels.Errorf(channels.Forbidden, "WhatsApp cannot be called: check api_url and phone_number_id")
	}
	req.ContentLength = form.Length
	req.Header.Set("Content-Type", form.Type)
	var answer struct {
		ID string `json:"id"`
	}
	if err := a.exchange(a.files, req, &answer); err != nil {
		return "", err
	}
	if answer.ID == "" {
		return "", channels.Errorf(channels.Temporary, "WhatsApp's answer names no file")
	}
	return answer.ID, nil
}

var _ channels.Opener = (*adapter)(nil)
