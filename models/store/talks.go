package store

import (
	"cmp"
	"slices"
	"sync"

	"patchbay/models"
)

const (
	// rememberedTalks is of how many chats it is remembered at least what was said last, and half of how many at most.
	rememberedTalks = 1024
	// talkMost is how many messages of a chat are remembered, talkBytes how much text of one.
	talkMost  = 64
	talkBytes = 8 << 10
	// talkShards is by how many counters it is known whether something was said in a chat meanwhile.
	talkShards = 1024
)

// talks remembers on SQLite what was said last, for the question that a bot is asked with most messages: to read it there means
// to read pages anew that a commit has just changed. The committer adds what it writes, right behind its commit; who reads
// adds what he found if nothing was written meanwhile. nil is PostgreSQL's, where other copies write too, and remembers
// nothing.
type talks struct {
	mu    sync.Mutex
	known recent[int64, talk]
	moved [talkShards]int64 // how often something was said in one of the shard's chats
}

// talk is what was said last in a chat, oldest first, with what Said tells of it.
type talk struct {
	said  []models.Message
	bytes int
	whole bool // nothing was said before it
}

func newTalks() *talks { return &talks{known: newRecent[int64, talk](rememberedTalks)} }

// last returns the last n messages. When they are not known, they may be learned with what was said so far.
func (t *talks) last(conversation int64, n int) (said []models.Message, sofar int64, ok bool) {
	if t == nil {
		return nil, 0, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	sofar = t.moved[shard(conversation)]
	known, ok := t.known.find(conversation)
	if !ok || len(known.said) < n && !known.whole {
		return nil, sofar, false
	}
	return slices.Clone(known.said[max(0, len(known.said)-n):]), sofar, true
}

// learn takes the last n messages, as they were read after sofar was true.
func (t *talks) learn(conversation int64, n int, said []models.Message, sofar int64) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.moved[shard(conversation)] != sofar {
		return
	}
	known := talk{whole: len(said) < n}
	for i := range said {
		known.add(&said[i])
	}
	t.keep(conversation, known)
}

// tell adds what a commit wrote. With more, something else was changed.
func (t *talks) tell(written []*models.Message, more bool) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if more {
		for i := range t.moved {
			t.moved[i]++
		}
		t.known.forget()
		return
	}
	slices.SortStableFunc(written, func(a, b *models.Message) int { return cmp.Compare(a.Num, b.Num) })
	for _, m := range written {
		if m.Kind != models.Said {
			continue
		}
		t.moved[shard(m.Conversation)]++
		known, ok := t.known.take(m.Conversation)
		if !ok || len(known.said) > 0 && known.said[len(known.said)-1].Num >= m.Num {
			continue // who read it saw this commit already, or it is not the last: it is read anew
		}
		known.add(m)
		t.keep(m.Conversation, known)
	}
}

// keep remembers a talk, unless even its last message is very long.
func (t *talks) keep(conversation int64, known talk) {
	if known.bytes <= talkBytes {
		t.known.put(conversation, known)
	}
}

// add adds a message behind the others, of which the oldest may go.
func (k *talk) add(m *models.Message) {
	k.said = append(k.said, models.Message{Num: m.Num, Author: m.Author, Person: m.Person, Content: m.Content, Deleted: m.Deleted})
	k.bytes += len(m.Content.Text)
	for len(k.said) > talkMost || k.bytes > talkBytes && len(k.said) > 1 {
		k.bytes -= len(k.said[0].Content.Text)
		k.said, k.whole = k.said[1:], false
	}
}

func shard(conversation int64) uint64 { return uint64(conversation) % talkShards } // #nosec G115 -- any number will do
