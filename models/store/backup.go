package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Backup writes all that the database at url has at one instant into the new SQLite file at path, while a gateway runs or
// not, and returns the file's size. SQLite is only read; a PostgreSQL database is copied in one transaction, and progress
// is told of it. The file is there when all of it is on disk, or not at all, and only its owner may read it. It is an error
// if there is a file already.
func Backup(ctx context.Context, url, path string, progress func(Progress)) (size int64, err error) {
	if file, ok := strings.CutPrefix(url, "sqlite://"); ok {
		return backupSQLite(ctx, file, path)
	}
	from, err := openSource(ctx, url, true)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	to, err := newSQLiteTarget(ctx, path)
	if err != nil {
		return 0, err
	}
	defer to.discard()
	if _, err := transfer(ctx, from, to, progress); err != nil {
		return 0, err
	}
	return to.publish()
}

func backupSQLite(ctx context.Context, file, path string) (size int64, err error) {
	db, err := openReadOnly(ctx, file)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, err := appliedVersion(ctx, db, sqliteDialect)
	if err != nil {
		return 0, err
	}
	if version == 0 {
		return 0, fmt.Errorf("%s is no database of Patchbay", file)
	}
	return vacuumInto(ctx, db, path, false)
}
