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

// away checks what a copy says while its database takes no writes: a webhook is told within a second, and /readyz agrees.
// On a full disk there may be room for a few messages yet, so that both say otherwise for a while, and a busy machine may
// be late now and then.
func (s *scene) away(t *testing.T) {
	t.Helper()
	for _, p := range s.copies {
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
		var told refusal
		err := poll(ctx, 20*time.Millisecond, func() bool {
			told = s.refused(ctx, p)
			return told.err != nil || told.webhook == http.StatusServiceUnavailable && told.took <= within && told.ready == http.StatusServiceUnavailable
		})
		cancel()
		if err != nil || told.err != nil || !strings.Contains(told.why, "database") {
			t.Errorf("without its database, %s says %+v, %v; want 503 of both, within %v, and why", p.public, told, err, within)
		}
		if status, _, err := fetch(s.ctx, p.public+"/healthz"); err != nil || status != http.StatusOK {
			t.Errorf("/healthz = %d, err %v; want 200", status, err)
		}
		t.Logf("without its database, a webhook is answered %d after %v, and /readyz says %q", told.webhook, told.took.Round(time.Millisecond), told.why)
	}
}

// within is how soon a copy refuses: a second, and another for a busy machine.
const within = 2 * time.Second

// refusal is what a copy answers while its database is away.
type refusal struct {
	webhook int
	took    time.Duration
	ready   int
	why     string
	err     error
}

// refused brings a copy a message and asks it whether it is ready.
func (s *scene) refused(ctx context.Context, p *process) (told refusal) {
	e := webhooktest.Event{
		Type: "message", ID: s.world.Shop.NewID("m"), Chat: webhooktest.Ref{ID: "away"},
		Sender: &webhooktest.Person{ID: "away", Name: "Sam"}, Text: "Is anybody there?",
	}
	began := time.Now()
	got, err := s.world.Shop.Post(ctx, p.public+"/channels/"+sandbox.Shop, e)
	told.webhook, told.took, told.err = got.Status, time.Since(began), err
	if err != nil {
		return told
	}
	var body []byte
	told.ready, body, told.err = fetch(ctx, p.public+"/readyz")
	told.why = string(body)
	return told
}

// healed waits until all copies take work again by themselves.
func (s *scene) healed(t *testing.T) {
	t.Helper()
	begin := time.Now()
	for _, p := range s.copies {
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
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
