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
	f := newFleet(t, 3)
	f.bot.fails()
	for i := range n {
		f.copies[i%3].take(chats, f.wrote(chatOf(i), fmt.Sprintf("question %d", i)))
	}
	f.eventually("one post that counts who waits", func() bool {
		all := f.desk.outages()
		return len(all) == 1 && all[0].now.Waiting == n-4
	})
	logs := func() (logged [2]int) {
		for _, c := range f.copies {
			logged[0] += len(c.logs.with("bot is out"))
			logged[1] += len(c.logs.with("bot is back"))
		}
		return logged
	}
	f.eventually("the beginning is told once, the end not", func() bool { return logs() == [2]int{1, 0} })
	f.eventually("all copies count the fault", func() bool {
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
	f.eventually("all who wait are answered", func() bool {
		answered := 0
		for i := range n {
			answered += f.times(chatOf(i), "re: question")
		}
		return answered == n-4
	})
	f.eventually("the post says that it is over", func() bool {
		all := f.desk.outages()
		return len(all) == 1 && all[0].now.Done
	})
	f.eventually("the beginning and the end are told once each", func() bool { return logs() == [2]int{1, 1} })
	f.eventually("no fault is left", func() bool { return f.copies[2].metric("patchbay_faults") == 0 })
	for i := range n {
		f.eventually("each customer is told something", func() bool {
			return f.times(chatOf(i), sorry)+f.times(chatOf(i), "Let me get a colleague") > 0
		})
		if got := f.times(chatOf(i), sorry) + f.times(chatOf(i), "Let me get a colleague"); got != 1 {
			t.Errorf("customer %d reads %q", i, f.phone.read(chatOf(i)))
		}
	}
	if got := len(f.desk.threads()); got != 4 {
		t.Errorf("%d threads, want 4", got)
	}
}
