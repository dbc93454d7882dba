package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// room knows whether the disk under a SQLite file had no place for a commit. Its zero value is for PostgreSQL, which knows
// for itself.
type room struct {
	path  string // of the database
	short atomic.Bool
	probe sync.Mutex
}

// commitRoom is for how many bytes the disk must have place before it counts as not full any more: for more than the largest
// messages that share a commit take. A small write says little: it can fit where a message does not, into what SQLite's log
// has left over from before.
const commitRoom = 1 << 20

// note remembers that a commit did not fit, or that the disk failed otherwise.
func (r *room) note(err error) {
	if r.path == "" {
		return
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return
	}
	switch e.Code() & 0xff { // https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		r.short.Store(true)
	}
}

// check returns why the disk takes no commits, nil if it does as far as is known. A disk that was full is asked for place
// for a whole commit, in a file of its own: what is tried in the database itself would fail together with messages that fit.
// Of many callers one at a time asks; the others are told that it is not known yet.
func (r *room) check() error {
	if !r.short.Load() {
		return nil
	}
	if !r.probe.TryLock() {
		return errors.New("the disk did not take the last commit")
	}
	defer r.probe.Unlock()
	if err := tryOut(r.path+".room", commitRoom); err != nil {
		return fmt.Errorf("the disk did not take the last commit, and has no place yet: %w", err)
	}
	r.short.Store(false)
	return nil
}

// tryOut writes a file of size bytes to disk and removes it.
func tryOut(path string, size int) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // #nosec G304 -- beside the operator's own file
	if err != nil {
		return err
	}
	_ = os.Remove(path) // now, where the system allows it: a crash leaves nothing behind
	defer func() {
		err = errors.Join(err, f.Close())
		if gone := os.Remove(path); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	content := make([]byte, size)
	_, _ = rand.Read(content) // never fails; what could be compressed would prove nothing
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync() // some file systems look for place only now
}
