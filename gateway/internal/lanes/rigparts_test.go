package lanes_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/handover/detect"
)

// skew is the bubble's clock, moved.
type skew struct {
	mu sync.Mutex
	by time.Duration
}

func (s *skew) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.by)
}

// jump moves the engine's clock on without anything happening meanwhile, as if the machine had slept.
func (s *skew) jump(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by += by
}

// lines is a list of lines that many may add to.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

func (l *lines) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// with returns the lines that have text in them.
func (l *lines) with(text string) []string {
	return slices.DeleteFunc(l.list(), func(line string) bool { return !strings.Contains(line, text) })
}

// Write makes lines a place to log to.
func (l *lines) Write(p []byte) (int, error) {
	l.add(strings.TrimSpace(string(p)))
	return len(p), nil
}

// ear hears the words person, bot and thanks.
type ear struct{}

func (e ear) Hear(text string) detect.Heard {
	return detect.Heard{Asks: strings.Contains(text, "person"), Back: text == "bot", Small: e.Small(text)}
}
func (ear) Break(text string) bool { return strings.Contains(text, "did not understand") }
func (ear) Small(text string) bool { return text == "thanks" }
func (ear) Language(string) string { return "" }
func (ear) Command(text string) string {
	if text == "/agent" || text == "/bot" {
		return text
	}
	return ""
}

// has fails the test unless one of the lines has want in it.
func has(t *testing.T, what string, all []string, want string) {
	t.Helper()
	if !slices.ContainsFunc(all, func(line string) bool { return strings.Contains(line, want) }) {
		t.Errorf("%s has no %q: %q", what, want, all)
	}
}

// equal fails the test unless got is want.
func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s = %v\nwant %v", what, got, want)
	}
}
