package store

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// fileLock keeps a second process off a SQLite file: two processes would both believe that they own every lane.
type fileLock struct{ flock *flock.Flock }

// lockFile takes the lock beside the database at path and writes our process id into it.
func lockFile(path string) (*fileLock, error) {
	name := path + ".lock"
	l := flock.New(name)
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	if !ok {
		owner, err := os.ReadFile(name) //nolint:gosec // G304: the operator's config names the path
		if err != nil || len(owner) == 0 {
			return nil, fmt.Errorf("%s is open in another process", path)
		}
		return nil, fmt.Errorf("%s is open in another process (pid %s)", path, strings.TrimSpace(string(owner)))
	}
	if err := os.WriteFile(name, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), l.Unlock())
	}
	return &fileLock{flock: l}, nil
}

// release gives the lock up. The file stays: removing it could remove the lock of a process that has just taken it.
func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.flock.Unlock()
}
