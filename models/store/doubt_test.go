package store_test

import (
	"slices"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that who claims a lane knows whether the entry at its head may have been done by an owner who did not record it,
// and that this outlives a claim that was given up before the entry was handled, and a restart.
func TestClaim_Doubt(t *testing.T) {
	giveUp := func(how string, doubt bool) func(t *testing.T, s *store.Store, c store.Claim) {
		return func(t *testing.T, s *store.Store, c store.Claim) {
			c.Doubt = doubt
			var err error
			if how == "retry" {
				err = s.Retry(t.Context(), c, 1, 5, 0)
			} else {
				err = s.Release(t.Context(), c, 0)
			}
			if err != nil {
				t.Fatalf("%s: %v", how, err)
			}
		}
	}
	tests := []struct {
		name string
		do   func(t *testing.T, s *store.Store, c store.Claim)
		want bool
	}{
		{"refused", giveUp("retry", false), false},
		{"unknown", giveUp("retry", true), true},
		{"released", giveUp("release", false), false},
		{"released unknown", giveUp("release", true), true},
		{"died", func(*testing.T, *store.Store, store.Claim) {}, true},
		{"finished", func(t *testing.T, s *store.Store, c store.Claim) {
			c.Doubt = true
			write(t, s, func(tx *store.Tx) error {
				next, kept, err := tx.Finish(c, 1, true, 0, 0)
				if err == nil && (next.Doubt || !kept) {
					t.Errorf("Finish = %+v, %v; want the next entry without doubt", next, kept)
				}
				if err == nil {
					_, _, err = tx.Finish(next, 1, false, 0, 0)
				}
				return err
			})
			appendEntries(t, s, 1, models.LaneOut, "a", "m3")
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, url string) {
				s, err := store.Open(t.Context(), store.Options{URL: url, Node: "first", Lease: storetest.Lease})
				if err != nil {
					t.Fatal(err)
				}
				appendEntries(t, s, 1, models.LaneOut, "a", "m1", "m2")
				c := claimOne(t, s, models.LaneOut, "a", 100)
				if c.Doubt {
					t.Error("the first claim of a lane is in doubt")
				}
				tt.do(t, s, c)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = store.Open(t.Context(), store.Options{URL: url, Node: "second", Lease: storetest.Lease}); err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				again := claimOne(t, s, models.LaneOut, "a", 100)
				if again.Doubt != tt.want {
					t.Errorf("Doubt = %v, want %v", again.Doubt, tt.want)
				}
				if err := s.Release(t.Context(), again, 0); err != nil {
					t.Fatal(err)
				}
				if err := s.Release(t.Context(), again, 0); err == nil {
					t.Error("a lane that was given up is still owned")
				}
				if last := claimOne(t, s, models.LaneOut, "a", 100); last.Doubt != tt.want {
					t.Errorf("Doubt behind a release = %v, want %v", last.Doubt, tt.want)
				}
			})
		})
	}
}

// Ensure that the lanes that wait are named in the order in which they began to, and that one of them can be claimed by
// itself, once.
func TestClaimOf(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		for i, id := range []int64{5, 3, 9} {
			write(t, s, func(tx *store.Tx) error {
				return tx.Append(id, models.LaneDesk, "a", models.Entry{Verb: models.VerbPost}, models.Stamp(10*(i+1)))
			})
		}
		due := func(n int, now models.Stamp) []int64 {
			t.Helper()
			ids, err := s.Due(t.Context(), models.LaneDesk, "a", n, now)
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		for _, tt := range []struct {
			n    int
			now  models.Stamp
			want []int64
		}{{9, 100, []int64{5, 3, 9}}, {2, 100, []int64{5, 3}}, {9, 20, []int64{5, 3}}, {9, 5, nil}} {
			if got := due(tt.n, tt.now); !slices.Equal(got, tt.want) {
				t.Errorf("Due(%d, %d) = %v, want %v", tt.n, tt.now, got, tt.want)
			}
		}
		claims, err := s.ClaimOf(t.Context(), models.LaneDesk, "a", 3, 100)
		if err != nil || len(claims) != 1 || claims[0].Conversation != 3 || claims[0].Seq != 1 {
			t.Fatalf("ClaimOf = %+v, %v; want the lane of conversation 3", claims, err)
		}
		for _, id := range []int64{3, 4} {
			if none, err := s.ClaimOf(t.Context(), models.LaneDesk, "a", id, 100); err != nil || len(none) != 0 {
				t.Errorf("ClaimOf(%d) = %+v, %v; want none", id, none, err)
			}
		}
		if none, err := s.ClaimOf(t.Context(), models.LaneDesk, "a", 9, 29); err != nil || len(none) != 0 {
			t.Errorf("ClaimOf before its time = %+v, %v; want none", none, err)
		}
		if got := due(9, 100); !slices.Equal(got, []int64{5, 9}) {
			t.Errorf("Due = %v, want those without an owner", got)
		}
	})
}
