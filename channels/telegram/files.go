package telegram

import (
	"context"
	"net/http"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
	"patchbay/models"
)

// maxDownload is the largest file that Telegram hands to bots, in bytes: https://core.telegram.org/bots/api#getfile.
// A server of one's own may hand out more, and says itself when it does not.
const maxDownload = 20 << 20

// Open streams a file that the customer sent. Telegram is asked for its address first, which has the token in it and goes
// nowhere else: https://core.telegram.org/bots/api#getfile.
func (a *adapter) Open(ctx context.Context, f models.Attachment) (models.Stream, error) {
	tooBig := channels.Errorf(channels.Rejected, "telegram: Telegram hands out files up to 20 MB")
	if f.Size > maxDownload && a.base.Host == "api.telegram.org" {
		return models.Stream{}, tooBig
	}
	var file struct {
		Path string `json:"file_path"`
	}
	err := a.ask(ctx, "getFile", tgbotapi.Params{"file_id": f.Ref}, &file)
	if r := refused(err); r != nil {
		switch {
		case r.says("file is too big"):
			return models.Stream{}, tooBig
		case r.says("wrong file_id", "file is temporarily unavailable", "FILE_REFERENCE"):
			return models.Stream{}, channels.Errorf(channels.Rejected, "telegram: Telegram does not have the file any more")
		}
	}
	if err != nil {
		return models.Stream{}, err
	}
	if file.Path == "" {
		return models.Stream{}, channels.Errorf(channels.Temporary, "telegram: answer to getFile has no file_path")
	}
	address := *a.base
	address.Path = strings.TrimRight(address.Path, "/") + "/file/bot" + a.token + "/" + strings.TrimLeft(file.Path, "/")
	address.RawPath = ""
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return models.Stream{}, channels.Errorf(channels.Forbidden, "telegram: token or api_url cannot be called")
	}
	s, err := channels.Download(a.files, req)
	if err != nil {
		return models.Stream{}, within("telegram", err)
	}
	s.MIME = "" // it is the same for all; what the message says is known better
	return s, nil
}

var _ channels.Opener = (*adapter)(nil)
