package lanes_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
)

// sql runs a statement on the rig's database, beside the engine.
func (r *rig) sql(statement string) {
	r.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(r.url, "sqlite://"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		r.t.Fatalf("%s: %v", statement, err)
	}
}

// refuse lets the desk fail for one verb with the kinds in turn, and then no more.
func (r *rig) refuse(verb string, kinds ...handover.DeskErrorKind) {
	r.desk.on(func(v, _ string) error {
		if v != verb || len(kinds) == 0 {
			return nil
		}
		kind := kinds[0]
		kinds = kinds[1:]
		return &handover.DeskError{Kind: kind}
	})
}

// Ensure that a lane whose outcome could not be written is worked again once the database writes.
func TestLaneAfterFailedWrites(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		gate := make(chan struct{})
		r.phone.on(func(context.Context, channels.Outbound) error {
			<-gate
			return channels.Errorf(channels.Temporary, "away")
		})
		r.write("c1", "hello")
		r.pass(time.Second)
		r.sql(`CREATE TRIGGER broken BEFORE UPDATE ON lanes BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`)
		r.phone.on(nil)
		close(gate)
		r.pass(2 * time.Second)
		r.sql(`DROP TRIGGER broken`)
		r.pass(10 * time.Minute)
		if len(r.phone.read("c1")) == 0 {
			t.Errorf("the lane is stuck; log: %v", r.logs.with("not released"))
		}
	})
}

// Ensure that a read that fails finishes no entry.
func TestPostAfterFailedReads(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.pass(5 * time.Second)
		r.refuse("post", handover.DeskTemporary)
		r.write("c1", "my order number is 5")
		r.pass(100 * time.Millisecond)
		r.sql(`ALTER TABLE entries RENAME TO hidden`)
		r.pass(3 * time.Second)
		r.sql(`ALTER TABLE hidden RENAME TO entries`)
		r.pass(10 * time.Minute)
		has(t, "thread", r.desk.read(thread), "my order number")
	})
}

// Ensure that the refusal of a folded post loses none of the lines in it.
func TestFoldedPostRefused(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		thread := r.person("c1")
		r.pass(5 * time.Second)
		r.refuse("post", handover.DeskTemporary, handover.DeskRejected)
		r.write("c1", "first")
		r.settle()
		r.write("c1", "second")
		r.write("c1", "third")
		r.pass(time.Minute)
		for _, words := range []string{"first", "second", "third"} {
			has(t, "thread", r.desk.read(thread), words)
		}
	})
}

// Ensure that the line that stands in for a refused post waits for a desk that is busy.
func TestStandInWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.person("c1")
		r.pass(5 * time.Second)
		r.refuse("post", handover.DeskRejected, handover.DeskTemporary)
		r.write("c1", "words")
		r.pass(time.Minute)
		if n := r.setAside(models.LaneDesk); n != 0 {
			t.Errorf("%d entries were set aside because the desk was busy for a moment", n)
		}
	})
}

// Ensure that a chat waits while the desk will not take its card, and loses nothing of what is said meanwhile.
func TestCardRefused(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.desk.on(func(verb, _ string) error {
			if verb == "open" {
				return &handover.DeskError{Kind: handover.DeskRejected}
			}
			return nil
		})
		r.write("c1", "I want to talk to a person please")
		r.pass(time.Second)
		r.write("c1", "words meanwhile")
		r.pass(time.Minute)
		if n := r.setAside(models.LaneDesk); n != 0 {
			t.Errorf("%d entries were set aside", n)
		}
		r.desk.on(nil)
		r.pass(3 * time.Minute)
		threads := r.desk.threads()
		if len(threads) != 1 {
			t.Fatalf("%d threads, want one", len(threads))
		}
		has(t, "thread", r.desk.read(threads[0]), "words meanwhile")
	})
}

// Ensure that an adapter that panics ends nothing but the one send, which is set aside in the end.
func TestAdapterPanics(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.phone.on(func(_ context.Context, m channels.Outbound) error {
			if m.Address == "c1" {
				panic("what the customer wrote")
			}
			return nil
		})
		r.write("c1", "hello")
		r.pass(10 * time.Minute)
		r.write("c2", "hello")
		r.pass(time.Minute)
		if len(r.phone.read("c2")) == 0 {
			t.Error("another chat gets no answer")
		}
		if n := r.setAside(models.LaneOut); n != 1 {
			t.Errorf("%d entries were set aside, want one", n)
		}
		for _, line := range r.logs.with("") {
			if strings.Contains(line, "what the customer wrote") {
				t.Errorf("the log shows a panic's words: %s", line)
			}
		}
	})
}
