package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that what is remembered of a talk is what the database holds, whatever is written, changed, failed or deleted, also while
// others read.
func TestSaid_remembered(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "p.db"), Node: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	const chats, steps = 8, 80
	fault := errors.New("changed his mind")
	var wg sync.WaitGroup
	for chat := range int64(chats) {
		r := rand.New(rand.NewPCG(uint64(chat), 7)) // #nosec G404 G115 -- a test's choices
		wg.Go(func() {
			num := int64(0)
			for range steps {
				if r.IntN(3) == 0 {
					wg.Go(func() {
						if _, err := s.Said(t.Context(), chat, 20); err != nil {
							t.Error(err)
						}
					})
				}
				fails := r.IntN(10) == 0
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					for range 1 + r.IntN(3) {
						num++
						m := models.Message{
							ID: fmt.Sprint(chat, "/", num), Conversation: chat, Num: num, Author: models.ByCustomer, Kind: models.Said,
							Content: models.Content{Text: strings.Repeat("x", r.IntN(700))}, At: models.Stamp(num),
						}
						if r.IntN(5) == 0 {
							m.Kind = models.Note
						}
						if err := tx.Record(&m); err != nil {
							return err
						}
						switch other := fmt.Sprint(chat, "/", 1+r.Int64N(num)); r.IntN(12) {
						case 0:
							m.Content.Text = "changed"
							if err := tx.Rewrite(m); err != nil {
								return err
							}
						case 1:
							if err := tx.Update(other, map[string]any{"deleted": true}); err != nil {
								return err
							}
						case 2:
							if err := tx.Update(other, map[string]any{"state": models.Sent}); err != nil {
								return err
							}
						case 3:
							_ = tx.Try(func(tx *store.Tx) error {
								lost := m
								lost.ID, lost.Num = m.ID+"/lost", num+1
								return errors.Join(tx.Record(&lost), fault)
							})
						}
					}
					if fails {
						return fault
					}
					return nil
				})
				if err != nil && !errors.Is(err, fault) {
					t.Error(err)
				}
				sameTalk(t, s, chat, 1+r.IntN(70))
			}
		})
	}
	wg.Wait()
	if _, err := s.Said(t.Context(), 1, 3); err != nil {
		t.Fatal(err)
	}
	if !s.Remembers(1, 3) {
		t.Error("what was just read is not remembered")
	}
	if _, err := s.Trim(t.Context(), store.Ages{Messages: 40}, 20); err != nil {
		t.Fatal(err)
	}
	for chat := range int64(chats) {
		sameTalk(t, s, chat, 500)
	}
}

// sameTalk compares what Said tells of a chat in which nobody writes with what the database holds.
func sameTalk(t *testing.T, s *store.Store, chat int64, n int) {
	t.Helper()
	got, err := s.Said(t.Context(), chat, n)
	if err != nil {
		t.Error(err)
	}
	want, err := s.ReadSaid(t.Context(), chat, n)
	if err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the last %d messages of chat %d are %d, want %d, or others", n, chat, len(got), len(want))
	}
}

// Ensure that a chat's next messages are known without the database, and that one whose messages are very long is not kept in
// memory.
func TestSaid_next(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + filepath.Join(t.TempDir(), "p.db"), Node: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	say := func(chat, num int64, text string) {
		write(t, s, func(tx *store.Tx) error {
			return tx.Record(&models.Message{ID: fmt.Sprint(chat, "/", num), Conversation: chat, Num: num, Kind: models.Said, Content: models.Content{Text: text}})
		})
	}
	say(1, 1, "one")
	if s.Remembers(1, 20) {
		t.Error("a talk that nobody asked for is remembered")
	}
	if _, err := s.Said(t.Context(), 1, 20); err != nil {
		t.Fatal(err)
	}
	say(1, 2, "two")
	said, err := s.Said(t.Context(), 1, 20)
	if err != nil || len(said) != 2 || said[1].Content.Text != "two" || !s.Remembers(1, 20) {
		t.Errorf("Said() = %d messages, %v, remembered: %v; want both, from memory", len(said), err, s.Remembers(1, 20))
	}
	said[0].Content.Text = "scribbled"
	if said, _ := s.Said(t.Context(), 1, 20); said[0].Content.Text != "one" {
		t.Errorf("who was told what was said changed it to %q for others", said[0].Content.Text)
	}
	say(1, 3, strings.Repeat("long ", 5000))
	if s.Remembers(1, 1) {
		t.Error("a very long text is remembered")
	}
}
