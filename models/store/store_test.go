package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(t, storetest.Open(t, url)) })
}

// write runs fn and fails the test when it fails.
func write(t *testing.T, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

func appendEntries(t *testing.T, s *store.Store, conversation int64, lane models.Lane, account string, ids ...string) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for _, id := range ids {
			if err := tx.Append(conversation, lane, account, models.Entry{Verb: models.VerbSend, Message: id}, 1); err != nil {
				return err
			}
		}
		return nil
	})
}

func claimOne(t *testing.T, s *store.Store, lane models.Lane, account string, now models.Stamp) store.Claim {
	t.Helper()
	claims, err := s.Claim(t.Context(), lane, account, 5, now)
	if err != nil || len(claims) != 1 {
		t.Fatalf("Claim = %v, %v; want one lane", claims, err)
	}
	return claims[0]
}

// Ensure that of many simultaneous deliveries of the same thing exactly one is new, of twenty things that are named ahead and
// of one that is not.
func TestSeen(t *testing.T) {
	for _, v := range []struct {
		name string
		keys int
		need func(key string) store.Need
	}{
		{"named ahead", 20, func(key string) store.Need { return store.Need{Keys: []string{key}, At: 1} }},
		{"not named", 1, func(string) store.Need { return store.Need{} }},
	} {
		t.Run(v.name, func(t *testing.T) {
			each(t, func(t *testing.T, s *store.Store) {
				var wg sync.WaitGroup
				var mu sync.Mutex
				fresh := map[string]int{}
				for i := range 200 {
					wg.Go(func() {
						key := fmt.Sprintf("k%d", i%v.keys)
						var is bool
						err := s.WriteFor(t.Context(), v.need(key), func(tx *store.Tx) (err error) {
							is, err = tx.Seen(key, 1)
							return err
						})
						if err != nil {
							t.Errorf("Write: %v", err)
						}
						mu.Lock()
						defer mu.Unlock()
						if is {
							fresh[key]++
						}
					})
				}
				wg.Wait()
				for key, n := range fresh {
					if n != 1 {
						t.Errorf("Seen(%q) was new %d times, want once", key, n)
					}
				}
				if len(fresh) != v.keys {
					t.Errorf("%d keys were new, want %d", len(fresh), v.keys)
				}
			})
		})
	}
}

// Ensure that a write that fails or panics fails alone and leaves nothing behind.
func TestWrite_Failing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 120 {
			wg.Go(func() {
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					if err := tx.Append(int64(i), models.LaneOut, "a", models.Entry{Verb: models.VerbSend}, 1); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return boom
					case 2:
						panic("ouch")
					}
					return nil
				})
				switch _, panicked := errors.AsType[*store.PanicError](err); {
				case i%3 == 0 && err != nil:
					t.Errorf("write %d: %v", i, err)
				case i%3 == 1 && !errors.Is(err, boom):
					t.Errorf("write %d: %v, want boom", i, err)
				case i%3 == 2 && !panicked:
					t.Errorf("write %d: %v, want a panic", i, err)
				}
			})
		}
		wg.Wait()
		claims, err := s.Claim(t.Context(), models.LaneOut, "a", 1000, 10)
		if err != nil || len(claims) != 40 {
			t.Fatalf("%d lanes, %v; want 40", len(claims), err)
		}
		for _, c := range claims {
			if c.Conversation%3 != 0 || c.Seq != 1 {
				t.Errorf("lane %+v stands though its write failed, or twice", c)
			}
		}
	})
}

// Ensure that Try undoes its own writes only.
func TestTry(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			if err := tx.Append(1, models.LaneOut, "a", models.Entry{}, 1); err != nil {
				return err
			}
			err := tx.Try(func(tx *store.Tx) error {
				if err := tx.Append(2, models.LaneOut, "a", models.Entry{}, 1); err != nil {
					return err
				}
				panic("no")
			})
			if err == nil {
				t.Error("Try of a panic gives no error")
			}
			return nil
		})
		if c := claimOne(t, s, models.LaneOut, "a", 5); c.Conversation != 1 {
			t.Errorf("lane of conversation %d, want 1", c.Conversation)
		}
	})
}

