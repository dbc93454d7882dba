package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// account is the one whose chats are remembered.
const account = "app/1"

// Ensure that what commits remember for the next ones is what stands in the database, whatever they did: also when a write
// failed and took its neighbours back, when one was undone in part, and when rows were changed by statements.
func TestMemory(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	r := rand.New(rand.NewPCG(1, 2))
	const chats = 12
	broken := errors.New("broken")
	now := models.Stamp(1_000_000)
	for id := range int64(chats) {
		err := s.Write(t.Context(), func(tx *store.Tx) error { return meet(tx, id+1, now) })
		if err != nil {
			t.Fatal(err)
		}
	}
	remembered, claimed := 0, 0
	for range 300 {
		now++
		var needs []store.Need
		var fns []func(*store.Tx) error
		for range 1 + r.IntN(5) {
			needs = append(needs, store.Need{})
			kind := r.IntN(24)
			if kind > 7 {
				kind %= 4 // mostly what goes well
			}
			fns = append(fns, step(kind, 1+r.Int64N(chats), now, broken))
		}
		for _, err := range s.Together(needs, fns...) {
			_, panicked := errors.AsType[*store.PanicError](err)
			if err != nil && !panicked && !errors.Is(err, broken) {
				t.Fatal(err)
			}
		}
		if r.IntN(4) == 0 {
			claimed += work(t, s, now)
		}
		n, err := s.CheckMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		remembered += n
	}
	if remembered == 0 || claimed == 0 {
		t.Errorf("%d chats were remembered and %d lanes claimed, want some", remembered, claimed)
	}
}

// meet makes a conversation with its first event.
func meet(tx *store.Tx, id int64, now models.Stamp) error {
	if err := tx.Bind(account, []string{fmt.Sprint("c", id)}, id); err != nil {
		return err
	}
	c := models.Conversation{ID: id, Channel: "app/main", Account: account, Mode: models.ModeBot, CreatedAt: now, UpdatedAt: now}
	if err := tx.Create(&c); err != nil {
		return err
	}
	return tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: now})
}

// step is one of the things that writes do.
func step(kind int, id int64, now models.Stamp, broken error) func(*store.Tx) error {
	add := func(tx *store.Tx) error { return tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: now}) }
	decide := func(tx *store.Tx) error {
		p, ok, err := tx.Hold(id)
		if err != nil || !ok || p.Head == p.Seq {
			return err
		}
		if _, err := tx.Event(id, p.Head+1); err != nil {
			return err
		}
		c, err := tx.Conversation(id)
		if err != nil {
			return err
		}
		c.Epoch, c.UpdatedAt = c.Epoch+1, now
		if err := tx.Append(id, models.LaneOut, account, models.Entry{Verb: models.VerbSend, Message: "m"}, now); err != nil {
			return err
		}
		if err := tx.Save(&c); err != nil {
			return err
		}
		return tx.Advance(id, p.Head+1)
	}
	then := func(fns ...func(*store.Tx) error) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			for _, fn := range fns {
				if err := fn(tx); err != nil {
					return err
				}
			}
			return nil
		}
	}
	fail := func(*store.Tx) error { return broken }
	return []func(*store.Tx) error{
		add, decide, decide, then(add, decide),
		then(add, decide, fail),
		func(tx *store.Tx) error {
			if err := tx.Try(then(decide, add, fail)); !errors.Is(err, broken) {
				return err
			}
			return add(tx)
		},
		func(tx *store.Tx) error { return tx.Shift(0, time.Second) },
		func(*store.Tx) error { panic(broken) },
	}[kind]
}

// work claims lanes, and finishes one of them.
func work(t *testing.T, s *store.Store, now models.Stamp) int {
	t.Helper()
	claims, err := s.Claim(t.Context(), models.LaneOut, account, 12, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckMemory(t.Context()); err != nil { // what is remembered wrongly costs a second try, and heals
		t.Fatal(err)
	}
	for i, c := range claims {
		if i > 0 {
			err = s.Release(t.Context(), c, now)
		} else {
			err = s.WriteFor(t.Context(), store.Need{Chat: c.Conversation, Claim: &c}, func(tx *store.Tx) error {
				_, _, err := tx.Finish(c, 1, false, now, now)
				return err
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return len(claims)
}

// Ensure that who is forgotten is not remembered: he is met anew, and one who is still known stays.
func TestMemoryOfTheForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		const old, young = models.Stamp(1000), models.Stamp(2000)
		for id, at := range map[int64]models.Stamp{1: old, 2: young} {
			need := store.Need{Account: account, Addresses: []string{fmt.Sprint("c", id)}}
			err := s.WriteFor(t.Context(), need, func(tx *store.Tx) error {
				if err := meet(tx, id, at); err != nil {
					return err
				}
				return tx.Advance(id, 1)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Trim(t.Context(), store.Ages{Messages: young}, 10); err != nil || n == 0 {
			t.Fatalf("Trim = %d, %v, want what was old", n, err)
		}
		for id, want := range map[int64]int64{1: 0, 2: 2} {
			address := []string{fmt.Sprint("c", id)}
			err := s.WriteFor(t.Context(), store.Need{Account: account, Addresses: address}, func(tx *store.Tx) error {
				known, err := tx.Find(account, address)
				if err != nil {
					return err
				}
				_, there, err := tx.Hold(id)
				if known != want || there != (want != 0) {
					t.Errorf("Find(%q) = %d, Hold says %t, want %d", address, known, there, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
