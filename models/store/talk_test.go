package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"patchbay/models"
	"patchbay/models/store"
)

// Ensure that what was said in a conversation is read to its end, in order, and as it is now.
func TestSaid(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(tx *store.Tx) error {
			var errs []error
			for i := range 9 {
				m := models.Message{ID: fmt.Sprint("m", i), Conversation: 7, Num: int64(i), Author: models.ByAgent, Kind: models.Said,
					Person: models.Person{ID: "U1", Name: "Ana"}, Content: models.Content{Text: fmt.Sprint("line ", i)}}
				if i%3 == 0 {
					m.Kind = models.Note
				}
				errs = append(errs, tx.Record(&m))
			}
			errs = append(errs, tx.Record(&models.Message{ID: "other", Conversation: 8, Num: 9, Kind: models.Said}))
			return errors.Join(append(errs, tx.Update("m8", map[string]any{"deleted": true}))...)
		})
		var want []models.Message
		for _, i := range []int64{4, 5, 7, 8} {
			want = append(want, models.Message{Num: i, Author: models.ByAgent, Person: models.Person{ID: "U1", Name: "Ana"},
				Content: models.Content{Text: fmt.Sprint("line ", i)}, Deleted: i == 8})
		}
		if got, err := s.Said(t.Context(), 7, 4); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Said = %+v, %v\nwant %+v", got, err, want)
		}
		if got, err := s.Said(t.Context(), 6, 4); err != nil || len(got) != 0 {
			t.Errorf("Said in no conversation = %+v, %v; want nothing", got, err)
		}
	})
}
