package chaos_test

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// lease is how long the gateway's lease on PostgreSQL is.
const lease = 3 * time.Second

// faults are all cases.
func faults() []fault {
	return []fault{
		{name: "nothing", copies: 3, run: nothing},
		{name: "kill", copies: 3, run: kill},
		{name: "pause", copies: 3, run: pause},
		{name: "database", only: "postgres", copies: 3, set: ownCluster, run: restartPostgres},
		{name: "connections", only: "postgres", copies: 3, run: cutConnections},
		{name: "disk", only: "sqlite", set: smallDisk, run: fullDisk},
		{name: "answers", run: badAnswers, after: allHappened},
		{name: "token", run: revokeTokens},
		{name: "early reply", run: replyAtOnce},
		{name: "early receipt", set: earlyReceipts, run: nothing, after: allRead},
		{name: "deliveries", copies: 3, set: swapPairs, run: deliverBadly, after: deliverWell},
		{name: "rush", copies: 3, run: rushAndKill, after: allSorted},
		{name: "polling", copies: 3, set: beginPolling, run: disturbPolls, after: polledWell},
		{name: "clock", copies: 3, set: jumpingClock, run: jumpClock, after: notLong},
		{name: "restart", copies: 3, run: restart},
	}
}

// kill kills a copy with kill -9, four times, each time one drawn by lot, and starts it again.
func kill(t *testing.T, s *scene) {
	for _, part := range []float64{0.2, 0.35, 0.5, 0.65} {
		s.halfway(part)
		p := s.copies[rand.IntN(len(s.copies))]
		s.crashes++
		p.kill()
		p.run()
	}
}

// pause stops a copy for longer than its lease, as a machine does that swaps or moves, and lets it go on.
func pause(t *testing.T, s *scene) {
	s.halfway(0.3)
	p := s.copies[rand.IntN(len(s.copies))]
	s.crashes++
	p.signal(syscall.SIGSTOP)
	s.pause(lease + 2*time.Second)
	p.signal(syscall.SIGCONT)
}

// nothing goes wrong: it is what the other cases are compared with.
func nothing(*testing.T, *scene) {}

// restart ends one copy after the other as an operator does for a new release, and starts it again. Nothing may go out
// twice.
func restart(t *testing.T, s *scene) {
	for i := range max(len(s.copies), 2) {
		s.halfway(0.2 + 0.2*float64(i))
		p := s.copies[i%len(s.copies)]
		if err := p.terminate(); err != nil {
			t.Errorf("SIGTERM: %v", err)
		}
		p.run()
	}
}
