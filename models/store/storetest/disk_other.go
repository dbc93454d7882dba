//go:build !linux

package storetest

import "testing"

// Disk skips the test: only Linux makes a disk in memory.
func Disk(t testing.TB, _ string) string {
	t.Helper()
	t.Skip("skipped: no disk can be made here")
	return ""
}
