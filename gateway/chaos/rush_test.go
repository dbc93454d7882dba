package chaos_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/sandbox"
)

// crowd is how many callers bring a copy the same message over and over in a rush: twice as many as it takes.
const crowd = 64

// rushAndKill has one message brought over and over to all copies, until what comes is sorted later, and kills a copy in the middle of it;
// three times.
func rushAndKill(t *testing.T, s *scene) {
	for _, part := range []float64{0.2, 0.4, 0.6} {
		s.halfway(part)
		ctx, end := context.WithCancel(s.ctx)
		var calling sync.WaitGroup
		for i := range crowd * len(s.copies) {
			calling.Go(func() { s.insist(ctx, s.copies[i%len(s.copies)].public) })
		}
		if err := poll(s.ctx, time.Millisecond, func() bool { return s.unsorted(t) }); err != nil {
			t.Errorf("there was no rush: %v", err)
		}
		p := s.copies[rand.IntN(len(s.copies))]
		s.crashes++
		p.kill()
		p.run()
		s.pause(time.Second)
		end()
		calling.Wait()
	}
}

// insist brings one message to a copy until ctx ends.
func (s *scene) insist(ctx context.Context, to string) {
	e := webhooktest.Event{
		Type: "message", ID: "again", Timestamp: time.Now().UTC().Format(time.RFC3339Nano), Text: "Hello?",
		Chat: webhooktest.Ref{ID: "insistent"}, Sender: &webhooktest.Person{ID: "insistent"},
	}
	for ctx.Err() == nil {
		if _, err := s.world.Shop.PostAs(ctx, to+"/channels/"+sandbox.Shop, "again", e); err != nil {
			s.pause(10 * time.Millisecond) // it was killed
		}
	}
}

// unsorted reports whether arrivals wait to be sorted.
func (s *scene) unsorted(t *testing.T) (are bool) {
	driver, source := s.database()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Error(err)
		return false
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(s.ctx, `SELECT count(*) > 0 FROM arrivals`).Scan(&are)
	return err == nil && are
}

// allSorted checks that nothing is left to be sorted.
func allSorted(t *testing.T, s *scene) {
	if err := poll(s.ctx, 10*time.Millisecond, func() bool { return !s.unsorted(t) }); err != nil {
		t.Errorf("arrivals wait to be sorted: %v", err)
	}
}
