package chaos_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/gateway/sandbox"
	"patchbay/models/store/storetest"
)

// Ensure that kill -9 in the middle of 1,000 messages loses none, keeps each chat in order, and sends again at most what
// was under way in each lane.
func TestChaosKill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		const chats, each, kills = 50, 20, 4
		w, err := sandbox.Start(sandbox.Options{Webhooks: true, Unpaced: true, Store: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		address := freeAddress(t)
		p := start(t, "http://"+address, w.Config("http://"+address))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()

		var wg sync.WaitGroup
		users := make([]*telegramtest.User, chats)
		for i := range users {
			users[i] = w.Telegram.User(int64(1000+i), fmt.Sprintf("user%d", i), "en")
			wg.Go(func() {
				for n := range each {
					if _, err := users[i].Write(ctx, fmt.Sprintf("message #%d.", n)); err != nil {
						t.Errorf("user %d: %v", i, err)
					}
				}
			})
		}
		for k := range kills {
			// Kill once a further part of the answers is out, so that every kill is in the middle.
			want := chats * (k + 1) / (kills + 2)
			if err := w.Telegram.Wait(ctx, func() bool { return answered(users) >= want }); err != nil {
				t.Fatalf("before kill %d: %v", k+1, err)
			}
			p.kill()
			p.run()
		}
		wg.Wait()
		if err := w.Telegram.Wait(ctx, func() bool { return answered(users) == chats*each }); err != nil {
			t.Fatalf("%d of %d messages are answered: %v", answered(users), chats*each, err)
		}
		repeats := 0
		for i, u := range users {
			again, err := inOrder(echoes(u), each)
			if err != nil {
				t.Errorf("user %d: %v", i, err)
			}
			if again > kills {
				t.Errorf("user %d: %d sends came again; %d kills allow one each", i, again, kills)
			}
			repeats += again
		}
		t.Logf("%d messages, %d kills, %d sends came again", chats*each, kills, repeats)
	})
}

var number = regexp.MustCompile(`#(\d+)\.`)

// echoes returns, for each message that the user reads, which of his own it answers.
func echoes(u *telegramtest.User) (all [][]int) {
	for _, text := range u.Read() {
		var one []int
		for _, m := range number.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[1])
			one = append(one, n)
		}
		if len(one) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// answered counts the users' messages that are answered.
func answered(users []*telegramtest.User) int {
	total := 0
	for _, u := range users {
		seen := map[int]bool{}
		for _, one := range echoes(u) {
			for _, n := range one {
				seen[n] = true
			}
		}
		total += len(seen)
	}
	return total
}

// inOrder checks that the answers are those to 0, 1, 2 … in order. An answer that comes again right behind itself is
// counted, not refused.
func inOrder(all [][]int, n int) (again int, err error) {
	next := 0
	var before []int
	for _, one := range all {
		if slices.Equal(one, before) {
			again++
			continue
		}
		for _, got := range one {
			if got != next {
				return again, fmt.Errorf("answer to #%d where #%d was to come: %v", got, next, all)
			}
			next++
		}
		before = one
	}
	if next != n {
		return again, fmt.Errorf("%d answers, want %d", next, n)
	}
	return again, nil
}
