package store

import (
	"maps"
	"slices"
	"sync"

	"patchbay/models"
)

// What people have is asked for several times a message: in whose thread a reply stands, whose desk a line goes to, who is away
// there. On SQLite the commits remember it for the next ones. On PostgreSQL it is read ahead, in the round trip that locks
// the lanes, by a guess of which handover will be asked for.

// handed is what a commit knows of handovers and of who answers in them.
type handed struct {
	// handovers are as they are now, and nobody else changes them meanwhile.
	handovers map[string]models.Handover
	away      map[string][]string // agents, by desk
	guessed   map[int64]string    // handovers of conversations that are likely to be worked in
}

func newHanded() handed {
	return handed{handovers: map[string]models.Handover{}, away: map[string][]string{}, guessed: map[int64]string{}}
}

// rememberedHanded is what is remembered of it on SQLite.
type rememberedHanded struct {
	handovers recent[string, models.Handover]
	away      map[string][]string
}

func newRememberedHanded() rememberedHanded {
	return rememberedHanded{handovers: newRecent[string, models.Handover](rememberedChats), away: map[string][]string{}}
}

// handover returns a handover that is known for sure.
func (u *unit) handover(id string) (h models.Handover, ok bool) {
	if h, ok = u.handed.handovers[id]; ok || u.s.memory == nil {
		return h, ok
	}
	if h, ok = u.s.memory.handed.handovers.take(id); ok {
		u.handed.handovers[id] = h
	}
	return h, ok
}

// learn takes a handover that was read. Others change it too, but for its card, unless its conversation is held.
func (u *unit) learn(h models.Handover) {
	u.begun.known[h.ID] = h
	if u.s.dialect == sqliteDialect || u.lanes[laneKey{h.Conversation, models.LaneIn}] != nil {
		u.handed.handovers[h.ID] = h
	}
}

// wrote takes a handover that was written.
func (u *unit) wrote(h models.Handover) { u.begun.known[h.ID], u.handed.handovers[h.ID] = h, h }

// changedHandovers forgets all handovers: one was changed, nobody knows which.
func (u *unit) changedHandovers() {
	clear(u.handed.handovers)
	if u.s.memory != nil {
		u.s.memory.handed.handovers.forget()
	}
}

// peopleAway returns a desk's agents who are away, if that is known.
func (u *unit) peopleAway(desk string) (people []string, ok bool) {
	if people, ok = u.handed.away[desk]; ok || u.s.memory == nil {
		return people, ok
	}
	if people, ok = u.s.memory.handed.away[desk]; ok {
		u.handed.away[desk] = people
	}
	return people, ok
}

// changedAgent forgets who of a desk is away.
func (u *unit) changedAgent(desk string) {
	delete(u.handed.away, desk)
	if u.s.memory != nil {
		delete(u.s.memory.handed.away, desk)
	}
}

// rememberHanded leaves it for the next commits, after this one.
func (u *unit) rememberHanded() {
	u.s.guesses.learn(u)
	if u.s.memory == nil {
		return
	}
	for id, h := range u.handed.handovers {
		u.s.memory.handed.handovers.put(id, h)
	}
	maps.Copy(u.s.memory.handed.away, u.handed.away)
}

// guess notes which handovers the batch will ask for, as far as anybody knows.
func (u *unit) guess(batch []*job) {
	for _, j := range batch {
		for _, thread := range j.need.Threads {
			if g, ok := u.s.guesses.ofThread(j.need.Desk, thread); ok {
				u.handed.guessed[g.conversation] = g.handover
			}
		}
	}
}

// loadHandovers loads the handovers of conversations, and who of their desks is away.
func (u *unit) loadHandovers(conversations []int64) []statement {
	ids := u.s.guesses.ofChats(conversations)
	ids = append(ids, slices.Collect(maps.Values(u.handed.guessed))...)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	return []statement{{
		text: `SELECT ` + handovers.names("h.") + `, ARRAY(SELECT person FROM agents WHERE desk = h.desk AND away > 0 ORDER BY person)
			FROM unnest($1::text[]) w(id) CROSS JOIN LATERAL (SELECT * FROM handovers WHERE id = w.id OFFSET 0) h`,
		args: []any{ids},
		take: func(row scanner) error {
			var away []string
			h, err := scanHandover(wider{row, &away})
			if err == nil {
				u.learn(h)
				u.handed.away[h.Desk] = away
			}
			return err
		},
	}}
}

// wider is a row with one more column.
type wider struct {
	scanner
	more any
}

// Scan scans the row.
func (w wider) Scan(dst ...any) error { return w.scanner.Scan(append(dst, w.more)...) }

// guesses tell which handover a commit is likely to ask for. What is guessed is looked up, and not used where it is not so.
// It is used by all committers at once.
type guesses struct {
	mu      sync.Mutex
	threads recent[threadKey, guess]
	chats   recent[int64, string] // that people have; PostgreSQL's
}

type (
	threadKey struct{ desk, thread string }
	guess     struct {
		handover     string
		conversation int64
	}
)

func newGuesses() *guesses {
	return &guesses{threads: newRecent[threadKey, guess](rememberedChats), chats: newRecent[int64, string](rememberedChats)}
}

func (g *guesses) ofThread(desk, thread string) (found guess, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.threads.find(threadKey{desk, thread})
}

func (g *guesses) ofChats(conversations []int64) (handovers []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range conversations {
		if h, ok := g.chats.find(id); ok {
			handovers = append(handovers, h)
		}
	}
	return handovers
}

// learn takes what a commit knew.
func (g *guesses) learn(u *unit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, h := range u.begun.known {
		if h.Thread != "" && h.Conversation != 0 {
			g.threads.put(threadKey{h.Desk, h.Thread}, guess{h.ID, h.Conversation})
		}
	}
	if u.s.dialect == sqliteDialect {
		return
	}
	for id, c := range u.chats {
		if c.Mode != models.ModeBot && c.Handover != "" {
			g.chats.put(id, c.Handover)
		} else {
			g.chats.take(id)
		}
	}
}
