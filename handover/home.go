package handover

import (
	"context"
	"time"
)

// Homer is a Desk that shows each agent a page of his own.
type Homer interface {
	// ShowHome puts h in the place of what stands on the page of person. DeskRejected is a person who has none.
	ShowHome(ctx context.Context, person string, h Home) error
}

// Home is what an agent sees on his own page. Lists are as long as they are shown; their counts are of all.
type Home struct {
	Refusal string // why he sees nothing of all this; "" for an agent

	Mine    []Listed // that he has, the longest first
	Waiting []Listed // that nobody has taken
	Owed    []Listed // in which an answer is owed

	AllMine, AllWaiting, AllOwed int

	Today Figures
}

// Figures are what happened on a desk in some time.
type Figures struct {
	Opened   int           // chats that people got
	Answered int           // those of them that an agent has answered
	First    time.Duration // the median of the times to the first answer
	Resolved int           // chats that agents resolved
	New      int           // customers who wrote for the first time
	Alone    int           // those of them whom people were not needed for
}
