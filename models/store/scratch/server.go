package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// tick is the unit of processor times in /proc: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
const tick = 10 * time.Millisecond

// ServerTime returns how much processor time PostgreSQL's processes have used for the database, vacuuming included and what
// all databases share, such as writing the log, not. It is 0 where these processes are not this machine's, or the machine
// does not tell.
func ServerTime(ctx context.Context, address string) (used time.Duration, err error) {
	conf, err := pgx.ParseConfig(address)
	if err != nil {
		return 0, errors.New("the database's address is no URL") // the cause would show the password
	}
	c, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return 0, fmt.Errorf("processor time of PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	rows, err := c.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if err != nil {
		return 0, fmt.Errorf("processor time of PostgreSQL: %w", err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return 0, fmt.Errorf("processor time of PostgreSQL: %w", err)
	}
	for _, pid := range pids {
		used += processTime(pid, conf.Database)
	}
	return used, nil
}

// processTime returns the processor time of the process of that number, if it is one that PostgreSQL has for the database.
func processTime(pid int, database string) time.Duration {
	folder := "/proc/" + strconv.Itoa(pid)
	title, err := os.ReadFile(folder + "/cmdline") // #nosec G304 -- a number and a name of ours
	if err != nil || !strings.HasPrefix(string(title), "postgres: ") || !strings.Contains(string(title), database) {
		return 0
	}
	stat, err := os.ReadFile(folder + "/stat") // #nosec G304 -- a number and a name of ours
	if err != nil {
		return 0
	}
	// The second field is a name in brackets; behind it the 12th and 13th are the time of its own and in the kernel.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	var used time.Duration
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		used += time.Duration(n) * tick
	}
	return used
}
