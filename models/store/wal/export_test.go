package wal

import "os"

// Current reports whether the file that is flushed is the one that has the log's name.
func (l *Log) Current() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	named, err := os.Stat(l.path)
	if err != nil {
		return false
	}
	flushed, err := l.file.Stat()
	return err == nil && os.SameFile(named, flushed)
}

// Kept returns how many flushes were not put off although they might have been.
func (l *Log) Kept() int64 { return l.kept.Load() }
