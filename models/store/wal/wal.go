// Package wal has SQLite write its log in a few large pieces, and lets a commit be flushed while the next is made ([Log]). SQLite calls the system twice for each page of a commit, for a
// header of 24 bytes and for the page: https://www.sqlite.org/fileformat2.html#the_write_ahead_log. That is more time than
// the disk needs. A connection that is opened with vfs=[Name] keeps what it appends to the log in memory until SQLite wants
// it on disk, or reads it, and writes it then by one call. Nothing else is changed: a commit is over when it is flushed, as
// synchronous=FULL says, and other connections look at a page of the log only after the commit that it belongs to.
//
// It is a shim as SQLite means it: all but the writing is done by the VFS of the system.
// https://www.sqlite.org/vfs.html#vfs_shims
package wal

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Name is what the VFS is called in a connection's address.
const Name = "patchbay-wal"

// bufferMost is how many bytes are kept, 31 of the usual pages: the most that SQLite's VFS for Unix writes by one call. It
// cuts the number that it is given down to 17 bits. See seekAndWriteFd in https://www.sqlite.org/src/file/src/os_unix.c
const bufferMost = 1<<17 - 1

// file is a log, in memory of SQLite's behind what its own VFS keeps of it. SQLite finds the methods by a pointer to their
// beginning, and so do they find the rest.
type file struct {
	methods sqlite3.Tsqlite3_io_methods
	system  uintptr // the methods of the system's VFS
	buffer  uintptr // bufferMost bytes, 0 before the first are kept
	from    int64   // where in the log they belong
	kept    int32   // how many of them there are
	name    uintptr // of the file
}

// Register makes the VFS known to SQLite, once for all. It is called before the first connection is opened with it.
var Register = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	shim := sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	name, err := libc.CString(Name) // both stay for as long as the process
	if system == 0 || shim == 0 || err != nil {
		return fmt.Errorf("register %s: no VFS or no memory", Name)
	}
	v := at[sqlite3.Tsqlite3_vfs](shim)
	*v = *at[sqlite3.Tsqlite3_vfs](system)
	v.FpNext, v.FzName, v.FxOpen = 0, name, pointer(open)
	v.FszOsFile = ownSize(system) + int32(unsafe.Sizeof(file{}))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, shim, 0); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("register %s: SQLite says %d", Name, rc)
	}
	return nil
})

// ownSize returns how many bytes the system's VFS keeps of a file, rounded up so that ours are aligned.
func ownSize(system uintptr) int32 { return (at[sqlite3.Tsqlite3_vfs](system).FszOsFile + 15) &^ 15 }

// open opens a file by the system's VFS. A log gets methods of its own.
func open(tls *libc.TLS, _, name, id uintptr, flags int32, got uintptr) int32 {
	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	rc := call[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](at[sqlite3.Tsqlite3_vfs](system).FxOpen)(
		tls, system, name, id, flags, got)
	if rc != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return rc
	}
	methods := &at[sqlite3.Tsqlite3_file](id).FpMethods
	own := id + uintptr(ownSize(system)) // #nosec G115 -- some hundred bytes
	f := at[file](own)
	*f = file{methods: *at[sqlite3.Tsqlite3_io_methods](*methods), system: *methods, name: name} // which stays until it is closed
	if l := logOf(name); l != nil {
		l.reopen()
	}
	f.methods.FxRead, f.methods.FxWrite, f.methods.FxSync = pointer(read), pointer(write), pointer(flush)
	f.methods.FxTruncate, f.methods.FxFileSize, f.methods.FxClose = pointer(truncate), pointer(size), pointer(closeFile)
	*methods = own
	return rc
}

// of returns a log, with its system's methods.
func of(id uintptr) (*file, *sqlite3.Tsqlite3_io_methods) {
	f := at[file](at[sqlite3.Tsqlite3_file](id).FpMethods)
	return f, at[sqlite3.Tsqlite3_io_methods](f.system)
}

