package store

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// keepAside is how many copies from before an upgrade are kept: of the last one, and of the one before it.
const keepAside = 2

// copyAside writes the SQLite file, as it is before its tables go to version, into a file beside it. Nothing else has the
// database open.
func (s schema) copyAside(ctx context.Context, version int64) error {
	to := fmt.Sprintf("%s.before-%d", s.path, version)
	if halves, err := filepath.Glob(to + ".*.part"); err == nil { // of a start that was killed
		for _, half := range halves {
			_ = os.Remove(half)
		}
	}
	s.log.InfoContext(ctx, "database is copied aside before its tables change", "file", to)
	// A copy of this name is from an attempt that failed, and the database may have been used since.
	size, err := vacuumInto(ctx, s.db, to, true)
	if err != nil {
		return fmt.Errorf("copy the database aside before its tables change, nothing is changed yet: %w", err)
	}
	s.log.InfoContext(ctx, "database copied aside", "file", to, "bytes", size)
	return nil
}

// prune removes the copies that are older than those to keep.
func (s schema) prune(ctx context.Context) {
	if s.path == "" {
		return
	}
	all := asides(s.path)
	for _, old := range all[:max(len(all)-keepAside, 0)] {
		if err := os.Remove(old); err != nil {
			s.log.WarnContext(ctx, "old copy of the database not removed", "file", old, "err", err)
			continue
		}
		s.log.InfoContext(ctx, "old copy of the database removed", "file", old)
	}
}

// asides returns the copies of the database at path that were made before upgrades, oldest first.
func asides(path string) (files []string) {
	dir, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil
	}
	for _, entry := range dir {
		if _, ok := asideVersion(path, entry.Name()); ok {
			files = append(files, filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
	slices.SortFunc(files, func(a, b string) int {
		va, _ := asideVersion(path, filepath.Base(a))
		vb, _ := asideVersion(path, filepath.Base(b))
		return cmp.Compare(va, vb)
	})
	return files
}

// asideVersion returns before which version the file of that name was copied; ok is false for other files.
func asideVersion(path, name string) (version int64, ok bool) {
	digits, ok := strings.CutPrefix(name, filepath.Base(path)+".before-")
	if !ok {
		return 0, false
	}
	version, err := strconv.ParseInt(digits, 10, 64)
	return version, err == nil && version > 0
}
