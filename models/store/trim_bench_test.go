package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/scratch"
	"patchbay/models/store/storetest"
)

// BenchmarkTrim measures how long a message takes to be stored while old ones are deleted as the gateway does it, beside how
// long it takes when nothing is. PATCHBAY_BENCH_FILL, such as 100000x20, says how full the database is.
func BenchmarkTrim(b *testing.B) {
	fill := os.Getenv("PATCHBAY_BENCH_FILL")
	if fill == "" {
		fill = "2000x20"
	}
	var l scratch.Load
	if _, err := fmt.Sscanf(fill, "%dx%d", &l.Chats, &l.Each); err != nil {
		b.Fatalf("PATCHBAY_BENCH_FILL = %q: %v", fill, err)
	}
	l.Channel, l.Now = "webhook/bench", time.Now()
	l.Address = func(chat int) string { return fmt.Sprintf("c%d", chat) }
	l.Question = func(chat, n int) string {
		return fmt.Sprintf("How long does question %d of chat %d take to be answered?", n, chat)
	}
	for kind, made := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(kind, func(b *testing.B) {
			url := made(b)
			s, err := store.Open(b.Context(), store.Options{URL: url, Node: "fill"}) // makes the tables
			if err == nil {
				err = errors.Join(s.Close(), scratch.Fill(b.Context(), url, l))
			}
			if err != nil {
				b.Fatal(err)
			}
			s = storetest.Open(b, url)
			b.Run("still", func(b *testing.B) { arrive(b, s, l) })
			b.Run("trimming", func(b *testing.B) {
				ctx, stop := context.WithCancel(b.Context())
				var trimming sync.WaitGroup
				var deleted int64
				trimming.Go(func() { deleted = trim(ctx, s, l.Now) })
				arrive(b, s, l)
				stop()
				trimming.Wait()
				b.ReportMetric(float64(deleted)/b.Elapsed().Seconds(), "deleted/s")
			})
		})
	}
}

// trim trims until ctx ends, and rests four times as long as each step took, as the gateway does.
func trim(ctx context.Context, s *store.Store, now time.Time) (deleted int64) {
	ages := store.Ages{Messages: models.StampOf(now.Add(-40 * 24 * time.Hour)), Deliveries: models.StampOf(now.Add(-4 * 24 * time.Hour))}
	for ctx.Err() == nil {
		began := time.Now()
		n, err := s.Trim(ctx, ages, 100)
		if err != nil {
			return deleted
		}
		deleted += n
		select {
		case <-ctx.Done():
		case <-time.After(min(4*time.Since(began), time.Second)):
		}
	}
	return deleted
}

// arrive stores b.N messages of customers of the load, 8 at once, and reports how long they took.
func arrive(b *testing.B, s *store.Store, l scratch.Load) {
	const writers = 8
	first := l.Now.Add(-80*24*time.Hour).UnixMilli() << 20 // the id of the load's first chat
	took := make([][]time.Duration, writers)
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(b.N), uint64(w))) // #nosec G404 -- which chats write
			for i := w; i < b.N; i += writers {
				chat := first + dice.Int64N(int64(l.Chats))
				key := fmt.Sprintf("new/%s/%d/%d", b.Name(), b.N, i)
				began := time.Now()
				err := s.WriteFor(b.Context(), store.Need{Keys: []string{key}, At: models.StampOf(began), Chat: chat}, func(tx *store.Tx) error {
					if _, err := tx.Seen(key, models.StampOf(began)); err != nil {
						return err
					}
					return tx.AppendEvent(chat, models.Event{Type: models.CustomerWrote, At: models.StampOf(began), Message: key})
				})
				if err != nil {
					b.Errorf("Write: %v", err)
					return
				}
				took[w] = append(took[w], time.Since(began))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	if len(all) == 0 {
		return
	}
	for name, part := range map[string]float64{"p50-ms": 0.50, "p99-ms": 0.99, "max-ms": 1} {
		at := all[min(int(part*float64(len(all))), len(all)-1)]
		b.ReportMetric(float64(at)/float64(time.Millisecond), name)
	}
}