// Ensure that a lane is worked in order, by one owner, and that an old fence changes nothing.
func TestLane(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		appendEntries(t, s, 7, models.LaneOut, "a", "m1", "m2", "m3")
		c := claimOne(t, s, models.LaneOut, "a", 100)
		if again, err := s.Claim(t.Context(), models.LaneOut, "a", 5, 100); err != nil || len(again) != 0 {
			t.Fatalf("second Claim = %v, %v; want none", again, err)
		}
		entries, err := s.Entries(t.Context(), c, 10)
		if err != nil || len(entries) != 3 || entries[0].Message != "m1" || entries[2].Message != "m3" {
			t.Fatalf("Entries = %+v, %v", entries, err)
		}
		old := c
		var kept bool
		write(t, s, func(tx *store.Tx) (err error) {
			c, kept, err = tx.Finish(c, 1, true, 0, 0)
			return err
		})
		if !kept || c.Head != 1 {
			t.Errorf("Finish: kept %v, head %d; want true, 1", kept, c.Head)
		}
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.Finish(old, 1, true, 0, 0)
			return err
		})
		if !errors.Is(err, store.ErrFenced) {
			t.Errorf("Finish of a done entry: %v, want ErrFenced", err)
		}
		if err := s.Retry(t.Context(), c, 1, 100, 500); err != nil {
			t.Fatal(err)
		}
		if due, ok, err := s.NextDue(t.Context(), models.LaneOut, "a"); err != nil || !ok || due != 500 {
			t.Errorf("NextDue = %v, %v, %v; want 500", due, ok, err)
		}
		if early, err := s.Claim(t.Context(), models.LaneOut, "a", 5, 499); err != nil || len(early) != 0 {
			t.Errorf("Claim before the lane is ready = %v, %v", early, err)
		}
		next := claimOne(t, s, models.LaneOut, "a", 500)
		if next.Attempt != 1 || next.Since != 100 || next.Head != 1 || next.Fence <= c.Fence {
			t.Errorf("claim after a retry: %+v", next)
		}
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.Finish(c, 1, true, 0, 0)
			return err
		})
		if !errors.Is(err, store.ErrFenced) {
			t.Errorf("Finish with an old fence: %v, want ErrFenced", err)
		}
	})
}

// Ensure that what a node owned is free after a restart.
func TestRestart(t *testing.T) {
	url := storetest.SQLite(t)
	s, err := store.Open(t.Context(), store.Options{URL: url, Node: "one"})
	if err != nil {
		t.Fatal(err)
	}
	appendEntries(t, s, 7, models.LaneOut, "a", "m1")
	claimOne(t, s, models.LaneOut, "a", 100)
	if _, ok, err := s.NextDue(t.Context(), models.LaneOut, "a"); err != nil || ok {
		t.Errorf("NextDue of a lane that is owned: %v, %v; want none", ok, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = storetest.Open(t, url)
	if _, ok, err := s.NextDue(t.Context(), models.LaneOut, "a"); err != nil || !ok {
		t.Errorf("NextDue after the owner is gone: %v, %v; want work", ok, err)
	}
	claimOne(t, s, models.LaneOut, "a", 100)
}

// Ensure that a second process on a SQLite file is told who has it.
func TestOpen_Locked(t *testing.T) {
	url := storetest.SQLite(t)
	storetest.Open(t, url)
	_, err := store.Open(t.Context(), store.Options{URL: url, Node: "two"})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("Open of a file in use: %v, want the owner's pid", err)
	}
}

// Ensure that a bad URL is refused in words.
func TestOpen_BadURL(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite://", "postgres://user:hunter2@127.0.0.1:1/x"} {
		_, err := store.Open(t.Context(), store.Options{URL: url, Node: "n"})
		if err == nil {
			t.Errorf("Open(%q) gives no error", url)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open(%q): the error shows the password: %v", url, err)
		}
	}
}

