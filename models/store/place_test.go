package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// started is a lane that a place got.
type started struct {
	tenure context.Context
	claim  store.Claim
	work   store.Work
	whole  bool
}

// places gives places, and notes what became of them and what hints there were.
type places struct {
	mu       sync.Mutex
	refuse   bool
	asked    []store.Hint
	ready    []models.Stamp
	started  []started
	canceled int
	hints    []store.Hint
}

// seat is one place of places.
type seat struct {
	p    *places
	over bool
}

func (s *seat) end() {
	if s.over {
		panic("a place was used twice")
	}
	s.over = true
}

func (s *seat) Start(tenure context.Context, c store.Claim, w store.Work, whole bool) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.end()
	s.p.started = append(s.p.started, started{tenure, c, w, whole})
}

func (s *seat) Cancel() {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.end()
	s.p.canceled++
}

// of has a store ask for places.
func (p *places) of(s *store.Store) {
	s.OnAppend(func(h store.Hint, ready models.Stamp) store.Place {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked, p.ready = append(p.asked, h), append(p.ready, ready)
		if p.refuse {
			return nil
		}
		return &seat{p: p}
	})
	s.OnCommit(func(hints []store.Hint) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hints = append(p.hints, hints...)
	})
}

// eachPlaced runs a test on each database with a store that asks for places, and keeps its lease.
func eachPlaced(t *testing.T, test func(t *testing.T, s *store.Store, p *places)) {
	t.Helper()
	each(t, func(t *testing.T, s *store.Store) {
		ctx, stop := context.WithCancel(t.Context())
		var keeping sync.WaitGroup
		keeping.Go(func() {
			if err := s.KeepLease(ctx); err != nil {
				t.Errorf("KeepLease: %v", err)
			}
		})
		defer keeping.Wait()
		defer stop()
		p := &places{}
		p.of(s)
		test(t, s, p)
	})
}

// Ensure that a lane that was empty is claimed by the commit that gives it work, with all that Load finds, and that nobody
// is told of it or claims it a second time.
func TestPlace(t *testing.T) {
	eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
		chat := models.Conversation{ID: 7, Channel: "app/main", Account: "a", Mode: models.ModeAgent}
		message := models.Message{ID: "m1", Conversation: 7, Num: 1, Author: models.ByCustomer, Kind: models.Said, Content: models.Content{Text: "hello"}}
		handover := models.Handover{ID: "h1", Conversation: 7, Desk: "slack", Thread: "T1"}
		lanes := []models.Lane{models.LaneBot, models.LaneOut, models.LaneDesk}
		write(t, s, func(tx *store.Tx) error {
			errs := []error{tx.Create(&chat), tx.Record(&message), tx.PutHandover(handover)}
			for _, lane := range lanes {
				for part := range 2 {
					e := models.Entry{Verb: models.VerbSend, Message: "m1", Part: part}
					if lane == models.LaneDesk {
						e.Handover = "h1"
					}
					errs = append(errs, tx.Append(7, lane, "a", e, 5))
				}
			}
			return errors.Join(append(errs, tx.Update("m1", map[string]any{"parts": 2}))...)
		})
		if len(p.started) != len(lanes) || p.canceled != 0 || len(p.hints) != 0 {
			t.Fatalf("%d lanes started, %d places canceled, hints %v; want %d, 0, none", len(p.started), p.canceled, p.hints, len(lanes))
		}
		for i, lane := range lanes {
			got := p.started[i]
			want := store.Claim{Conversation: 7, Lane: lane, Account: "a", Seq: 2, Fence: 1}
			if got.claim != want || !got.whole || p.ready[i] != 5 {
				t.Errorf("started with %+v, whole %v, due at %d; want %+v, true, 5", got.claim, got.whole, p.ready[i], want)
			}
			loaded, err := s.Load(t.Context(), []store.Claim{got.claim}, store.Want{Entries: 10, Part: lane == models.LaneOut, Handover: lane == models.LaneDesk})
			if err != nil || !reflect.DeepEqual(got.work, loaded[0]) {
				t.Errorf("the commit knew of\n%+v\nLoad finds\n%+v, %v", got.work, loaded[0], err)
			}
			if claims, err := s.Claim(t.Context(), lane, "a", 5, 100); err != nil || len(claims) != 0 {
				t.Errorf("Claim = %v, %v; want none", claims, err)
			}
			write(t, s, func(tx *store.Tx) error {
				next, kept, err := tx.Finish(got.claim, 1, true, 0, 0)
				if err != nil || !kept || next.Head != 1 {
					t.Errorf("Finish = %+v, %v, %v; want the second entry", next, kept, err)
				}
				return err
			})
		}
	})
}

