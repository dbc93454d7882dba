package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"github.com/rs/xid"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// populate sets every field below v to something.
func populate(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 2)
	case reflect.Struct:
		for _, field := range v.Fields() {
			populate(field, n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		populate(v.Index(0), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		populate(v.Elem(), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf("value"))
	default:
		panic("a kind that is not stored: " + v.Kind().String())
	}
}

func populated[T any]() (v T) {
	n := 0
	populate(reflect.ValueOf(&v).Elem(), &n)
	return v
}

// Ensure that every field of what is written by statements of our own comes back: a field without a column would be lost.
func TestRows(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		c, m, p, h := populated[models.Conversation](), populated[models.Message](), populated[models.Part](), populated[models.Handover]()
		m.Conversation, p.Message = c.ID, m.ID
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.Create(&c), tx.Record(&m), tx.PutPart(p), tx.PutHandover(h))
		})
		chat, err := s.Conversation(t.Context(), c.ID)
		if err != nil || !reflect.DeepEqual(chat, c) {
			t.Errorf("Conversation = %+v, %v\nwant %+v", chat, err, c)
		}
		found, err := s.Messages(t.Context(), []string{m.ID, "none", "none either"})
		if err != nil || !reflect.DeepEqual(found[m.ID], m) || len(found) != 1 {
			t.Errorf("Messages = %+v, %v\nwant %+v", found, err, m)
		}
		part, ok, err := s.Part(t.Context(), p.Message, p.N)
		if err != nil || !ok || part != p {
			t.Errorf("Part = %+v, %v, %v\nwant %+v", part, ok, err, p)
		}
		write(t, s, func(tx *store.Tx) error {
			thread, ok, err := tx.Thread(h.Desk, h.Thread)
			if err != nil || !ok || !reflect.DeepEqual(thread, h) {
				t.Errorf("Thread = %+v, %v, %v\nwant %+v", thread, ok, err, h)
			}
			return nil
		})
	})
}

// Ensure that a message changes alike whether it was written by this commit or by one before, and that the commit reads
// what it wrote.
func TestUpdate(t *testing.T) {
	changes := map[string]any{"state": models.Read, "post": "P1", "place": 3, "broadcast": true, "content": models.Content{Text: "new"}}
	want := models.Message{
		ID: "m1", Conversation: 1, Num: 1, State: models.Read, Post: "P1", Place: 3, Broadcast: true,
		Content: models.Content{Text: "new"},
	}
	record := func(tx *store.Tx) error { return tx.Record(&models.Message{ID: "m1", Conversation: 1, Num: 1}) }
	update := func(tx *store.Tx) error { return tx.Update("m1", changes) }
	for _, name := range []string{"in one commit", "in two"} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *store.Store) {
				check := func(tx *store.Tx) error {
					m, ok, err := tx.Message("m1")
					if err != nil || !ok || !reflect.DeepEqual(m, want) {
						t.Errorf("Message = %+v, %v, %v\nwant %+v", m, ok, err, want)
					}
					byPost, ok, err := tx.MessageByPost(1, "P1")
					if err == nil && ok {
						t.Errorf("MessageByPost = %+v, want none: nobody's", byPost)
					}
					return err
				}
				if name == "in one commit" {
					write(t, s, func(tx *store.Tx) error { return errors.Join(record(tx), update(tx), check(tx)) })
				} else {
					write(t, s, record)
					write(t, s, func(tx *store.Tx) error { return errors.Join(update(tx), check(tx)) })
				}
				write(t, s, check)
			})
		})
	}
	each(t, func(t *testing.T, s *store.Store) {
		for _, wrong := range []map[string]any{{"nonsense": 1}, {"state": 2.5}} {
			err := s.Write(t.Context(), func(tx *store.Tx) error { return errors.Join(record(tx), tx.Update("m1", wrong)) })
			if err == nil {
				t.Errorf("Update(%v) of a new message is no error", wrong)
			}
		}
	})
}

// Ensure that a write whose transaction was broken by a statement that failed does not count as written.
func TestWrite_Broken(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Seen("k", 1); err != nil {
			return err
		}
		if _, err := tx.Seen("not \x00 a text", 1); err == nil {
			t.Error("Seen took a zero byte")
		}
		return nil
	})
	if err == nil {
		t.Fatal("Write = nil, want an error: nothing was written")
	}
	write(t, s, func(tx *store.Tx) error {
		if fresh, err := tx.Seen("k", 1); err != nil || !fresh {
			t.Errorf("Seen = %v, %v; want it new", fresh, err)
		}
		return nil
	})
}