// Ensure that rows survive the way into the tables and back.
func TestState(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		c := models.Conversation{
			ID: 42, Channel: "telegram/support", Account: "telegram/1", Address: "9", Mode: models.ModeWaiting, Epoch: 3,
			Contact: models.Contact{ID: "9", Name: "Ann", Fields: map[string]string{"plan": "gold"}},
			Memory:  models.Memory{Told: "handover", Returned: &models.Returned{Ended: "resolved"}}, CreatedAt: 5,
		}
		m := models.Message{ID: "m", Conversation: 42, Num: 1, Author: models.ByCustomer, Kind: models.Said,
			Content: models.Content{Text: "hi 😀"}, PlatformID: "77", At: 6}
		h := models.Handover{ID: "h", Conversation: 42, Desk: "slack", Thread: "C1/1.2", State: models.HandoverWaiting, Card: 1}
		write(t, s, func(tx *store.Tx) error {
			return errors.Join(tx.Create(&c), tx.Record(&m), tx.PutHandover(h), tx.Bind("telegram/1", []string{"9"}, 42))
		})
		write(t, s, func(tx *store.Tx) error {
			got, err := tx.Conversation(42)
			if err != nil || got.Contact.Fields["plan"] != "gold" || got.Memory.Returned.Ended != "resolved" || got.CreatedAt != 5 {
				t.Errorf("Conversation = %+v, %v", got, err)
			}
			got.Epoch = 4
			if err := tx.Save(&got); err != nil {
				return err
			}
			id, err := tx.Find("telegram/1", []string{"8", "9"})
			if err != nil || id != 42 {
				t.Errorf("Find = %d, %v; want 42", id, err)
			}
			byID, ok, err := tx.MessageByPlatform(42, "77")
			if err != nil || !ok || byID.Content.Text != "hi 😀" {
				t.Errorf("MessageByPlatform = %+v, %v, %v", byID, ok, err)
			}
			thread, ok, err := tx.Thread("slack", "C1/1.2")
			if err != nil || !ok || thread.ID != "h" {
				t.Errorf("Thread = %+v, %v, %v", thread, ok, err)
			}
			if _, ok, err := tx.Handover("none"); ok || err != nil {
				t.Errorf("Handover of no such id: %v, %v", ok, err)
			}
			return nil
		})
		got, err := s.Conversation(t.Context(), 42)
		if err != nil || got.Epoch != 4 {
			t.Errorf("Conversation after Save = %+v, %v", got, err)
		}
		if _, err := s.Conversation(t.Context(), 43); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Conversation of no such id: %v, want ErrNotFound", err)
		}
		if dirty, err := s.Dirty(t.Context(), "slack", 10); err != nil || len(dirty) != 1 {
			t.Errorf("Dirty = %v, %v; want one", dirty, err)
		}
		if dirty, err := s.Dirty(t.Context(), "sales", 10); err != nil || len(dirty) != 0 {
			t.Errorf("Dirty of another desk = %v, %v; want none", dirty, err)
		}
		if open, err := s.OpenChats(t.Context(), "telegram/support"); err != nil || len(open) != 1 {
			t.Errorf("OpenChats = %v, %v; want one", open, err)
		}
	})
}

// Ensure that receipts only ever say more.
func TestPutReceipt(t *testing.T) {
	steps := []struct{ put, want models.Delivery }{
		{models.Delivered, models.Delivered},
		{models.Sent, models.Delivered},
		{models.Failed, models.Delivered},
		{models.Read, models.Read},
		{models.Delivered, models.Read},
	}
	each(t, func(t *testing.T, s *store.Store) {
		for _, step := range steps {
			write(t, s, func(tx *store.Tx) error {
				got, err := tx.PutReceipt(models.Receipt{Account: "a", PlatformID: "w", State: step.put})
				if got.State != step.want {
					t.Errorf("PutReceipt(%s) = %s, want %s", step.put, got.State, step.want)
				}
				return err
			})
		}
	})
}

// Ensure that a closed store answers instead of hanging.
func TestClosed(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: storetest.SQLite(t), Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(context.Background(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Write after Close: %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
