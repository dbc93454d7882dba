//go:build !linux

package store

import (
	"syscall"
	"time"
)

// patience limits nothing where the system has no such option.
func patience(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
