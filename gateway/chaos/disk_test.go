package chaos_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// diskSize is that of the small disk, in bytes.
const diskSize = 64 << 20

// smallDisk puts a scene's SQLite file on a small disk in memory. That takes root.
func smallDisk(t *testing.T, set *setting) {
	dir := t.TempDir()
	if err := run(t.Context(), "mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", dir); err != nil {
		if os.Getenv("PATCHBAY_REQUIRE_MOUNT") != "" {
			t.Fatal(err)
		}
		t.Skipf("skipped: a disk to fill cannot be mounted, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	set.store = "sqlite://" + filepath.Join(dir, "patchbay.db")
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