// Ensure that a lane for which there is no place is only spoken of, and that it is nobody's.
func TestPlace_None(t *testing.T) {
	eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
		p.refuse = true
		appendEntries(t, s, 7, models.LaneOut, "a", "m1")
		want := store.Hint{Conversation: 7, Lane: models.LaneOut, Account: "a"}
		if len(p.asked) != 1 || len(p.hints) == 0 || p.hints[0] != want {
			t.Errorf("asked for %v, hints %v; want one place and %v", p.asked, p.hints, want)
		}
		if c := claimOne(t, s, models.LaneOut, "a", 10); c.Fence != 1 || c.Doubt {
			t.Errorf("Claim = %+v, want the lane without an owner before", c)
		}
	})
}

// Ensure that a place is asked for only when work comes into an empty lane that nobody works.
func TestPlace_NotEmpty(t *testing.T) {
	eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
		p.refuse = true
		appendEntries(t, s, 7, models.LaneOut, "a", "m1")
		p.refuse, p.hints = false, nil
		appendEntries(t, s, 7, models.LaneOut, "a", "m2")
		if len(p.asked) != 1 || len(p.hints) == 0 {
			t.Errorf("asked for %v, hints %v; want no place for a lane with older work", p.asked, p.hints)
		}
		c := claimOne(t, s, models.LaneOut, "a", 10)
		appendEntries(t, s, 7, models.LaneOut, "a", "m3")
		if len(p.asked) != 1 {
			t.Errorf("asked for %v, want no place for a lane with an owner", p.asked)
		}
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.Finish(c, 2, true, 0, 0)
			return err
		})
		write(t, s, func(tx *store.Tx) error {
			c.Head = 2
			if _, _, err := tx.Finish(c, 1, true, 0, 0); err != nil {
				return err
			}
			return tx.Append(7, models.LaneOut, "a", models.Entry{Verb: models.VerbSend, Message: "m4"}, 20)
		})
		if len(p.started) != 1 || p.started[0].claim.Head != 3 || p.started[0].claim.Fence != c.Fence+1 {
			t.Errorf("started %+v, want the lane that the same commit had emptied", p.started)
		}
	})
}

// Ensure that a lane which a paced chat may not use yet is offered with the time when it may.
func TestPlace_Later(t *testing.T) {
	eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
		appendEntries(t, s, 7, models.LaneOut, "a", "m1")
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.Finish(p.started[0].claim, 1, true, 900, 800)
			return err
		})
		appendEntries(t, s, 7, models.LaneOut, "a", "m2")
		if len(p.ready) != 2 || p.ready[1] != 800 || p.started[1].claim.Paced != 900 {
			t.Errorf("lanes due at %v, started %+v; want the second one due at 800", p.ready, p.started)
		}
	})
}

