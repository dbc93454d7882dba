package chaos_test

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"testing"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/sandbox"
	"patchbay/models/store/storetest"
)

// ownCluster gives a scene a PostgreSQL server that it may stop.
func ownCluster(t *testing.T, set *setting) {
	set.cluster = storetest.NewCluster(t)
	set.store = set.cluster.URL()
}

// restartPostgres stops the server as a crash does, twice, and starts it again. While it is away, whoever brings a message
// is told so within a second, and /readyz says why; it heals by itself.
func restartPostgres(t *testing.T, s *scene) {
	for _, part := range []float64{0.3, 0.6} {
		s.halfway(part)
		s.crashes++
		if err := s.cluster.Stop(); err != nil {
			t.Fatal(err)
		}
		s.away(t)
		s.pause(time.Second)
		if err := s.cluster.Start(); err != nil {
			t.Fatal(err)
		}
		s.healed(t)
	}
}

// away checks what a copy says while its database takes no writes.
func (s *scene) away(t *testing.T) {
	t.Helper()
	const second = 2 * time.Second // a second, and another for a busy machine
	for _, p := range s.copies {
		e := webhooktest.Event{
			Type: "message", ID: s.world.Shop.NewID("m"), Chat: webhooktest.Ref{ID: "away"},
			Sender: &webhooktest.Person{ID: "away", Name: "Sam"}, Text: "Is anybody there?",
		}
		var got webhooktest.Answer
		var took time.Duration
		var err error
		// Calls under way at the moment of the fault are none of this.
		err = poll(s.ctx, 50*time.Millisecond, func() bool {
			begin := time.Now()
			got, err = s.world.Shop.Post(s.ctx, p.public+"/channels/"+sandbox.Shop, e)
			took = time.Since(begin)
			return err != nil || got.Status == http.StatusServiceUnavailable || time.Since(begin) > second
		})
		if err != nil || got.Status != http.StatusServiceUnavailable || took > second {
			t.Errorf("without its database, %s answers a webhook %d after %v, err %v; want 503 within a second", p.public, got.Status, took, err)
		}
		// On a full disk there may be room for a few small writes yet, such as those of /readyz.
		var status int
		var body []byte
		ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
		err = poll(ctx, 20*time.Millisecond, func() bool {
			status, body, err = fetch(s.ctx, p.public+"/readyz")
			return err != nil || status == http.StatusServiceUnavailable
		})
		cancel()
		if err != nil || !strings.Contains(string(body), "database") {
			t.Errorf("/readyz = %d %q, err %v; want 503 and why", status, body, err)
		}
		if status, _, err := fetch(s.ctx, p.public+"/healthz"); err != nil || status != http.StatusOK {
			t.Errorf("/healthz = %d, err %v; want 200", status, err)
		}
		t.Logf("without its database, a webhook is answered %d after %v, and /readyz says %q", got.Status, took.Round(time.Millisecond), body)
	}
}

// healed waits until all copies take work again by themselves.
func (s *scene) healed(t *testing.T) {
	t.Helper()
	begin := time.Now()
	for _, p := range s.copies {
		ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
		if err := p.ready(ctx); err != nil {
			t.Errorf("%s does not heal: %v", p.public, err)
		}
		cancel()
	}
	t.Logf("it is ready %v after its database", time.Since(begin).Round(time.Millisecond))
}

// cutConnections ends all sessions of the gateway on the server, again and again.
func cutConnections(t *testing.T, s *scene) {
	db, err := sql.Open("pgx", s.store)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, part := range []float64{0.2, 0.3, 0.4, 0.5, 0.6, 0.7} {
		s.halfway(part)
		s.crashes++
		if _, err := db.ExecContext(s.ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
			t.Fatal(err)
		}
	}
}
