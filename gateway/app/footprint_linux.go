package app

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// unmapProgram tells the kernel that this process has no use for the pages of the program's file that it has mapped. They
// stay in the kernel's cache, and those that are used again are mapped again at the first touch. A mapping that was
// written to, by a relocation or a debugger, is left alone: its pages are nowhere else.
// https://man7.org/linux/man-pages/man2/madvise.2.html, MADV_DONTNEED
func unmapProgram() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range fileMappings(maps, program) {
		if _, _, e := syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED); e != 0 {
			errs = append(errs, fmt.Errorf("madvise: %w", e))
		}
	}
	return errors.Join(errs...)
}

// mapping is a part of the address space.
type mapping struct{ from, to uintptr }

// fileMappings returns the mappings of a file in /proc/self/smaps that nobody can write to and nobody has written to.
// https://docs.kernel.org/filesystems/proc.html
func fileMappings(smaps []byte, file string) (found []mapping) {
	var current *mapping
	lines := bufio.NewScanner(bytes.NewReader(smaps))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 2 && strings.HasSuffix(fields[0], ":"):
			if current != nil && fields[0] == "Anonymous:" && fields[1] == "0" {
				found = append(found, *current)
			}
		case len(fields) == 6 && fields[5] == file && !strings.Contains(fields[1], "w"):
			current = parseMapping(fields[0])
		default:
			current = nil
		}
	}
	return found
}

func parseMapping(text string) *mapping {
	low, high, _ := strings.Cut(text, "-")
	from, err := strconv.ParseUint(low, 16, strconv.IntSize)
	to, err2 := strconv.ParseUint(high, 16, strconv.IntSize)
	if err != nil || err2 != nil || to <= from {
		return nil
	}
	return &mapping{uintptr(from), uintptr(to)}
}
