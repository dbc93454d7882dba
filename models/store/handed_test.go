package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that what commits know of handovers and of who is away is what stands in the database, whatever was done before.
func TestHanded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		const chats, desk = 4, "slack"
		id := func(chat int64) string { return fmt.Sprint("h", chat) }
		thread := func(chat int64) string { return fmt.Sprint("C0/", chat) }
		broken := errors.New("broken")
		for chat := range int64(chats) {
			write(t, s, func(tx *store.Tx) error {
				c := models.Conversation{ID: chat + 1, Mode: models.ModeAgent, Handover: id(chat + 1)}
				return errors.Join(tx.Create(&c), tx.AppendEvent(c.ID, models.Event{Type: models.CustomerWrote}), tx.PutHandover(models.Handover{
					ID: c.Handover, Conversation: c.ID, Desk: desk, Thread: thread(c.ID), State: models.HandoverWaiting, OpenedAt: models.Stamp(c.ID),
				}))
			})
		}
		r := rand.New(rand.NewPCG(3, 4))
		for n := range 120 {
			var needs []store.Need
			var fns []func(*store.Tx) error
			for range 1 + r.IntN(4) {
				chat, kind := 1+r.Int64N(chats), r.IntN(9)
				read := func(tx *store.Tx) error {
					_, _, err := tx.Thread(desk, thread(chat))
					_, away := tx.Away(desk)
					return errors.Join(err, away)
				}
				change := func(tx *store.Tx) error {
					if _, _, err := tx.Hold(chat); err != nil {
						return err
					}
					h, ok, err := tx.Handover(id(chat))
					if err != nil || !ok {
						return errors.Join(err, fmt.Errorf("Handover(%s) = %t", id(chat), ok))
					}
					h.Card++
					h.Agent = models.Person{ID: fmt.Sprint("U", n)}
					return tx.PutHandover(h)
				}
				needs = append(needs, []store.Need{{}, {Chat: chat, Decide: true}, {Desk: desk, Threads: []string{thread(chat)}, Inline: 9}}[r.IntN(3)])
				fns = append(fns, func(tx *store.Tx) error {
					if err := read(tx); err != nil {
						return err
					}
					switch kind {
					case 0, 1:
						return change(tx)
					case 2:
						return tx.Shown(id(chat), int64(n))
					case 3:
						return tx.MarkNewest(desk)
					case 4:
						return tx.PutAgent(models.Agent{Desk: desk, Person: fmt.Sprint("U", chat), Away: models.Stamp(n % 2)})
					case 5:
						return errors.Join(change(tx), broken)
					case 6:
						_ = tx.Try(func(tx *store.Tx) error { return errors.Join(change(tx), broken) })
						return read(tx)
					}
					return nil
				})
			}
			for _, err := range s.Together(needs, fns...) {
				if err != nil && !errors.Is(err, broken) {
					t.Fatal(err)
				}
			}
			var all []string
			for chat := range int64(chats) {
				all = append(all, id(chat+1))
			}
			stored, err := s.Handovers(t.Context(), all)
			if err != nil || len(stored) != chats {
				t.Fatalf("Handovers = %v, %v, want %d", stored, err, chats)
			}
			for chat := range int64(chats) {
				h := stored[id(chat+1)]
				need := store.Need{Desk: desk, Threads: []string{h.Thread}, Inline: 9}
				err := s.WriteFor(t.Context(), need, func(tx *store.Tx) error {
					byThread, _, err := tx.Thread(desk, h.Thread)
					byID, _, err2 := tx.Handover(h.ID)
					if byThread != h || byID != h {
						t.Errorf("round %d: Thread = %+v, Handover = %+v, want %+v", n, byThread, byID, h)
					}
					people, err3 := tx.Away(desk)
					for person := range int64(chats) {
						a, err := s.Agent(t.Context(), desk, fmt.Sprint("U", person+1))
						if err != nil || (a.Away > 0) != slices.Contains(people, fmt.Sprint("U", person+1)) {
							t.Errorf("round %d: Away = %v, and %+v is stored, %v", n, people, a, err)
						}
					}
					return errors.Join(err, err2, err3)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// Ensure that a guess of where a thread belongs harms nothing when it is not so any more: another copy gave the chat a new
// thread, changed it, or it was forgotten.
func TestHanded_otherCopy(t *testing.T) {
	url := storetest.Postgres(t)
	ours, theirs := storetest.Open(t, url), storetest.Open(t, url)
	h := models.Handover{ID: "h1", Conversation: 1, Desk: "slack", Thread: "C0/1", State: models.HandoverWaiting}
	write(t, ours, func(tx *store.Tx) error {
		c := models.Conversation{ID: 1, Mode: models.ModeAgent, Handover: h.ID}
		return errors.Join(tx.Create(&c), tx.AppendEvent(c.ID, models.Event{Type: models.CustomerWrote}), tx.Advance(1, 1), tx.PutHandover(h))
	})
	find := func(thread string) (found models.Handover, ok bool) {
		t.Helper()
		err := ours.WriteFor(t.Context(), store.Need{Desk: "slack", Threads: []string{thread}, Inline: 9}, func(tx *store.Tx) (err error) {
			found, ok, err = tx.Thread("slack", thread)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found, ok
	}
	if found, ok := find(h.Thread); !ok || found != h {
		t.Fatalf("Thread = %+v, %t, want %+v", found, ok, h)
	}
	h.Agent = models.Person{ID: "U1"}
	write(t, theirs, func(tx *store.Tx) error { return tx.PutHandover(h) })
	if found, ok := find(h.Thread); !ok || found != h {
		t.Errorf("Thread = %+v, %t, want what the other copy wrote, %+v", found, ok, h)
	}
	h.Thread = "C0/2"
	write(t, theirs, func(tx *store.Tx) error { return tx.PutHandover(h) })
	if found, ok := find("C0/1"); ok {
		t.Errorf("Thread(C0/1) = %+v, want none: it is C0/2 by now", found)
	}
	if found, ok := find("C0/2"); !ok || found != h {
		t.Errorf("Thread(C0/2) = %+v, %t, want %+v", found, ok, h)
	}
	write(t, theirs, func(tx *store.Tx) error {
		c, err := tx.Conversation(1)
		c.Mode = models.ModeBot
		return errors.Join(err, tx.Save(&c))
	})
	if n, err := theirs.Trim(t.Context(), store.Ages{Messages: 1}, 10); err != nil || n == 0 {
		t.Fatalf("Trim = %d, %v, want the conversation forgotten", n, err)
	}
	h.Conversation, h.Agent = 0, models.Person{}
	if found, ok := find("C0/2"); !ok || found != h {
		t.Errorf("Thread(C0/2) = %+v, %t, want %+v, of nobody", found, ok, h)
	}
}

// Ensure that a message that was recorded to be shown is found as it is by then: changed, changed by a write that was undone,
// or deleted.
func TestMessageToShow(t *testing.T) {
	broken := errors.New("broken")
	say := func(id, text string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return tx.Update(id, map[string]any{"content": models.Content{Text: text}})
		}
	}
	undone := func(fn func(*store.Tx) error) func(*store.Tx) error {
		return func(tx *store.Tx) error { return errors.Join(fn(tx), broken) }
	}
	tests := []struct {
		name string
		do   func(id string) []func(*store.Tx) error
		want string
	}{
		{"as it was recorded", func(string) []func(*store.Tx) error { return nil }, "first"},
		{"changed", func(id string) []func(*store.Tx) error { return []func(*store.Tx) error{say(id, "second")} }, "second"},
		{"a change that failed", func(id string) []func(*store.Tx) error { return []func(*store.Tx) error{undone(say(id, "second"))} }, "first"},
		{"a change that was undone", func(id string) []func(*store.Tx) error {
			return []func(*store.Tx) error{func(tx *store.Tx) error {
				_ = tx.Try(undone(say(id, "second")))
				return nil
			}}
		}, "first"},
		{"deleted", func(string) []func(*store.Tx) error { return nil }, ""},
	}
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		for i, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				id, chat := fmt.Sprint("m", i), int64(i+1)
				write(t, s, func(tx *store.Tx) error {
					c := models.Conversation{ID: chat}
					m := models.Message{ID: id, Conversation: chat, Num: 1, Content: models.Content{Text: "first"}, At: 1}
					return errors.Join(tx.Create(&c), tx.AppendEvent(chat, models.Event{Type: models.CustomerWrote}), tx.Record(&m),
						tx.Append(chat, models.LaneDesk, "slack/", models.Entry{Verb: models.VerbPost, Message: id}, 1))
				})
				read := func() (text string) {
					t.Helper()
					err := s.WriteFor(t.Context(), store.Need{Chat: chat, Messages: []string{id}}, func(tx *store.Tx) error {
						m, _, err := tx.Message(id)
						text = m.Content.Text
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
					return text
				}
				if tt.want == "" {
					if n, err := s.Trim(t.Context(), store.Ages{Messages: 2}, 100); err != nil || n == 0 {
						t.Fatalf("Trim = %d, %v, want what was old", n, err)
					}
				}
				needs := []store.Need{{Chat: chat, Messages: []string{id}}, {Chat: chat, Messages: []string{id}}}
				for _, fn := range tt.do(id) {
					look := func(tx *store.Tx) error {
						_, _, err := tx.Message(id)
						return err
					}
					for _, err := range s.Together(needs, look, fn) {
						if err != nil && !errors.Is(err, broken) {
							t.Fatal(err)
						}
					}
				}
				if got := read(); got != tt.want {
					t.Errorf("Message = %q, want %q", got, tt.want)
				}
			})
		}
	})
}
