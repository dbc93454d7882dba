package whatsapp

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"patchbay/channels"
)

// The platform's limits. Where it says "characters" without a unit, UTF-16 units are counted: no other count of
// characters is higher.
const (
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages
	maxText = 4096
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages
	maxCaption = 1024
	// The body above reply buttons and lists.
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
	maxBody = 1024
	// Reply buttons: three, with 20 characters each. Rows of a list: ten, with 24.
	maxReplies, maxReplyTitle = 3, 20
	maxRows, maxRowTitle      = 10, 24
	// The id of a row; a reply button takes 256.
	maxRowID = 200

	// https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
	rate = 80
	// One message in six seconds to one customer; up to 45 at once are a loan on the time that follows.
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/about-the-platform#pair-rate-limits
	pairEvery = 6 * time.Second
	pairBurst = 45
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages#customer-service-windows
	window = 24 * time.Hour
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
	typing = 25 * time.Second
)

// adapter is one WhatsApp number. It is fixed after New.
type adapter struct {
	conf *Config
	list []channels.Template
	api  string // without a slash at its end
	http *http.Client
	log  *slog.Logger
	now  func() time.Time

	files  *http.Client // takes as long as a file does
	public *http.Client // the same, for addresses that the platform names
}

// New returns the adapter for one number. It calls nobody. The result is also a Receiver, Typer, Reader, Templater and Checker.
func New(c *Config, d channels.Deps) (channels.Adapter, error) {
	for _, p := range c.Validate() {
		if !p.Warning {
			return nil, fmt.Errorf("%s: %s", p.Key, p.Text)
		}
	}
	api, _ := apiURL(c.APIURL)
	return &adapter{
		conf: c, list: templatesOf(c.Templates), api: api, http: d.HTTP, log: d.Log, now: d.Now,
		files: channels.Patient(d.HTTP), public: channels.PublicClient(0),
	}, nil
}

// Limits returns the platform's limits, not those of the section.
func (a *adapter) Limits() channels.Limits {
	return channels.Limits{
		Text:       maxText,
		Unit:       channels.UTF16,
		Caption:    maxCaption,
		Spans:      spanKinds(),
		Length:     length,
		Rate:       rate,
		ChatRate:   1 / pairEvery.Seconds(),
		ChatBurst:  pairBurst,
		Window:     window,
		Typing:     typing,
		Buttons:    maxRows,
		ButtonText: maxBody,
		Title:      maxRowTitle,
		Payload:    maxRowID - suffixRoom,
		Files:      fileLimits(),
	}
}

var (
	_ channels.Adapter  = (*adapter)(nil)
	_ channels.Receiver = (*adapter)(nil)
	_ channels.Typer    = (*adapter)(nil)
	_ channels.Reader   = (*adapter)(nil)
	_ channels.Checker  = (*adapter)(nil)

	_ channels.Templater = (*adapter)(nil)
)
