package telegram

import (
	"errors"
	"net/http"
	"strings"

	"patchbay/channels"
)

// kind tells what a refusal means. The codes are HTTP's; what they mean here stands at
// https://core.telegram.org/bots/api#making-requests and, in the server's own words, in
// https://github.com/tdlib/telegram-bot-api (Client.cpp, fail_query_with_error).
func (r *refusal) kind() channels.ErrorKind {
	switch r.code {
	case http.StatusTooManyRequests:
		return channels.RateLimited
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict:
		return channels.Forbidden
	case http.StatusForbidden:
		return channels.Unreachable
	case http.StatusBadRequest:
		if r.says("chat not found", "user not found", "PEER_ID_INVALID", "USER_IS_BLOCKED", "USER_DEACTIVATED") {
			return channels.Unreachable
		}
		return channels.Rejected
	}
	if r.code > http.StatusBadRequest && r.code < http.StatusInternalServerError {
		return channels.Rejected
	}
	return channels.Temporary
}

// says reports whether Telegram's words have one of the phrases in them.
func (r *refusal) says(phrases ...string) bool {
	for _, phrase := range phrases {
		if strings.Contains(strings.ToLower(r.text), strings.ToLower(phrase)) {
			return true
		}
	}
	return false
}

// words returns the refusal for people: in our words where an agent or operator can do something with it, else in
// Telegram's.
func (r *refusal) words() string {
	switch {
	case r.code == http.StatusUnauthorized:
		return "the token is not valid: ask @BotFather for the bot's token"
	case r.code == http.StatusNotFound:
		return "bot or method not found: look at token and api_url"
	case r.says("blocked by the user", "USER_IS_BLOCKED"):
		return "the customer has blocked the bot"
	case r.says("deactivated"):
		return "the customer's account was deleted"
	case r.says("chat not found", "user not found", "PEER_ID_INVALID"):
		return "the chat was not found: the customer never wrote to this bot, or is gone"
	case r.says("upgraded to a supergroup"):
		return "the group has become a supergroup with another id, and the bot works in private chats only"
	case r.says("thread not found"):
		return "the topic was deleted: the customer has to write first"
	}
	text := r.text
	for _, prefix := range []string{"Bad Request: ", "Forbidden: ", "Conflict: ", "Unauthorized: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if text = shorten(text, 300); text == "" {
		return "refused without a reason"
	}
	return text
}

// refused returns the refusal inside err, or nil.
func refused(err error) *refusal {
	r, _ := errors.AsType[*refusal](err)
	return r
}

// operators is the error of a call that no customer is part of: where Telegram will never take it, only an operator can
// help.
func operators(noun string, err error) error {
	e := within(noun, err)
	switch e.Kind {
	case channels.Rejected, channels.Unreachable, channels.WindowClosed:
		e.Kind = channels.Forbidden
	case channels.Temporary, channels.RateLimited, channels.Forbidden:
	}
	return e
}
