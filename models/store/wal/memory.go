package wal

import (
	"unsafe"

	"modernc.org/libc"
)

// SQLite's memory is none that Go manages: it does not move, and is known by its address. So are its functions, which are
// Go's, translated from C.

// ioFunc reads or writes.
type ioFunc = func(tls *libc.TLS, id, memory uintptr, n int32, offset int64) int32

// at returns what stands at an address.
func at[T any](address uintptr) *T {
	return *(**T)(unsafe.Pointer(&address)) // #nosec G103 -- memory of SQLite's
}

// bytes returns n bytes from an address on.
func bytes(address uintptr, n int32) []byte { return unsafe.Slice(at[byte](address), n) } // #nosec G103 -- memory of SQLite's

// call returns the function at an address.
func call[F any](address uintptr) F {
	f := &struct{ address uintptr }{address}
	return *(*F)(unsafe.Pointer(f)) // #nosec G103 -- as SQLite calls it
}

// pointer returns the address of a function, which is none that has variables around it.
func pointer[F any](f F) uintptr {
	return *(*uintptr)(unsafe.Pointer(&f)) // #nosec G103 -- as SQLite makes it
}
