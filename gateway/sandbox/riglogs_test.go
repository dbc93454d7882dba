package sandbox_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/handover/slackdesk/slacktest"
)

// ordered fails the test unless the texts with mark in them are those of want, in their order, each once or as often as
// repeats allow.
func ordered(t *testing.T, who string, texts, want []string) {
	t.Helper()
	if !slices.Equal(texts, want) {
		t.Errorf("%s reads %q\nwant %q", who, texts, want)
	}
}

// marked returns the words that begin with # in texts, in order.
func marked(texts []string) (all []string) {
	for _, text := range texts {
		for word := range strings.FieldsSeq(text) {
			if strings.HasPrefix(word, "#") {
				all = append(all, word)
			}
		}
	}
	return all
}

// numbered returns n marks: #0, #1 …
func numbered(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("#%d", i))
	}
	return all
}

// logs keeps what the gateway logs.
type logs struct {
	mu    sync.Mutex
	lines []string
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	return len(p), nil
}

// with returns the lines that have text in them.
func (l *logs) with(text string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// secret returns a line with a token, or with a customer's words, name or number; "" if there is none.
func (l *logs) secret() string {
	for _, secret := range []string{
		telegramtest.DefaultToken, slacktest.BotToken, slacktest.AppToken, slacktest.SigningSecret, "EAAfake", "0123456789abcdef0123456789abcdef",
		"Anna", "Luis", "5215550001111", "to talk to a person",
	} {
		if lines := l.with(secret); len(lines) > 0 {
			return lines[0]
		}
	}
	return ""
}
