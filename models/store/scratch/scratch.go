// Package scratch makes databases to measure on: empty ones, and ones that are as full as after years of use. No part of
// the running gateway uses it.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/rs/xid"
)

// Postgres makes a new database on the server that address names, whose user must be allowed to: a copy of the database
// that template names, in which nobody may be, or an empty one. drop takes it away again. durable tells whether the server
// flushes each commit to disk.
func Postgres(ctx context.Context, address, template string) (made string, durable bool, drop func(context.Context) error, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false, nil, errors.New("the database's address is no URL") // the cause would show the password
	}
	name := "patchbay_bench_" + xid.New().String()
	create := `CREATE DATABASE ` + name
	if template != "" {
		t, err := pgx.ParseConfig(template)
		if err != nil {
			return "", false, nil, errors.New("the template's address is no URL")
		}
		create += ` TEMPLATE ` + pgx.Identifier{t.Database}.Sanitize()
	}
	err = admin(ctx, address, func(c *pgx.Conn) error {
		var fsync, commit string
		if err := c.QueryRow(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&fsync, &commit); err != nil {
			return err
		}
		durable = fsync == "on" && commit != "off"
		_, err := c.Exec(ctx, create)
		return err
	})
	if err != nil {
		return "", false, nil, fmt.Errorf("make a database: %w", err)
	}
	u.Path = "/" + name
	return u.String(), durable, func(ctx context.Context) error {
		err := admin(ctx, address, func(c *pgx.Conn) error {
			_, err := c.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
			return err
		})
		if err != nil {
			return fmt.Errorf("drop the database %s: %w", name, err)
		}
		return nil
	}, nil
}

// admin does one thing on a connection of its own.
func admin(ctx context.Context, address string, fn func(*pgx.Conn) error) (err error) {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	return fn(c)
}
