package telegram

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

// Check asks Telegram who the bot is and where its messages go.
func (a *adapter) Check(ctx context.Context, endpoint string) []channels.Finding {
	var self tgbotapi.User
	if err := a.ask(ctx, "getMe", nil, &self); err != nil {
		return []channels.Finding{a.unanswered(err)}
	}
	findings := []channels.Finding{good("the bot is @%s (%s)", self.UserName, oneLine(fullName(self.FirstName, self.LastName)))}
	var hook tgbotapi.WebhookInfo
	if err := a.ask(ctx, "getWebhookInfo", nil, &hook); err != nil {
		return append(findings, a.unanswered(err))
	}
	if a.webhook {
		findings = append(findings, hooked(hook, endpoint)...)
	} else {
		findings = append(findings, polled(hook))
	}
	if hook.PendingUpdateCount > 0 {
		findings = append(findings, good("updates that wait at Telegram: %d; it keeps them for a day", hook.PendingUpdateCount))
	}
	return findings
}

// unanswered tells what to do about a failed call.
func (a *adapter) unanswered(err error) channels.Finding {
	if channels.KindOf(err) == channels.Forbidden {
		return bad("%v", err)
	}
	return bad("%v: is %s reachable from here, and is api_url right?", err, a.host)
}

// polled judges the webhook of a bot that polls.
func polled(hook tgbotapi.WebhookInfo) channels.Finding {
	if hook.URL == "" {
		return good("no webhook is set, so polling gets the bot's messages")
	}
	return bad("a webhook at %s gets this bot's messages: %s", hostOf(hook.URL), takeOver)
}

// hooked judges the webhook of a bot that has one.
func hooked(hook tgbotapi.WebhookInfo, endpoint string) []channels.Finding {
	var findings []channels.Finding
	if endpoint != "" {
		findings = append(findings, reachable(endpoint)...)
	}
	switch {
	case hook.URL == "" && endpoint == "":
		return append(findings, bad("no webhook is set: give [server] public_url, so that serve sets it, or call setWebhook yourself with the secret_token"))
	case hook.URL == "":
		return append(findings, maybe("no webhook is set yet: serve sets it when it starts"))
	case endpoint == "":
		findings = append(findings, good("the webhook is at %s, set by hand", hostOf(hook.URL)))
	case hook.URL != endpoint && hostOf(hook.URL) == hostOf(endpoint):
		findings = append(findings, maybe("the webhook is at another path of %s: serve sets it anew when it starts", hostOf(endpoint)))
	case hook.URL != endpoint:
		findings = append(findings, maybe("the webhook is at %s, not at %s: serve takes it over when it starts", hostOf(hook.URL), hostOf(endpoint)))
	default:
		findings = append(findings, good("the webhook is at %s", hostOf(hook.URL)))
	}
	if hook.LastErrorDate > 0 {
		findings = append(findings, maybe("Telegram's last failed call was at %s: %s",
			time.Unix(int64(hook.LastErrorDate), 0).UTC().Format("2006-01-02 15:04:05 UTC"), shorten(hook.LastErrorMessage, 200)))
	}
	if missing := unasked(hook.AllowedUpdates); len(missing) > 0 {
		findings = append(findings, maybe("the webhook does not get %s: set it anew with allowed_updates, or let serve set it", strings.Join(missing, ", ")))
	}
	return findings
}

// unasked returns the updates that are needed and not in allowed. An empty list is Telegram's default, which has them.
func unasked(allowed []string) []string {
	var missing []string
	for _, kind := range []string{"message", "edited_message", "callback_query", "my_chat_member"} {
		if len(allowed) > 0 && !slices.Contains(allowed, kind) {
			missing = append(missing, kind)
		}
	}
	return missing
}

// reachable judges an endpoint by what Telegram calls: https://core.telegram.org/bots/webhooks. A server of one's own
// calls anything.
func reachable(endpoint string) []channels.Finding {
	u, err := url.Parse(endpoint)
	if err != nil {
		return []channels.Finding{bad("[server] public_url is no URL")}
	}
	if u.Scheme != "https" {
		return []channels.Finding{maybe("Telegram's own server calls https only: give [server] public_url with https://")}
	}
	switch u.Port() {
	case "", "443", "80", "88", "8443":
		return nil
	}
	return []channels.Finding{maybe("Telegram's own server calls the ports 443, 80, 88 and 8443 only, not %s", u.Port())}
}

func good(format string, args ...any) channels.Finding {
	return channels.Finding{OK: true, Text: fmt.Sprintf(format, args...)}
}

func maybe(format string, args ...any) channels.Finding {
	return channels.Finding{Warning: true, Text: fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) channels.Finding {
	return channels.Finding{Text: fmt.Sprintf(format, args...)}
}
