package chaos_test

import (
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// jumping builds the gateway with a clock that can be set, once.
var jumping = sync.OnceValues(func() (string, error) {
	program := filepath.Join(filepath.Dir(binary), "jumpclock")
	return program, compile(program, "patchbay/gateway/chaos/jumpclock")
})

func jumpingClock(t *testing.T, set *setting) {
	program, err := jumping()
	if err != nil {
		t.Fatal(err)
	}
	set.program = program
	set.gap = 1500 * time.Millisecond // the gateway looks at its clock every five seconds
}

// jumps are how far the clock is off, one after the other. They stay within the five minutes in which signatures hold:
// beyond, the gateway refuses calls, as it should.
var jumps = []time.Duration{4 * time.Minute, -4 * time.Minute, 0}

// jumpClock sets the copies' clocks forward and back. Nothing may wait for a clock to get where it was.
func jumpClock(t *testing.T, s *scene) {
	for i, by := range jumps {
		s.halfway(0.3 + 0.25*float64(i))
		for _, p := range s.copies {
			status, body, err := fetch(s.ctx, "http://"+p.admin+"/jump?by="+by.String())
			if err != nil || status != http.StatusOK {
				t.Fatalf("set the clock: %d %s, %v", status, body, err)
			}
		}
	}
}

// notLong checks that no message waited for a clock to get where it was, which takes as long as the shortest jump.
func notLong(t *testing.T, s *scene) {
	if longest := s.book.longest(); longest > 2*time.Minute {
		t.Errorf("a message waited %v while the clock jumped", longest)
	}
}
