package store_test

import (
	"slices"
	"testing"
	"time"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// newcomers makes conversations with customers of these names, the first with id 1, and has them found.
func newcomers(t *testing.T, s *store.Store, names ...string) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for i, name := range names {
			c := models.Conversation{ID: int64(i + 1), Channel: "webhook/shop", Account: "webhook/shop", Contact: models.Contact{ID: "+49 151 " + name, Name: name}, Mode: models.ModeBot}
			if err := tx.Create(&c); err != nil {
				return err
			}
			if err := tx.PutName(c.ID, c.Contact, true); err != nil {
				return err
			}
		}
		return nil
	})
}

func found(t *testing.T, s *store.Store, text string) (ids []int64) {
	t.Helper()
	all, err := s.FindByName(t.Context(), text, 100)
	if err != nil {
		t.Fatalf("FindByName(%q): %v", text, err)
	}
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// Ensure that customers are found by the beginning of any word of their names, however it is written, in any script, once each,
// and by nothing else.
func TestStore_FindByName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		newcomers(t, s, "Ann Smith", "JOSÉ Ánn-Marie", "山田太郎", "Straße Ørsted", "Hannah", "ann ann", "100% _Off", "")
		for text, want := range map[string][]int64{
			"ann": {1, 2, 6}, "ANN S": {1}, "smith": {1}, "mith": nil, "jose": {2}, "josé ann": {2}, "marie": {2}, "太郎": {3}, "山": {3},
			"strasse": {4}, "orsted": {4}, "hann": {5}, "%": nil, "_": nil, "100": {7}, "off": {7}, "": nil, "  ": nil, "zzz": nil, "annz": nil,
			"\xff": nil, "a\x00b": nil, "g": nil,
		} {
			if got := found(t, s, text); !slices.Equal(got, want) {
				t.Errorf("FindByName(%q) = %v, want %v", text, got, want)
			}
		}
		many, err := s.FindByName(t.Context(), "ann", 2)
		if err != nil || len(many) == 0 || len(many) > 2 {
			t.Errorf("FindByName(ann) up to 2 = %d, %v", len(many), err)
		}
	})
}

// Ensure that a number is found with and without its signs, that a new name takes the place of the old one, and that nobody is
// found who is forgotten.
func TestTx_PutName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		newcomers(t, s, "Ann")
		now := models.Contact{ID: "+49 (151) 234-56", Name: "Beth"}
		write(t, s, func(tx *store.Tx) error {
			c, err := tx.Conversation(1)
			if err != nil {
				return err
			}
			c.Contact = now
			if err := tx.Save(&c); err != nil {
				return err
			}
			return tx.PutName(1, now, false)
		})
		for text, want := range map[string]int{"ann": 0, "beth": 1, "4915123456": 1, "+49 151": 1, "151": 0} {
			if got := found(t, s, text); len(got) != want {
				t.Errorf("FindByName(%q) = %v, want %d", text, got, want)
			}
		}
		if _, err := s.Trim(t.Context(), store.Ages{Messages: models.StampOf(time.Now())}, 100); err != nil {
			t.Fatal(err)
		}
		if got := found(t, s, "beth"); len(got) != 0 {
			t.Errorf("FindByName of who is forgotten = %v, want nobody", got)
		}
	})
}

// Ensure that customers of a time without names are found once they are made known, in several steps.
func TestStore_NameNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		write(t, s, func(tx *store.Tx) error {
			for id := range int64(5) {
				if err := tx.Create(&models.Conversation{ID: id + 1, Contact: models.Contact{Name: "Ann"}, Mode: models.ModeBot}); err != nil {
					return err
				}
			}
			return nil
		})
		for step, want := range []bool{true, true, false, false} {
			more, err := s.NameNext(t.Context(), 2)
			if err != nil || more != want {
				t.Fatalf("NameNext = %v, %v in step %d, want %v", more, err, step, want)
			}
		}
		if got := found(t, s, "ann"); len(got) != 5 {
			t.Errorf("FindByName(ann) = %v, want all five", got)
		}
	})
}

