package app_test

import (
	"reflect"
	"testing"

	"patchbay/gateway/app"
)

// Ensure that only pages that the file still holds are given back.
func TestFileMappings(t *testing.T) {
	const smaps = `00400000-00401000 r-xp 00003000 fe:00 10013332                           /opt/patchbay
Size:              20380 kB
Rss:               19508 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me 
00402000-00403000 r--p 013ea000 fe:00 10013332                           /opt/patchbay
Rss:               19508 kB
Anonymous:             4 kB
00404000-00405000 rw-p 013ea000 fe:00 10013332                           /opt/patchbay
Anonymous:             0 kB
7f0000000000-7f0000001000 r-xp 00000000 fe:00 77                         /lib/libc.so.6
Anonymous:             0 kB
00406000-00407000 r--p 013ea000 fe:00 10013332                           /opt/patchbay
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0 
Anonymous:             0 kB
00408000-00409000 r--p 013ea000 fe:00 10013332                           /opt/patchbay (deleted)
Anonymous:             0 kB
nonsense r--p 013ea000 fe:00 10013332                           /opt/patchbay
Anonymous:             0 kB
`
	want := [][2]uintptr{{0x400000, 0x401000}, {0x406000, 0x407000}}
	if got := app.FileMappings([]byte(smaps), "/opt/patchbay"); !reflect.DeepEqual(got, want) {
		t.Errorf("FileMappings = %x, want %x", got, want)
	}
}