// Ensure that two copies that change the same conversations at once, many in a commit, neither lose a change nor stop each
// other.
func TestWriteFor_Copies(t *testing.T) {
	url := storetest.Postgres(t)
	copies := []*store.Store{storetest.Open(t, url), storetest.Open(t, url)}
	const chats, writers, each = 7, 16, 40
	write(t, copies[0], func(tx *store.Tx) error {
		for id := range int64(chats) {
			err := errors.Join(tx.Create(&models.Conversation{ID: id + 1}),
				tx.AppendEvent(id+1, models.Event{Type: models.CustomerWrote, At: 1}), tx.Advance(id+1, 1))
			if err != nil {
				return err
			}
		}
		return nil
	})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				id := 1 + rand.Int64N(chats)
				err := copies[w%2].WriteFor(t.Context(), store.Need{Chat: id, Decide: true}, func(tx *store.Tx) error {
					if err := tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: 1}); err != nil {
						return err
					}
					c, err := tx.Conversation(id)
					if err != nil {
						return err
					}
					c.Messages++
					p, _, err := tx.Hold(id)
					if err != nil {
						return err
					}
					return errors.Join(
						tx.Append(id, models.LaneOut, "a", models.Entry{Verb: models.VerbSend}, 1),
						tx.Append(id, models.LaneBot, "a", models.Entry{Verb: models.VerbAsk}, 1),
						tx.Save(&c), tx.Advance(id, p.Head+1))
				})
				if err != nil {
					t.Errorf("WriteFor: %v", err)
				}
			}
		})
	}
	wg.Wait()
	sum := int64(0)
	for id := range int64(chats) {
		c, err := copies[1].Conversation(t.Context(), id+1)
		if err != nil {
			t.Fatal(err)
		}
		sum += c.Messages
	}
	if sum != writers*each {
		t.Errorf("%d changes stand, want %d", sum, writers*each)
	}
	depths, err := copies[0].Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range depths {
		if d.Waiting != writers*each {
			t.Errorf("%d entries wait in lane %v, want %d", d.Waiting, d.Lane, writers*each)
		}
	}
}

// Ensure that of a send that is recorded and a report of it at the same moment one sees the other, whoever is first.
func TestReceipts_Race(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		for i := range 60 {
			id := xid.New().String()
			need := store.Need{Account: "a", Receipts: []string{id}}
			var wg sync.WaitGroup
			var sentSaw, reportSaw bool
			run := func(fn func(tx *store.Tx) error) {
				wg.Go(func() {
					if err := s.WriteFor(context.WithoutCancel(t.Context()), need, fn); err != nil {
						t.Errorf("WriteFor: %v", err)
					}
				})
			}
			run(func(tx *store.Tx) (err error) {
				if _, sentSaw, err = tx.Receipt("a", id); err != nil {
					return err
				}
				return tx.PutPart(models.Part{Message: fmt.Sprint(i), Account: "a", PlatformID: id, State: models.Sent})
			})
			run(func(tx *store.Tx) (err error) {
				if _, err = tx.PutReceipt(models.Receipt{Account: "a", PlatformID: id, State: models.Delivered}); err != nil {
					return err
				}
				_, reportSaw, err = tx.PartByPlatform("a", id)
				return err
			})
			wg.Wait()
			if sentSaw == reportSaw {
				t.Fatalf("the send saw the report: %v; the report saw the send: %v; want one of them", sentSaw, reportSaw)
			}
		}
	})
}

// Ensure that a delivery is new to who brings it, also when another write of the same commit undid what it had done.
func TestSeen_BesideAFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		fresh := false
		errs := s.Together([]store.Need{{}, {Keys: []string{"k"}, At: 1}}, func(tx *store.Tx) error {
			if err := tx.Try(func(*store.Tx) error { return errors.New("no") }); err == nil {
				t.Error("Try = nil, want its function's error")
			}
			return nil
		}, func(tx *store.Tx) (err error) {
			fresh, err = tx.Seen("k", 1)
			return err
		})
		if err := errors.Join(errs...); err != nil || !fresh {
			t.Errorf("Seen = %v, %v; want it new", fresh, err)
		}
	})
}

// Ensure that what a write says it will ask for, and then does not, is still new when it comes again.
func TestSeen_NotAsked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		need := store.Need{Keys: []string{"asked", "left out"}, At: 1}
		err := s.WriteFor(t.Context(), need, func(tx *store.Tx) error {
			_, err := tx.Seen("asked", 1)
			return err
		})
		t.Logf("the write that leaves a key out: %v", err)
		fresh := false
		if err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
			fresh, err = tx.Seen("left out", 2)
			return err
		}); err != nil || !fresh {
			t.Errorf("Seen = %v, %v; want it new", fresh, err)
		}
	})
}
