package chaos_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"patchbay/models/store/storetest"
)

// diskSize is that of the small disk, in bytes.
const diskSize = 64 << 20

// smallDisk puts a scene's SQLite file on a small disk in memory.
func smallDisk(t *testing.T, set *setting) {
	set.store = "sqlite://" + filepath.Join(storetest.Disk(t, strconv.Itoa(diskSize)), "patchbay.db")
}

// fullDisk fills the disk to its last byte, twice, and makes room again.
func fullDisk(t *testing.T, s *scene) {
	filler := filepath.Join(filepath.Dir(s.store[len("sqlite://"):]), "filler")
	for _, part := range []float64{0.3, 0.6} {
		s.halfway(part)
		s.crashes++ // what was sent could not be recorded
		if err := fill(filler); err != nil {
			t.Fatal(err)
		}
		s.away(t)
		s.pause(time.Second)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		s.healed(t)
	}
}

// fill writes a file until the disk is full.
func fill(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block := make([]byte, 64<<10)
	for written := 0; written <= diskSize; {
		n, err := f.Write(block)
		written += n
		switch {
		case errors.Is(err, syscall.ENOSPC) && len(block) > 1:
			block = block[:len(block)/2]
		case errors.Is(err, syscall.ENOSPC):
			return nil
		case err != nil:
			return err
		}
	}
	return errors.New("the disk is larger than it should be")
}
