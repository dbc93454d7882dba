package lanes_test

import (
	"context"
	"slices"
	"sync"

	"patchbay/gateway/bots"
	"patchbay/models"
)

// bot is a bot that repeats what it is asked, unless it is told otherwise.
type bot struct {
	mu     sync.Mutex
	answer func(ctx context.Context, q bots.Question) (bots.Answer, error)
	asked  []bots.Question
}

func (b *bot) on(answer func(ctx context.Context, q bots.Question) (bots.Answer, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = answer
}

func (b *bot) Answer(ctx context.Context, q bots.Question) (bots.Answer, error) {
	b.mu.Lock()
	b.asked = append(b.asked, q)
	answer := b.answer
	b.mu.Unlock()
	if answer == nil {
		return says("re: " + q.Text), nil
	}
	return answer(ctx, q)
}

func (b *bot) questions() []bots.Question {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

func says(text string) bots.Answer {
	return bots.Answer{Messages: []models.Content{{Text: text}}}
}
