package lanes_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store/storetest"
)

// Ensure that a reply that reaches one copy while another one is recording its thread is neither lost nor late.
func TestOrphansBetweenCopies(t *testing.T) {
	url := storetest.Postgres(t)
	one, two := newRig(t, url), newRig(t, url)
	arrived := make(chan string, 100)
	for _, r := range []*rig{one, two} {
		r.phone.on(func(_ context.Context, m channels.Outbound) error {
			if strings.HasPrefix(m.Text, "reply ") {
				arrived <- m.Text
			}
			return nil
		})
		r.start()
		defer r.end()
	}
	var replying sync.WaitGroup
	defer replying.Wait()
	reply := func(at *rig, thread string) error {
		return at.engine.AcceptDesk(t.Context(), slack, handover.Update{Actions: []handover.Action{{
			Key: thread, Kind: handover.Replied, Thread: thread, Own: true, Post: thread + "/reply", Text: "reply in " + thread,
			Person: models.Person{ID: "U1", Name: "Ana"}, At: time.Now(),
		}}})
	}
	for place, pair := range map[string][2]*rig{"one": {one, two}, "two": {two, one}} {
		opener, other := pair[0], pair[1]
		opener.desk.mu.Lock()
		opener.desk.name = place
		opener.desk.lose = func(verb string) error {
			if verb == "open" {
				thread := opener.desk.order[len(opener.desk.order)-1]
				replying.Go(func() {
					if err := reply(other, thread); err != nil {
						t.Errorf("AcceptDesk: %v", err)
					}
				})
			}
			return nil
		}
		opener.desk.mu.Unlock()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	const chats = 60
	for i := range chats {
		one.write(fmt.Sprintf("c%d", i), "a person please")
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Fatalf("the reply in thread %d did not arrive", i+1)
		}
	}
}
