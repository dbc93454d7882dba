package wal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"modernc.org/libc"
)

// Log is the log of a database whose one writer makes its next commit while the last is flushed. A commit that is made
// under [Log.Defer] is seen by other connections at once, and is on disk after a [Log.Flush] that began behind it. Whoever made it
// tells nobody before. When power fails in between, the database is as it was before the commit, and is sound: SQLite
// flushes the log by itself before it begins it anew, and before it copies it into the database.
// https://www.sqlite.org/wal.html#performance_considerations
type Log struct {
	path      string
	deferring atomic.Bool
	kept      atomic.Int64 // flushes that were not put off all the same, since something else waited for them

	mu   sync.Mutex
	file *os.File // the log, to flush it by; nil before SQLite has opened it
	err  error    // why it could not be opened
}

// logs are the logs that are open, by the names of their files. SQLite knows nothing else of ours.
var logs sync.Map

// Open returns the log of the database at path, which is a file already and which no other Log is open for. It is called
// before the connection that writes is opened, and the caller calls Close after that is closed. It returns nil, which is used like
// any other and defers nothing, where a file that is open cannot be removed, as SQLite does with its log.
func Open(path string) (*Log, error) {
	if runtime.GOOS == "windows" {
		return nil, nil
	}
	full, err := filepath.Abs(path)
	if err == nil {
		full, err = filepath.EvalSymlinks(full) // so does SQLite
	}
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	l := &Log{path: full + "-wal"}
	if _, known := logs.LoadOrStore(l.path, l); known {
		return nil, fmt.Errorf("open log: %s is open already", full)
	}
	return l, nil
}

// logOf returns the log with a file's name, nil if nobody opened it.
func logOf(name uintptr) *Log {
	found, _ := logs.Load(libc.GoString(name))
	l, _ := found.(*Log)
	return l
}

// reopen opens the log for flushing, after SQLite opened it: it may be another file than the last one of that name.
func (l *Log) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file, l.err = os.OpenFile(l.path, os.O_RDWR, 0)
}

// Defer has the commits that follow left to Flush, or no longer. Only who commits calls it.
func (l *Log) Defer(on bool) {
	if l != nil {
		l.deferring.Store(on)
	}
}

// Flush returns when all commits that were made before the call are on disk. After an error it is not known which are, and
// the next call would not find out: the system may have given up what it could not write. https://wiki.postgresql.org/wiki/Fsync_Errors
// It is safe to be called beside everything else.
func (l *Log) Flush() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return fmt.Errorf("flush log: %w", errors.Join(l.err, os.ErrInvalid))
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("flush log: %w", err)
	}
	return nil
}

// Close forgets the log.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	logs.Delete(l.path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
