package bench

import (
	"errors"
	"os"
	"slices"
	"time"
)

// flushes is how often a flush of the disk is tried.
const flushes = 50

// flushTime returns how long the disk under a folder takes to make 4 kB durable: the median, and the longest of all. What
// is stored durably cannot be faster than that.
func flushTime(dir string) (median, longest time.Duration, err error) {
	f, err := os.CreateTemp(dir, "flush-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	page := make([]byte, 4<<10)
	var took []time.Duration
	for i := range flushes {
		start := time.Now()
		if _, err := f.WriteAt(page, int64(i*len(page))); err != nil {
			return 0, 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[flushes/2], took[flushes-1], nil
}
