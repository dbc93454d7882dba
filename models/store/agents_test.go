package store_test

import (
	"slices"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that it is known who is away on which desk, what is to be done for whom, and which chats somebody has.
func TestAgents(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for _, a := range []models.Agent{
				{Desk: "slack", Person: "U2", Away: 10}, {Desk: "slack", Person: "U1", Name: "Ana", Away: 20, Passed: 30, Handed: []string{"h1"}},
				{Desk: "slack", Person: "U3"}, {Desk: "other", Person: "U4", Away: 1, Passed: 5},
			} {
				if err := tx.PutAgent(a); err != nil {
					return err
				}
			}
			for i, h := range []models.Handover{
				{ID: "h2", State: models.HandoverClaimed, Agent: models.Person{ID: "U1"}, OpenedAt: 20},
				{ID: "h1", State: models.HandoverClaimed, Agent: models.Person{ID: "U1"}, OpenedAt: 10},
				{ID: "h3", State: models.HandoverClaimed, Agent: models.Person{ID: "U2"}, OpenedAt: 5},
				{ID: "h4", State: models.HandoverResolved, Agent: models.Person{ID: "U1"}, OpenedAt: 5},
				{ID: "h5", State: models.HandoverWaiting, OpenedAt: 5},
			} {
				h.Conversation, h.Desk, h.Place = int64(i+1), "slack", "C1"
				if err := tx.PutHandover(h); err != nil {
					return err
				}
			}
			return nil
		})
		write(t, s, func(tx *store.Tx) error {
			if away, err := tx.Away("slack"); err != nil || !slices.Equal(away, []string{"U1", "U2"}) {
				t.Errorf("Away() = %q, %v; want U1 and U2", away, err)
			}
			a, ok, err := tx.HoldAgent("slack", "U1")
			if err != nil || !ok || a.Away != 20 || !slices.Equal(a.Handed, []string{"h1"}) {
				t.Errorf("HoldAgent() = %+v, %v, %v", a, ok, err)
			}
			if _, ok, err := tx.HoldAgent("slack", "U9"); ok || err != nil {
				t.Errorf("HoldAgent() of nobody = %v, %v", ok, err)
			}
			a.Away, a.Handed = 0, nil
			return tx.PutAgent(a)
		})
		if a, err := s.Agent(t.Context(), "slack", "U1"); err != nil || a.Away != 0 || a.Name != "Ana" || len(a.Handed) != 0 {
			t.Errorf("Agent() = %+v, %v; want Ana, who is here", a, err)
		}
		if a, err := s.Agent(t.Context(), "slack", "U9"); err != nil || a.Person != "" {
			t.Errorf("Agent() of nobody = %+v, %v", a, err)
		}
		var names []string
		passing, err := s.Passing(t.Context())
		for _, a := range passing {
			names = append(names, a.Person)
		}
		if err != nil || !slices.Equal(names, []string{"U4", "U1"}) {
			t.Errorf("Passing() = %q, %v; want U4, then U1", names, err)
		}
		held, err := s.Held(t.Context(), "slack", "U1")
		var ids []string
		for _, h := range held {
			ids = append(ids, h.ID)
		}
		if err != nil || !slices.Equal(ids, []string{"h1", "h2"}) {
			t.Errorf("Held() = %q, %v; want h1 and h2", ids, err)
		}
	})
}

// Ensure that tags are remembered once a desk, the latest first.
func TestTags(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			for i, tags := range [][]string{{"vip", "late"}, nil, {"new"}, {"vip"}} {
				if err := tx.PutTags("slack", tags, models.Stamp(i+1)); err != nil {
					return err
				}
			}
			return tx.PutTags("other", []string{"spam"}, 9)
		})
		if tags, err := s.Tags(t.Context(), "slack", 2); err != nil || !slices.Equal(tags, []string{"vip", "new"}) {
			t.Errorf("Tags() = %q, %v; want vip and new", tags, err)
		}
	})
}