// write keeps what continues what is kept, or changes it. Anything else is kept in its place, once that is written.
func write(tls *libc.TLS, id, from uintptr, n int32, offset int64) int32 {
	f, system := of(id)
	if f.buffer == 0 {
		f.buffer = sqlite3.Xsqlite3_malloc(tls, bufferMost)
	}
	into := offset - f.from
	if f.kept == 0 || into < 0 || into > int64(f.kept) || into+int64(n) > bufferMost {
		if rc := f.mustWrite(tls, id); rc != sqlite3.SQLITE_OK {
			return rc
		}
		f.from, into = offset, 0
	}
	if f.buffer == 0 || n > bufferMost {
		return call[ioFunc](system.FxWrite)(tls, id, from, n, offset)
	}
	copy(bytes(f.buffer, bufferMost)[into:], bytes(from, n))
	f.kept = max(f.kept, int32(into)+n) // #nosec G115 -- both are below bufferMost
	return sqlite3.SQLITE_OK
}

// write writes what is kept. After an error it still is.
func (f *file) write(tls *libc.TLS, id uintptr) int32 {
	if f.kept == 0 {
		return sqlite3.SQLITE_OK
	}
	rc := call[ioFunc](at[sqlite3.Tsqlite3_io_methods](f.system).FxWrite)(tls, id, f.buffer, f.kept, f.from)
	if rc == sqlite3.SQLITE_OK {
		f.kept = 0
	}
	return rc
}

// mustWrite is write for a transaction that fails with it: after an error in writing to its log or flushing it, SQLite
// can only roll back, and writes all anew the next time. What was kept then would be in the way of a smaller transaction, for
// which a full disk may have room.
func (f *file) mustWrite(tls *libc.TLS, id uintptr) int32 {
	rc := f.write(tls, id)
	f.kept = 0
	return rc
}

// read reads what is kept from where it is kept.
func read(tls *libc.TLS, id, into uintptr, n int32, offset int64) int32 {
	f, system := of(id)
	within := offset - f.from
	switch {
	case f.kept == 0 || within+int64(n) <= 0 || within >= int64(f.kept):
	case within >= 0 && within+int64(n) <= int64(f.kept):
		copy(bytes(into, n), bytes(f.buffer, f.kept)[within:])
		return sqlite3.SQLITE_OK
	default:
		if rc := f.write(tls, id); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	return call[ioFunc](system.FxRead)(tls, id, into, n, offset)
}

// flush writes what is kept, and has it flushed. That is left to who asked for it where a transaction is all there is to
// flush: not when a log begins anew, whose header has to be on disk before what follows it, and not when the log is to be copied
// into the database, before which all of it has to be there. Then nothing is kept, as the last commit was written.
func flush(tls *libc.TLS, id uintptr, flags int32) int32 {
	f, system := of(id)
	l, transaction := logOf(f.name), f.kept > 0 && f.from > 0
	if rc := f.mustWrite(tls, id); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if l != nil && l.deferring.Load() {
		if transaction {
			return sqlite3.SQLITE_OK
		}
		l.kept.Add(1)
	}
	return call[func(*libc.TLS, uintptr, int32) int32](system.FxSync)(tls, id, flags)
}

func truncate(tls *libc.TLS, id uintptr, size int64) int32 {
	f, system := of(id)
	if rc := f.write(tls, id); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return call[func(*libc.TLS, uintptr, int64) int32](system.FxTruncate)(tls, id, size)
}

func size(tls *libc.TLS, id, into uintptr) int32 {
	f, system := of(id)
	if rc := f.write(tls, id); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return call[func(*libc.TLS, uintptr, uintptr) int32](system.FxFileSize)(tls, id, into)
}

func closeFile(tls *libc.TLS, id uintptr) int32 {
	f, system := of(id)
	rc := f.write(tls, id)
	sqlite3.Xsqlite3_free(tls, f.buffer)
	f.buffer, f.kept = 0, 0
	if closed := call[func(*libc.TLS, uintptr) int32](system.FxClose)(tls, id); rc == sqlite3.SQLITE_OK {
		rc = closed
	}
	return rc
}
