package store

import (
	"sync"

	"patchbay/models"
)

const (
	// rememberedChats is how many chats, and how many addresses, are remembered at least, and half of how many at most.
	rememberedChats = 4096
	// rememberedEvents is the same of events that wait to be decided: they hold what customers wrote, which may be long.
	rememberedEvents = 2048
)

// memory is what commits on SQLite leave for the next ones, so that a message in a chat that was busy just now reads
// nothing: this process is the only one that writes the file, and its one committer is the only one in it. A commit takes
// what it touches, and gives it back when it is on disk. When it fails, nobody remembers it. Whoever writes these rows by a
// statement of his own calls unit.forget.
type memory struct {
	chats  recent[int64, remembered]
	events recent[entryKey, models.Event]
	handed rememberedHanded
	shown  recent[string, models.Message] // what is about to be shown to agents
}

// remembered is a conversation as it stands in the database.
type remembered struct {
	lanes []*laneRow // all of it
	chat  *chatRow   // nil if nobody read it
}

func newMemory() *memory {
	return &memory{
		chats: newRecent[int64, remembered](rememberedChats), events: newRecent[entryKey, models.Event](rememberedEvents),
		handed: newRememberedHanded(), shown: newRecent[string, models.Message](rememberedEvents),
	}
}

// forget forgets all.
func (m *memory) forget() {
	if m == nil {
		return
	}
	m.chats.forget()
	m.events.forget()
	m.handed = newRememberedHanded()
	m.shown.forget()
}

// recall takes what is remembered of a conversation into the unit.
func (u *unit) recall(conversation int64) {
	if u.s.memory == nil {
		return
	}
	known, ok := u.s.memory.chats.take(conversation)
	if !ok {
		return
	}
	for _, l := range known.lanes {
		u.lanes[l.laneKey] = l
	}
	if known.chat != nil {
		u.chats[conversation] = known.chat
	}
}

// recallAddresses takes what is remembered of the addresses of a batch into the unit.
func (u *unit) recallAddresses(batch []*job) {
	for _, j := range batch {
		for _, address := range j.need.Addresses {
			key := addressKey{j.need.Account, address}
			if id, ok := u.s.addresses.find(key); ok {
				u.found[key] = id
			}
		}
	}
}

// recallEvent takes an event that is remembered into the unit.
func (u *unit) recallEvent(key entryKey) (e models.Event, ok bool) {
	if u.s.memory == nil {
		return e, false
	}
	if e, ok = u.s.memory.events.take(key); ok {
		u.event[key] = e
	}
	return e, ok
}

// message returns a message that is known.
func (u *unit) message(id string) (m models.Message, ok bool) {
	if m, ok = u.read[id]; ok || u.s.memory == nil {
		return m, ok
	}
	if m, ok = u.s.memory.shown.take(id); ok {
		u.read[id] = m
	}
	return m, ok
}

// changedMessage forgets a message.
func (u *unit) changedMessage(id string) {
	delete(u.read, id)
	if u.s.memory != nil {
		u.s.memory.shown.take(id)
	}
}

// deletedMessages forgets all messages: some were deleted, nobody knows which.
func (u *unit) deletedMessages() {
	clear(u.read)
	if u.s.memory != nil {
		u.s.memory.shown.forget()
	}
}

// remember leaves what the unit knows for the next ones, after its commit.
func (u *unit) remember() {
	u.rememberRush()
	u.s.addresses.learn(u.found)
	u.s.talks.tell(u.told, u.retold)
	u.rememberHanded()
	if u.s.memory == nil {
		return
	}
	for _, key := range u.begun.order {
		if key.lane != models.LaneDesk {
			continue
		}
		for _, id := range named(u.begun.entries[key]) {
			if m := u.begun.messages[id]; m != nil {
				u.s.memory.shown.put(id, *m)
			}
		}
	}
	for key := range u.lanes {
		if key.lane != models.LaneIn {
			continue
		}
		known := remembered{lanes: make([]*laneRow, 0, len(allLanes)), chat: u.chats[key.conversation]}
		for _, lane := range allLanes {
			if l := u.lanes[laneKey{key.conversation, lane}]; l != nil {
				known.lanes = append(known.lanes, l)
			}
		}
		if len(known.lanes) == len(allLanes) {
			u.s.memory.chats.put(key.conversation, known)
		}
	}
	for key, e := range u.event {
		if l := u.lanes[laneKey{key.conversation, models.LaneIn}]; l != nil && l.head < key.seq {
			u.s.memory.events.put(key, e)
		}
	}
}

// addresses remembers which conversations have which addresses. That never changes while the conversation is there, so that
// on PostgreSQL, where another copy may have forgotten it, who holds its lane knows that it still holds.
type addresses struct {
	mu    sync.Mutex
	known recent[addressKey, int64]
}

func newAddresses() *addresses {
	return &addresses{known: newRecent[addressKey, int64](rememberedChats)}
}

func (a *addresses) find(key addressKey) (conversation int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known.find(key)
}

func (a *addresses) learn(found map[addressKey]int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, id := range found {
		if id != 0 {
			a.known.put(key, id)
		}
	}
}

func (a *addresses) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known.forget()
}
