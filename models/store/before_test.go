package store_test

import (
	"testing"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// Ensure that the threads before one are found in all chats that are asked for, the latest first, and counted.
func TestBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s, err := store.Open(t.Context(), store.Options{URL: url, Node: "one"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			for i, h := range []models.Handover{
				{ID: "a1", Conversation: 1, Desk: "slack", Thread: "t1"}, {ID: "b1", Conversation: 2, Desk: "slack", Thread: "t2"},
				{ID: "c1", Conversation: 3, Desk: "slack", Thread: "t3"}, {ID: "a2", Conversation: 1, Desk: "slack"},
				{ID: "b2", Conversation: 2, Desk: "other", Thread: "t4"}, {ID: "a3", Conversation: 1, Desk: "slack", Thread: "t5"},
				{ID: "a4", Conversation: 1, Desk: "slack", Thread: "t6"}, {ID: "a5", Conversation: 1, Desk: "slack", Thread: "t7"},
			} {
				h.OpenedAt = models.Stamp(i + 1)
				if err := tx.PutHandover(h); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		found, all, err := s.Before(t.Context(), models.Handover{ID: "a4", Conversation: 1, Desk: "slack", OpenedAt: 7}, []int64{2}, 2)
		if err != nil || all != 3 || len(found) != 2 || found[0].ID != "a3" || found[1].ID != "b1" {
			t.Errorf("Before() = %+v, %d, %v; want a3 and b1 of 3", found, all, err)
		}
		if found, all, err = s.Before(t.Context(), models.Handover{ID: "c1", Conversation: 3, Desk: "slack", OpenedAt: 3}, nil, 2); err != nil || all != 0 || len(found) != 0 {
			t.Errorf("Before() of the first = %+v, %d, %v; want none", found, all, err)
		}
	})
}