// Ensure that what the commit does not surely know is not passed off as all.
func TestPlace_Unknown(t *testing.T) {
	for name, c := range map[string]struct {
		lane  models.Lane
		entry models.Entry
		more  func(tx *store.Tx) error
	}{
		"message of an earlier commit":  {models.LaneOut, models.Entry{Verb: models.VerbSend, Message: "old"}, nil},
		"handover of an earlier commit": {models.LaneDesk, models.Entry{Verb: models.VerbPost, Message: "new", Handover: "h"}, nil},
		"what was sent":                 {models.LaneOut, models.Entry{Verb: models.VerbDelete, Message: "new"}, nil},
		"written and changed": {models.LaneOut, models.Entry{Verb: models.VerbSend, Message: "new"}, func(tx *store.Tx) error {
			if _, err := tx.Parts("new"); err != nil { // writes what waits
				return err
			}
			return tx.Update("new", map[string]any{"deleted": true})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
				write(t, s, func(tx *store.Tx) error {
					return errors.Join(tx.Create(&models.Conversation{ID: 7}), tx.Record(&models.Message{ID: "old", Conversation: 7, Num: 1}),
						tx.PutHandover(models.Handover{ID: "h", Conversation: 7}))
				})
				write(t, s, func(tx *store.Tx) error {
					_, err := tx.Conversation(7)
					errs := []error{err, tx.Record(&models.Message{ID: "new", Conversation: 7, Num: 2}), tx.Append(7, c.lane, "a", c.entry, 5)}
					if c.more != nil {
						errs = append(errs, c.more(tx))
					}
					return errors.Join(errs...)
				})
				if len(p.started) != 1 || p.started[0].whole {
					t.Errorf("started %+v, want a lane of which not all is known", p.started)
				}
			})
		})
	}
}

// Ensure that what was undone is not started, and that what is written beside it is at least spoken of.
func TestPlace_Undone(t *testing.T) {
	eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
		write(t, s, func(tx *store.Tx) error {
			if err := tx.Append(7, models.LaneOut, "a", models.Entry{Verb: models.VerbSend, Message: "m1"}, 1); err != nil {
				return err
			}
			_ = tx.Try(func(tx *store.Tx) error {
				if err := tx.Append(8, models.LaneOut, "a", models.Entry{Verb: models.VerbSend, Message: "m2"}, 1); err != nil {
					return err
				}
				return errors.New("undone")
			})
			return nil
		})
		for _, c := range p.started {
			if c.claim.Conversation == 8 {
				t.Errorf("started %+v, which was undone", c.claim)
			}
		}
		if len(p.started) == 0 && len(p.hints) == 0 {
			t.Error("nobody is told of what was written")
		}
	})
}

// Ensure that each place of a commit that fails is given back, once for each time that it was tried, and that writes that
// fail beside others leave no place behind.
func TestPlace_Failing(t *testing.T) {
	eachPlaced(t, func(t *testing.T, s *store.Store, p *places) {
		write(t, s, func(tx *store.Tx) error { return tx.Record(&models.Message{ID: "twice", Conversation: 1, Num: 1}) })
		const writes = 90
		var wg sync.WaitGroup
		for i := range writes {
			wg.Go(func() {
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					if err := tx.Append(int64(100+i), models.LaneOut, "a", models.Entry{Verb: models.VerbSend, Message: fmt.Sprint(i)}, 1); err != nil {
						return err
					}
					switch i % 3 {
					case 1: // known when it is written, at the end of the commit
						return tx.Record(&models.Message{ID: "twice", Conversation: int64(100 + i), Num: 1})
					case 2:
						return errors.New("refused")
					}
					return nil
				})
				if (err == nil) != (i%3 == 0) {
					t.Errorf("Write %d = %v", i, err)
				}
			})
		}
		wg.Wait()
		if err := s.Close(); err != nil { // the last commit is over
			t.Fatal(err)
		}
		if len(p.started) != writes/3 || p.canceled < writes/3 || len(p.started)+p.canceled != len(p.asked) {
			t.Errorf("of %d places %d were started and %d given back, want %d started, %d given back at least, and none left",
				len(p.asked), len(p.started), p.canceled, writes/3, writes/3)
		}
	})
}

// Ensure that nothing is claimed in passing when the node's lease may be over.
func TestPlace_Lapsed(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{URL: storetest.Postgres(t), Node: "lapsing", Lease: shortLease})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p := &places{}
	p.of(s)
	appendEntries(t, s, 7, models.LaneOut, "a", "m1")
	if len(p.started) != 1 || p.started[0].tenure != s.Tenure() {
		t.Fatalf("started %+v, want a lane under this tenure", p.started)
	}
	<-s.Tenure().Done()
	appendEntries(t, s, 8, models.LaneOut, "a", "m2")
	if len(p.asked) != 1 || len(p.hints) == 0 {
		t.Errorf("asked for %v, hints %v; want no place, and a hint", p.asked, p.hints)
	}
}

var _ store.Place = (*seat)(nil)
