package telegram

import (
	"strconv"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"patchbay/channels"
)

// place is where a message stands: a chat, and a topic in it where the chat has topics. An address is its text form:
// "5100200300" or "5100200300/77". It is stored, so the form never changes.
type place struct {
	chat   int64
	thread int // message_thread_id; 0 outside topics
}

// String returns the address of p.
func (p place) String() string {
	s := strconv.FormatInt(p.chat, 10)
	if p.thread != 0 {
		s += "/" + strconv.Itoa(p.thread)
	}
	return s
}

// addresses returns the names of the chat: the topic to answer in, then the chat, which is one conversation whatever
// its topics.
func (p place) addresses() []string {
	if p.thread == 0 {
		return []string{p.String()}
	}
	return []string{p.String(), place{chat: p.chat}.String()}
}

// aim sets the chat of a call.
func (p place) aim(params tgbotapi.Params) {
	params["chat_id"] = strconv.FormatInt(p.chat, 10)
}

// parsePlace reads an address.
func parsePlace(address string) (place, error) {
	chat, thread, topic := strings.Cut(address, "/")
	var p place
	var err error
	if p.chat, err = strconv.ParseInt(chat, 10, 64); err == nil && topic {
		p.thread, err = strconv.Atoi(thread)
	}
	if err != nil || p.chat == 0 {
		return place{}, channels.Errorf(channels.Rejected, "telegram: not an address of a chat")
	}
	return p, nil
}
