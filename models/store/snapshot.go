package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// vacuumInto writes what a SQLite database has now, and nothing that is half done, into the file at path, and returns
// its size. The file is there when all of it is on disk, or not at all. It is an error if there is one already, unless
// replace says that it goes. Other connections and processes read and write meanwhile: https://sqlite.org/lang_vacuum.html
func vacuumInto(ctx context.Context, db *sql.DB, path string, replace bool) (size int64, err error) {
	p, err := newPart(path, replace)
	if err != nil {
		return 0, err
	}
	defer p.discard()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", p.name); err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	return p.publish()
}

// part is a file that is written under a name of its own, and gets the one that it is meant to have when it is whole.
type part struct {
	name, path string
	replace    bool
}

// newPart makes an empty file beside path, which nobody else may read.
func newPart(path string, replace bool) (*part, error) {
	path, err := filepath.Abs(path) // a name that begins with file: would be taken for an address
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part") // with mode 0600
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", path, cause(err))
	}
	return &part{name: f.Name(), path: path, replace: replace}, f.Close()
}

// discard removes what is not published, with what SQLite leaves beside it when the disk is full.
func (p *part) discard() {
	if p.name == "" {
		return
	}
	for _, name := range []string{p.name, p.name + "-journal", p.name + "-wal", p.name + "-shm"} {
		_ = os.Remove(name)
	}
}

// publish gives the file its name once it is on disk, and returns its size.
func (p *part) publish() (size int64, err error) {
	if size, err = flush(p.name); err != nil {
		return 0, fmt.Errorf("write %s: %w", p.path, cause(err))
	}
	if err := p.rename(); err != nil {
		return 0, fmt.Errorf("write %s: %w", p.path, cause(err))
	}
	p.name = ""
	if _, err := flush(filepath.Dir(p.path)); err != nil { // the name is on disk only with the folder
		return 0, fmt.Errorf("write %s: %w", p.path, cause(err))
	}
	return size, nil
}

// rename puts the file in its place, and over no other unless that is wanted.
func (p *part) rename() error {
	if p.replace {
		return os.Rename(p.name, p.path)
	}
	err := os.Link(p.name, p.path) // unlike a rename, it fails if there is one by now
	switch {
	case err == nil:
		return os.Remove(p.name)
	case errors.Is(err, fs.ErrExist):
		return fs.ErrExist
	}
	// Not every file system has links.
	if _, err := os.Lstat(p.path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(p.name, p.path)
}

// flush waits until a file or folder is on disk, and returns its size.
func flush(name string) (size int64, err error) {
	f, err := os.Open(name) // #nosec G304 -- the operator's own file
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Sync()
}

// cause returns an error of the file system without the names in it, where they are said already.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// openReadOnly opens a SQLite file for reading, beside the process that has it open.
func openReadOnly(ctx context.Context, path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, cause(err))
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro&_pragma=busy_timeout(5000)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return db, nil
}