// Ensure that a home that was opened again meanwhile is neither noted nor closed.
func TestTx_homes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		before := models.Home{Desk: "slack", Person: "U1", Opened: 1, Shown: "abc"}
		write(t, s, func(tx *store.Tx) error { return tx.OpenHome(before) })
		write(t, s, func(tx *store.Tx) error { return tx.HomeShown(before) })
		check := func(want ...models.Home) {
			t.Helper()
			if got, err := s.Homes(t.Context()); err != nil || !slices.Equal(got, want) {
				t.Errorf("Homes() = %v, %v, want %v", got, err, want)
			}
		}
		check(before)
		again := models.Home{Desk: "slack", Person: "U1", Opened: 2}
		write(t, s, func(tx *store.Tx) error { return tx.OpenHome(again) })
		write(t, s, func(tx *store.Tx) error { return tx.HomeShown(before) })
		write(t, s, func(tx *store.Tx) error { return tx.CloseHome(before) })
		check(again)
		write(t, s, func(tx *store.Tx) error { return tx.CloseHome(again) })
		check()
	})
}

// Ensure that figures count what they say, of one desk and one time.
func TestStore_Figures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		day := models.StampOf(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		at := func(d time.Duration) models.Stamp { return day.Add(d) }
		write(t, s, func(tx *store.Tx) error {
			for i, h := range []models.Handover{
				{OpenedAt: at(time.Hour), AnsweredAt: at(time.Hour + time.Minute), EndedAt: at(2 * time.Hour), State: models.HandoverResolved},
				{OpenedAt: at(time.Hour), AnsweredAt: at(time.Hour + 3*time.Minute), State: models.HandoverClaimed},
				{OpenedAt: at(time.Hour), State: models.HandoverWaiting},
				{OpenedAt: at(time.Hour), EndedAt: at(2 * time.Hour), State: models.HandoverQuiet},
				{OpenedAt: at(-time.Hour), AnsweredAt: at(time.Minute), EndedAt: at(time.Minute), State: models.HandoverResolved}, // of yesterday
				{Desk: "other", OpenedAt: at(time.Hour), EndedAt: at(time.Hour), State: models.HandoverResolved},
			} {
				h.ID, h.Conversation = string(rune('a'+i)), int64(i+1)
				if h.Desk == "" {
					h.Desk = "slack"
				}
				if err := tx.PutHandover(h); err != nil {
					return err
				}
			}
			for i, c := range []models.Conversation{{Handover: "a"}, {}, {Channel: "webhook/other"}} {
				c.ID, c.Mode = int64(at(time.Minute))<<store.ConversationBits+int64(i), models.ModeBot
				if c.Channel == "" {
					c.Channel = "webhook/shop"
				}
				if err := tx.Create(&c); err != nil {
					return err
				}
			}
			return nil
		})
		want := store.Figures{Opened: 4, Answered: 2, First: 2 * time.Minute, Resolved: 2, New: 2, Alone: 1}
		if got, err := s.Figures(t.Context(), "slack", []string{"webhook/shop"}, day, day.Add(24*time.Hour)); err != nil || got != want {
			t.Errorf("Figures() = %+v, %v, want %+v", got, err, want)
		}
		if got, err := s.Figures(t.Context(), "slack", nil, day.Add(24*time.Hour), day.Add(48*time.Hour)); err != nil || got != (store.Figures{}) {
			t.Errorf("Figures() of tomorrow = %+v, %v, want none", got, err)
		}
	})
}

// FuzzFindByName has customers of any name found by that name.
func FuzzFindByName(f *testing.F) {
	for _, name := range []string{"Ann", "山田", "O'Brien-Smith", "\xff\x00", "ÅÄÖ ſ", "+49 151", "ﬁ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		letters := slices.ContainsFunc([]rune(name), func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' })
		if letters && !store.Called(models.Contact{Name: name}, name) {
			t.Errorf("who is called %q is not found by that", name)
		}
	})
}
