package store_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that who finishes an out lane and only then finds that something happened in the chat, such as a report that the
// message failed, does not wait for who decides in that chat and waits for the out lane.
func TestLockOrder(t *testing.T) {
	url := storetest.Postgres(t)
	t.Run("writers", func(t *testing.T) {
		one, two := storetest.Open(t, url), storetest.Open(t, url)
		settle(t, one, 7)
		appendEntries(t, one, 7, models.LaneOut, "a", "m1")
		c := claimOne(t, one, models.LaneOut, "a", 10)
		holds, decided := make(chan struct{}), make(chan error, 1)
		go func() {
			<-holds
			decided <- two.WriteFor(t.Context(), store.Need{Chat: 7, Decide: true}, func(tx *store.Tx) error {
				return tx.Append(7, models.LaneOut, "a", models.Entry{Verb: models.VerbSend, Message: "m2"}, 1)
			})
		}()
		meanwhile := sync.OnceFunc(func() { close(holds); waitForLock(t, url) })
		var next store.Claim
		err := one.WriteFor(t.Context(), store.Need{Claim: &c}, func(tx *store.Tx) (err error) {
			if err := tx.Owns(c); err != nil {
				return err
			}
			meanwhile()
			if err := tx.AppendEvent(7, models.Event{Type: models.SendFailed, At: 2}); err != nil {
				return err
			}
			next, _, err = tx.Finish(c, 1, true, 0, 0)
			return err
		})
		if err != nil || next.Head != 2 || next.Seq != 3 {
			t.Errorf("the finish: head %d of %d, %v; want 2 of 3, after the decision", next.Head, next.Seq, err)
		}
		if err := <-decided; err != nil {
			t.Errorf("the decision: %v", err)
		}
	})
	noDeadlocks(t, url)
}

// Ensure that writers of two copies, who use the lanes of a few chats in whatever order occurs to them, never wait for each
// other in a circle.
func TestLockOrder_Crowd(t *testing.T) {
	const chats, writers, writes = 4, 8, 25
	url := storetest.Postgres(t)
	t.Run("writers", func(t *testing.T) {
		stores := []*store.Store{storetest.Open(t, url), storetest.Open(t, url)}
		for id := range int64(chats) {
			settle(t, stores[0], id+1)
		}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				s, dice := stores[w%2], rand.New(rand.NewPCG(1, uint64(w))) // #nosec G404 -- the same each time
				for range writes {
					order := dice.Perm(2 * chats)[:3]
					err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
						for _, n := range order {
							chat := int64(n%chats) + 1
							if n < chats {
								err = errors.Join(err, tx.AppendEvent(chat, models.Event{Type: models.SendFailed, At: 1}))
							} else {
								err = errors.Join(err, tx.Append(chat, models.LaneOut, "a", models.Entry{Verb: models.VerbSend}, 1))
							}
						}
						return err
					})
					if err != nil {
						t.Errorf("Write: %v", err)
					}
				}
			})
		}
		wg.Wait()
		depths, err := stores[0].Depths(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, d := range depths {
			total += d.Waiting
		}
		if want := int64(3 * writers * writes); total != want {
			t.Errorf("%d entries wait, want %d", total, want)
		}
	})
	noDeadlocks(t, url)
}

// settle makes a conversation with an empty in lane and an empty out lane.
func settle(t *testing.T, s *store.Store, id int64) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		if err := tx.Create(&models.Conversation{ID: id, Channel: "x/y", Account: "a", Mode: models.ModeBot, UpdatedAt: 1}); err != nil {
			return err
		}
		if err := tx.AppendEvent(id, models.Event{Type: models.CustomerWrote, At: 1}); err != nil {
			return err
		}
		return tx.Advance(id, 1)
	})
	appendEntries(t, s, id, models.LaneOut, "a", "m0")
	c := claimOne(t, s, models.LaneOut, "a", 10)
	write(t, s, func(tx *store.Tx) error {
		_, _, err := tx.Finish(c, 1, false, 0, 0)
		return err
	})
}

// noDeadlocks fails the test if PostgreSQL had to break a deadlock. Who used the database has left it: a server process
// tells what it saw at its end at the latest.
func noDeadlocks(t *testing.T, url string) {
	t.Helper()
	db, _ := raw(t, url)
	var n, here int
	for here = 1; here > 0; {
		err := db.QueryRow(`SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND backend_type = 'client backend')`).Scan(&here)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.QueryRow(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("PostgreSQL broke %d deadlocks, want none", n)
	}
}
