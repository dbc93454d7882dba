package store_test

import (
	"errors"
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that of a send that is recorded and a report of it that another copy stores at the same moment, the later one to
// commit sees the other, in either order.
func TestReported_Between(t *testing.T) {
	sends := func(s *store.Store, meanwhile func()) (seen models.Delivery, err error) {
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			r, _, err := tx.Reported("a", "w1")
			if err != nil {
				return err
			}
			seen = r.State
			meanwhile()
			return tx.PutPart(models.Part{Message: "m1", Account: "a", PlatformID: "w1", State: models.Sent})
		})
		return seen, err
	}
	reports := func(s *store.Store, meanwhile func()) (found bool, err error) {
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.PutReceipt(models.Receipt{Account: "a", PlatformID: "w1", State: models.Delivered, At: 1}); err != nil {
				return err
			}
			meanwhile()
			_, found, err = tx.PartByPlatform("a", "w1")
			return err
		})
		return found, err
	}
	t.Run("report first", func(t *testing.T) {
		url := storetest.Postgres(t)
		one, two := storetest.Open(t, url), storetest.Open(t, url)
		began, sent := make(chan struct{}), make(chan error, 1)
		var seen models.Delivery
		go func() {
			<-began
			var err error
			seen, err = sends(two, func() {})
			sent <- err
		}()
		if _, err := reports(one, sync.OnceFunc(func() { close(began); waitForLock(t, url) })); err != nil {
			t.Fatal(err)
		}
		if err := <-sent; err != nil || seen != models.Delivered {
			t.Errorf("the send sees %q, %v; want delivered", seen, err)
		}
	})
	t.Run("send first", func(t *testing.T) {
		url := storetest.Postgres(t)
		one, two := storetest.Open(t, url), storetest.Open(t, url)
		began, reported := make(chan struct{}), make(chan error, 1)
		found := false
		go func() {
			<-began
			var err error
			found, err = reports(two, func() {})
			reported <- err
		}()
		if _, err := sends(one, sync.OnceFunc(func() { close(began); waitForLock(t, url) })); err != nil {
			t.Fatal(err)
		}
		if err := <-reported; err != nil || !found {
			t.Errorf("the report finds the part: %v, %v; want true", found, err)
		}
	})
}

// waitForLock waits until somebody waits for a lock of ours.
func waitForLock(t *testing.T, url string) {
	t.Helper()
	db, _ := raw(t, url)
	for n := 0; n == 0; {
		if err := db.QueryRow("SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&n); err != nil {
			t.Errorf("locks: %v", err)
			return
		}
	}
}

// Ensure that a message that reaches one copy while another one forgets its chat is not put where nobody finds it.
func TestForget_Between(t *testing.T) {
	url := storetest.Postgres(t)
	one, two := storetest.Open(t, url), storetest.Open(t, url)
	write(t, one, func(tx *store.Tx) error {
		if err := tx.Bind("a", []string{"c1"}, 7); err != nil {
			return err
		}
		if err := tx.Create(&models.Conversation{ID: 7, Channel: "x/y", Account: "a", Address: "c1", Mode: models.ModeBot, UpdatedAt: 1}); err != nil {
			return err
		}
		if err := tx.AppendEvent(7, models.Event{Type: models.CustomerWrote, At: 1}); err != nil {
			return err
		}
		return tx.Advance(7, 1)
	})
	found, forgotten := make(chan struct{}), make(chan error, 1)
	go func() {
		<-found
		_, err := one.Trim(t.Context(), store.Ages{Messages: 100}, 10)
		forgotten <- err
	}()
	var first error
	err := two.Write(t.Context(), func(tx *store.Tx) error {
		id, err := tx.Find("a", []string{"c1"})
		if err != nil || id == 0 {
			return errors.Join(err, errUnknown)
		}
		close(found)
		if err := <-forgotten; err != nil {
			t.Errorf("Trim: %v", err)
		}
		first = tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: 200})
		return first
	})
	if !errors.Is(first, store.ErrForgotten) {
		t.Errorf("AppendEvent to a chat that is gone: %v, want ErrForgotten", first)
	}
	if !errors.Is(err, errUnknown) {
		t.Errorf("the second try: %v, want that the chat is unknown", err)
	}
}

var errUnknown = errors.New("unknown")
