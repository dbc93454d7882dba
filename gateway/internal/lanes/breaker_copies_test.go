package lanes_test

import (
	"fmt"
	"testing"
	"time"
)

// Ensure that copies share an outage: chats that break in different copies count together, there is one post, one copy tells
// of the beginning and one of the end, and who waits is answered by whichever copy is left.
func TestOutageBetweenCopies(t *testing.T) {
	t.Parallel()
	const n = 40
	const soon = 60 * time.Second // on a busy machine
	f := newFleet(t, 3)
	f.bot.fails()
	for i := range n {
		f.copies[i%3].take(chats, f.wrote(chatOf(i), fmt.Sprintf("question %d", i)))
	}
	f.eventually("one post that counts who waits", soon, func() bool {
		all := f.desk.outages()
		return len(all) == 1 && all[0].now.Waiting == n-4
	})
	var logged [2]int
	logs := func() [2]int {
		logged = [2]int{}
		for _, c := range f.copies {
			logged[0] += len(c.logs.with("bot is out"))
			logged[1] += len(c.logs.with("bot is back"))
		}
		return logged
	}
	if got := logs(); got != [2]int{1, 0} {
		t.Errorf("the beginning and the end are told %v times, want 1 and 0", got)
	}
	f.eventually("all copies count the fault", soon, func() bool {
		for _, c := range f.copies {
			if c.metric("patchbay_faults") != 1 {
				return false
			}
		}
		return true
	})
	f.copies[0].leave()
	f.copies[1].leave()
	f.bot.works()
	f.skew.jump(time.Minute) // a probe is due
	f.eventually("all who wait are answered", soon, func() bool {
		answered := 0
		for i := range n {
			answered += f.times(chatOf(i), "re: question")
		}
		return answered == n-4
	})
	f.eventually("the post says that it is over", soon, func() bool {
		all := f.desk.outages()
		return len(all) == 1 && all[0].now.Done
	})
	if got := logs(); got != [2]int{1, 1} {
		t.Errorf("the beginning and the end are told %v times, want once each", got)
	}
	if got := f.copies[2].metric("patchbay_faults"); got != 0 {
		t.Errorf("patchbay_faults = %v in the end", got)
	}
	for i := range n {
		if got := f.times(chatOf(i), sorry) + f.times(chatOf(i), "Let me get a colleague"); got != 1 {
			t.Errorf("customer %d reads %q", i, f.phone.read(chatOf(i)))
		}
	}
	if got := len(f.desk.threads()); got != 4 {
		t.Errorf("%d threads, want 4", got)
	}
}
