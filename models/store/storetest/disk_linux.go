package storetest

import (
	"os"
	"syscall"
	"testing"
)

// Disk returns a folder on a small disk in memory, of a size such as "4m", which is there until the end of the test. To make
// one takes root: elsewhere the test is skipped, and fails where EnvRequireMount says that it must be possible.
func Disk(t testing.TB, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv(EnvRequireMount) != "" {
			t.Fatalf("no disk can be made: %v", err)
		}
		t.Skipf("skipped: no disk can be made here, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}
