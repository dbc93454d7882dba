package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// dialWithin is how long a connection to PostgreSQL may take to be there, unless the URL has a connect_timeout.
	dialWithin = 5 * time.Second
	// silentWithin is how long a machine may acknowledge nothing of what it is sent. Without it the kernel tries for a
	// quarter of an hour, and all that time a write hangs on a machine that is gone.
	silentWithin = 10 * time.Second
)

// parsePostgres returns how to connect to PostgreSQL, so that a machine or network that is gone without a word is noticed in
// seconds: on connections that wait for an answer and on those that lie idle.
func parsePostgres(url string) (*pgx.ConnConfig, error) {
	conf, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("store url: %w", err) // pgx hides the password in its message
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = dialWithin
	}
	dialer := &net.Dialer{
		Timeout:         conf.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silentWithin / 2, Interval: silentWithin / 5, Count: 3},
		Control:         patience(silentWithin),
	}
	conf.DialFunc = dialer.DialContext
	return conf, nil
}

// ErrAway is wrapped by the error of Ready when the database cannot be reached, or does not answer.
var ErrAway = errors.New("the database does not answer")

// away reports whether an error is that of a database that is not there, not of one that refuses.
func away(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Connection exceptions, and a server that starts or stops: https://www.postgresql.org/docs/current/errcodes-appendix.html
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P")
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.SafeToRetry(err) { // nothing was sent
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, is := range []error{context.DeadlineExceeded, driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}
