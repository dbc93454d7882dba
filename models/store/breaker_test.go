package store_test

import (
	"sync"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that a bot's row is made once, by whoever comes first, and that none overwrites what another one wrote; also that of
// the default bot, whose name is empty.
func TestHoldBreaker(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for _, bot := range []string{"", "assistant"} {
			if b, err := s.Breaker(t.Context(), bot); err != nil || b.Incident != "" {
				t.Fatalf("Breaker(%q) = %+v, %v before there is one", bot, b, err)
			}
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					write(t, s, func(tx *store.Tx) error {
						b, err := tx.HoldBreaker(bot)
						if err != nil {
							return err
						}
						b.Failures = append(b.Failures, models.Miss{Conversation: int64(i), At: 1})
						b.Tries++
						return tx.PutBreaker(b)
					})
				})
			}
			wg.Wait()
			b, err := s.Breaker(t.Context(), bot)
			if err != nil || b.Tries != 20 || len(b.Failures) != 20 || b.Bot != bot {
				t.Errorf("Breaker(%q) = %+v, %v; want 20 failures", bot, b, err)
			}
		}
		write(t, s, func(tx *store.Tx) error {
			return tx.PutBreaker(models.Breaker{Bot: "assistant", Incident: "i1", ProbeAt: 7})
		})
		out, err := s.Outages(t.Context())
		if err != nil || len(out) != 1 || out[0].Incident != "i1" || out[0].ProbeAt != 7 || out[0].Failures != nil {
			t.Errorf("Outages() = %+v, %v", out, err)
		}
	})
}

// Ensure that waits are counted and found by their ages, and that one that is put again keeps when it was asked last.
func TestWaits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		i := models.Incident{ID: "i1", Bot: "b", OpenedAt: 5, EndedAt: 100, HandedAt: 20}
		put := func(tx *store.Tx, conversation, since, at int64) error {
			return tx.PutWait(models.Wait{Conversation: conversation, Bot: "b", Since: models.Stamp(since), At: models.Stamp(at)})
		}
		write(t, s, func(tx *store.Tx) error {
			if err := tx.OpenIncident(i); err != nil {
				return err
			}
			for _, w := range [][3]int64{{1, 10, 10}, {2, 20, 60}, {3, 30, 30}, {4, 40, 70}, {5, 50, 50}} {
				if err := put(tx, w[0], w[1], w[2]); err != nil {
					return err
				}
			}
			if err := tx.PutWait(models.Wait{Conversation: 6, Bot: "other", Since: 1, At: 1}); err != nil {
				return err
			}
			for _, conversation := range []int64{4, 9} {
				if waits, err := tx.AskWait(conversation, 80); err != nil || waits != (conversation == 4) {
					t.Errorf("AskWait(%d) = %v, %v", conversation, waits, err)
				}
			}
			return put(tx, 4, 40, 75)
		})
		if w, err := s.CountWaits(t.Context(), i, 51); err != nil || w != (store.Waiting{All: 5, Old: 2, Going: 2}) {
			t.Errorf("CountWaits() = %+v, %v; want 5, of them 3 and 5 old, 1 and 2 going", w, err)
		}
		ids := func(found []models.Wait, err error) (all []int64) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range found {
				all = append(all, w.Conversation)
			}
			return all
		}
		same := func(what string, got []int64, want ...int64) {
			t.Helper()
			if len(got) != len(want) {
				t.Errorf("%s = %v, want %v", what, got, want)
				return
			}
			for n := range got {
				if got[n] != want[n] {
					t.Errorf("%s = %v, want %v", what, got, want)
				}
			}
		}
		same("AskNext", ids(s.AskNext(t.Context(), i, 0, 100, 9)), 3, 5, 4)
		same("AskNext of the young", ids(s.AskNext(t.Context(), i, 50, 100, 9)), 5, 4)
		same("AskNext of who was not asked", ids(s.AskNext(t.Context(), i, 0, 80, 9)), 3, 5)
		same("AskNext of one", ids(s.AskNext(t.Context(), i, 0, 100, 1)), 3)
		same("HandNext", ids(s.HandNext(t.Context(), i, 9)), 1, 2)
		write(t, s, func(tx *store.Tx) error {
			for n, want := range []bool{true, false} {
				if ended, err := tx.EndWait(1); err != nil || ended != want {
					t.Errorf("EndWait(1) for the %d. time = %v, %v", n+1, ended, err)
				}
			}
			if waits, err := tx.Waits("b"); err != nil || !waits {
				t.Errorf("Waits() = %v, %v", waits, err)
			}
			if err := tx.DropWaits("b"); err != nil {
				return err
			}
			if waits, err := tx.Waits("b"); err != nil || waits {
				t.Errorf("Waits() = %v, %v when all are dropped", waits, err)
			}
			waits, err := tx.Waits("other")
			if !waits {
				t.Error("another bot's waits are dropped")
			}
			return err
		})
	})
}

