package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
	"patchbay/models"
)

const (
	maxCaption = 1024       // UTF-16 units: https://core.telegram.org/bots/api#sendphoto
	maxPhoto   = 10_000_000 // bytes: https://core.telegram.org/bots/api#sending-files
	maxFile    = 50_000_000 // bytes, of every other kind
	maxSticker = 512_000    // bytes: https://core.telegram.org/stickers#static-stickers-and-emoji
)

// fileLimits is what Telegram takes of each kind. What it names a type for, it shows as a plain file otherwise:
// https://core.telegram.org/bots/api#sendphoto, #sendvideo, #sendaudio, #sendvoice, #sendsticker, #senddocument.
func fileLimits() map[models.AttachmentKind]channels.FileLimit {
	return map[models.AttachmentKind]channels.FileLimit{
		models.Image:   {Size: maxPhoto, Types: []string{"image/jpeg", "image/png", "image/webp"}, Caption: true},
		models.Video:   {Size: maxFile, Types: []string{"video/mp4"}, Caption: true},
		models.Audio:   {Size: maxFile, Types: []string{"audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a"}, Caption: true},
		models.Voice:   {Size: maxFile, Types: []string{"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a"}, Caption: true},
		models.Sticker: {Size: maxSticker, Types: []string{"image/webp"}},
		models.File:    {Size: maxFile, Caption: true},
	}
}

// caption returns what stands under a file, as params.
func caption(m channels.Outbound) (tgbotapi.Params, error) {
	if len(m.Attachments) > 1 {
		return nil, channels.Errorf(channels.Rejected, "telegram: one message has one file")
	}
	f := m.Attachments[0]
	if kind, _, ok := (channels.Limits{Files: fileLimits()}).Fit(f); !ok || kind != f.Kind {
		return nil, channels.Errorf(channels.Rejected, "telegram: Telegram does not take this file as a %s", f.Kind)
	}
	params := tgbotapi.Params{}
	said := wordsOf(m)
	switch n := channels.Len(said.Text, channels.UTF16); {
	case n > maxCaption:
		return nil, channels.Errorf(channels.Rejected, "telegram: %d characters stand under the file, Telegram takes %d", n, maxCaption)
	case n > 0 && !fileLimits()[f.Kind].Caption:
		return nil, channels.Errorf(channels.Rejected, "telegram: nothing can stand under a %s", f.Kind)
	case strings.TrimSpace(said.Text) != "":
		params["caption"] = said.Text
		if entities := entitiesOf(said); len(entities) > 0 {
			params["caption_entities"] = jsonOf(entities)
		}
	}
	return params, addKeyboard(params, m.Buttons)
}

// sendFile uploads the file of m with the method for its kind, while it is read. Telegram gives a message its id when it
// has all of it, so one that breaks off was never sent.
func (a *adapter) sendFile(ctx context.Context, params tgbotapi.Params, m channels.Outbound) (json.RawMessage, error) {
	method, field := "sendDocument", "document"
	switch m.Attachments[0].Kind {
	case models.Image:
		method, field = "sendPhoto", "photo"
	case models.Video:
		method, field = "sendVideo", "video"
		params["supports_streaming"] = "true"
	case models.Audio:
		method, field = "sendAudio", "audio"
	case models.Voice:
		method, field = "sendVoice", "voice"
	case models.Sticker:
		method, field = "sendSticker", "sticker"
	case models.File:
		params["disable_content_type_detection"] = "true"
	}
	if m.Open == nil {
		return nil, channels.Errorf(channels.Rejected, "telegram: the file cannot be opened")
	}
	s, err := m.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	form, err := channels.NewForm(params, channels.FormFile{Field: field, Name: s.Name, MIME: s.MIME, Size: s.Size, Body: s})
	if err != nil {
		return nil, channels.Errorf(channels.Rejected, "telegram: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf(a.endpoint, a.token, method), form)
	if err != nil {
		return nil, channels.Errorf(channels.Forbidden, "telegram: token or api_url cannot be called")
	}
	req.ContentLength = form.Length
	req.Header.Set("Content-Type", form.Type)
	d := &doer{ctx: ctx, client: a.files, now: a.now}
	resp, err := d.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer tgbotapi.APIResponse
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, channels.Errorf(channels.Temporary, "telegram: half an answer")
	}
	if !answer.Ok {
		e := &tgbotapi.Error{Code: answer.ErrorCode, Message: answer.Description}
		if answer.Parameters != nil {
			e.ResponseParameters = *answer.Parameters
		}
		return nil, d.refusal(e, a.token)
	}
	return answer.Result, nil
}
