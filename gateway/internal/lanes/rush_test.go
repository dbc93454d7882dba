package lanes_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
)

// rush has so many calls under way for some time that what comes is sorted later. It returns what ends them.
func (r *rig) rush() (over func()) {
	r.t.Helper()
	for range lanes.Idle + 1 {
		r.engine.Accepting()
	}
	r.pass(2 * lanes.LoadWindow)
	return func() {
		for range lanes.Idle + 1 {
			r.engine.Accepted()
		}
		r.pass(2 * lanes.LoadWindow)
	}
}

// unsorted returns how many arrivals wait to be sorted.
func (r *rig) unsorted() (n int) {
	r.t.Helper()
	rows, err := r.store.Unsorted(r.t.Context(), 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		n += len(row.Arrivals)
	}
	return n
}

// Ensure that what comes in a rush is stored at once, and answered in the order in which it came when there is time, with what
// comes behind it.
func TestRush(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("ann", "#0.")
		r.settle()
		over := r.rush()
		r.exec(`CREATE TRIGGER hold BEFORE DELETE ON arrivals BEGIN SELECT RAISE(ABORT, 'held'); END`)
		for n := range 5 {
			r.write("ann", fmt.Sprintf("#%d.", n+1))
			r.write(fmt.Sprint("c", n), "hello")
		}
		if n := r.unsorted(); n != 10 {
			t.Errorf("%d arrivals wait to be sorted, want 10", n)
		}
		r.settle()
		equal(t, "what ann reads", r.phone.read("ann"), []string{"re: #0."})
		over()
		r.write("ann", "#6.") // behind those that wait
		r.exec(`DROP TRIGGER hold`)
		r.pass(time.Minute)
		r.write("ann", "#7.")
		r.settle()
		if n := r.unsorted(); n != 0 {
			t.Errorf("%d arrivals wait to be sorted, want none", n)
		}
		equal(t, "what ann wrote", numbersIn(r.phone, "ann"), []int{0, 1, 2, 3, 4, 5, 6, 7})
		equal(t, "what c4 reads", r.phone.read("c4"), []string{"re: hello"})
		if got := r.metric("patchbay_inbound_total", chats, "accepted"); got != 13 {
			t.Errorf("patchbay_inbound_total = %v, want 13", got)
		}
	})
}

// Ensure that what the platform brings twice in a rush, and once more behind it, is stored once, and that a report of a message of
// ours is taken in the same call.
func TestRush_Repeated(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.write("c1", "one")
		r.settle()
		over := r.rush()
		m := r.wrote("c1", "two")
		m.Key = "same"
		read := channels.Inbound{Kind: channels.Receipt, ID: r.phone.idOf(0), Key: "read", Delivery: "read"}
		r.take(chats, m, read)
		r.take(chats, m)
		if state := r.stateOf("re: one"); state != "read" {
			t.Errorf("the answer is %q, want read", state)
		}
		over()
		r.take(chats, m)
		r.settle()
		equal(t, "what the customer reads", r.phone.read("c1"), []string{"re: one", "re: two"})
		if got := r.metric("patchbay_inbound_total", chats, "repeated"); got != 2 {
			t.Errorf("%v repeats are counted, want 2", got)
		}
	})
}

// Ensure that what waits to be sorted when the gateway ends is sorted by the next one, before what comes to it.
func TestRush_Restart(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		over := r.rush()
		r.exec(`CREATE TRIGGER hold BEFORE DELETE ON arrivals BEGIN SELECT RAISE(ABORT, 'held'); END`)
		r.write("ann", "#0.")
		r.write("ann", "#1.")
		over()
		r.end()
		r.exec(`DROP TRIGGER hold`)
		r.start()
		r.write("ann", "#2.")
		r.pass(time.Second)
		equal(t, "what ann wrote", numbersIn(r.phone, "ann"), []int{0, 1, 2})
	})
}

// Ensure that an arrival that cannot be put into its lane is set aside, and holds up nothing else.
func TestRush_SetAside(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		over := r.rush()
		r.exec(`CREATE TRIGGER hold BEFORE DELETE ON arrivals BEGIN SELECT RAISE(ABORT, 'held'); END`)
		r.write("ann", "#0.")
		nobody := r.wrote("", "from nobody")
		nobody.Addresses = nil
		r.take(chats, nobody)
		r.exec(`INSERT INTO arrivals (place, tie, n, at, body) VALUES (50, 1, 1, 1, '[{"key"')`)
		r.write("ann", "#1.")
		over()
		r.exec(`DROP TRIGGER hold`)
		r.pass(5 * time.Minute)
		equal(t, "what ann wrote", numbersIn(r.phone, "ann"), []int{0, 1})
		if n := r.setAside(0); n != 2 {
			t.Errorf("%d are set aside, want 2: the one of nobody, and the row that cannot be read", n)
		}
		if got := r.metric("patchbay_inbound_total", chats, "accepted"); got != 2 {
			t.Errorf("patchbay_inbound_total = %v, want 2", got)
		}
		if len(r.operator.with("could not be put into its lane")) == 0 {
			t.Errorf("the operator was told %q", r.operator.list())
		}
	})
}

// Ensure that in and out of rushes, by way of two copies, each chat's messages keep their order, and none is lost or stored twice.
func TestCopies_Rush(t *testing.T) {
	const chats, each = 24, 40
	f := newFleet(t, 2)
	var writing sync.WaitGroup
	for i := range chats {
		writing.Go(func() {
			for n := range each {
				for range 1 + (i+n)%2 { // every other one comes twice
					if err := f.copies[(i+n/3)%2].say(fmt.Sprint("c", i), n); err != nil {
						t.Errorf("Accept: %v", err)
					}
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	for n := 0; ; n++ {
		e := f.copies[n%2].engine
		for range lanes.Idle + 1 {
			e.Accepting()
		}
		time.Sleep(3 * lanes.LoadWindow)
		for range lanes.Idle + 1 {
			e.Accepted()
		}
		time.Sleep(lanes.LoadWindow)
		select {
		case <-done:
			f.inOrder(chats, each)
			if n := f.one("SELECT count(*) FROM arrivals"); n != "0" {
				t.Errorf("%s rows wait to be sorted, want none", n)
			}
			return
		default:
		}
	}
}

// Ensure that a copy which does not sort knows when a rush is over, and that what a rush held up does not wait for long.
func TestCopies_RushEnds(t *testing.T) {
	f := newFleet(t, 2)
	holder := func() string { return f.one("SELECT COALESCE(MAX(owner), '') FROM leases WHERE name = 'rush'") }
	f.eventually("somebody sorts", func() bool { return holder() != "" })
	other := f.copies[0]
	if holder() == other.store.Node() {
		other = f.copies[1]
	}
	for range lanes.Idle + 1 {
		other.engine.Accepting()
	}
	time.Sleep(3 * lanes.LoadWindow)
	if err := other.say("c0", 0); err != nil {
		t.Fatal(err)
	}
	if !other.store.Rush() {
		t.Error("the copy does not know of the rush")
	}
	for range lanes.Idle + 1 {
		other.engine.Accepted()
	}
	f.inOrder(1, 1)
	n := 1
	f.eventually("the copy stores what comes in its lane again", func() bool {
		if err := other.say("c0", n); err != nil {
			t.Fatal(err)
		}
		n++
		return !other.store.Rush()
	})
	f.inOrder(1, n)
}