// Ensure that an incident keeps what was written of it by different hands, is alive until it is done, and goes after the
// transcripts' age.
func TestIncidents(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for n, id := range []string{"i2", "i1"} {
				if err := tx.OpenIncident(models.Incident{ID: id, Bot: "b", Desk: "slack", OpenedAt: models.Stamp(20 - n)}); err != nil {
					return err
				}
			}
			return nil
		})
		write(t, s, func(tx *store.Tx) error {
			if err := tx.UpdateIncident("i1", map[string]any{"post": "C1/1.2", "shown": "x"}); err != nil {
				return err
			}
			if err := tx.HandAll("i1", models.Person{ID: "U1", Name: "Ana"}, 30); err != nil {
				return err
			}
			if err := tx.Handed("i1"); err != nil {
				return err
			}
			return tx.Handed("i1")
		})
		alive, err := s.Incidents(t.Context())
		if err != nil || len(alive) != 2 || alive[0].ID != "i1" {
			t.Fatalf("Incidents() = %+v, %v", alive, err)
		}
		if i := alive[0]; i.Post != "C1/1.2" || i.Shown != "x" || i.HandedBy.Name != "Ana" || i.HandedAt != 30 || i.Handed != 2 || i.Desk != "slack" {
			t.Errorf("the incident is %+v", i)
		}
		write(t, s, func(tx *store.Tx) error { return tx.UpdateIncident("i1", map[string]any{"done_at": models.Stamp(40)}) })
		for _, step := range []struct {
			age  models.Stamp
			want bool
		}{{40, true}, {41, false}} {
			if _, err := s.Trim(t.Context(), store.Ages{Messages: step.age}, 10); err != nil {
				t.Fatal(err)
			}
			write(t, s, func(tx *store.Tx) error {
				_, ok, err := tx.Incident("i1")
				if ok != step.want {
					t.Errorf("an incident done at 40 is there after a trim to %d: %v", step.age, ok)
				}
				return err
			})
		}
		if alive, err = s.Incidents(t.Context()); err != nil || len(alive) != 1 || alive[0].ID != "i2" {
			t.Errorf("Incidents() = %+v, %v; want the one that is not done", alive, err)
		}
	})
}

// Ensure that lanes with work are counted up to a bound.
func TestCrowd(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for conversation := range int64(5) {
			appendEntries(t, s, conversation+1, models.LaneDesk, "slack/C1", "a", "b")
		}
		appendEntries(t, s, 9, models.LaneDesk, "slack/C2", "a")
		for _, want := range [][2]int{{3, 3}, {5, 5}, {8, 5}} {
			if n, err := s.Crowd(t.Context(), models.LaneDesk, "slack/C1", want[0]); err != nil || n != want[1] {
				t.Errorf("Crowd(up to %d) = %d, %v; want %d", want[0], n, err, want[1])
			}
		}
	})
}
