package storetest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"patchbay/models/store/storetest/loopback"
)

// Cluster is a PostgreSQL server of its own, that can be stopped and started again.
type Cluster struct {
	address string
	dir     string
	options string
	as      func(name string, args ...string) error
	ctl     string
	port    *loopback.Port // stays ours while the server is away
}

// NewCluster makes a cluster in a temporary folder and starts a server on it, on a free port of the loopback. The test is
// skipped where there are no server programs, and fails where EnvRequire says that there must be some. It ends with the
// test.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := newCluster()
	switch {
	case err != nil && os.Getenv(EnvRequire) != "":
		t.Fatalf("no PostgreSQL of our own: %v", err)
	case err != nil:
		t.Skipf("skipped: no PostgreSQL of our own: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func newCluster() (_ *Cluster, err error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "patchbay-postgres-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	as, err := asPostgres(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, as: as, ctl: filepath.Join(bin, "pg_ctl")}
	if err := as(filepath.Join(bin, "initdb"), "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"); err != nil {
		return nil, err
	}
	if c.port, err = loopback.Hold(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.port.Close()
		}
	}()
	c.options = fmt.Sprintf("-p %d -h 127.0.0.1 -k %s -c max_connections=300", c.port.Number(), dir)
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: c.port.Address(), Path: "/postgres", RawQuery: "sslmode=disable"}
	c.address = u.String()
	return c, c.Start()
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// URL returns the address of the server's first database.
func (c *Cluster) URL() string { return c.address }

// Start starts the server and returns when it takes connections.
func (c *Cluster) Start() error {
	return c.as(c.ctl, "-D", c.data(), "-o", c.options, "-l", filepath.Join(c.dir, "log"), "-w", "start")
}

// Stop stops the server as a crash does: at once, with what is not on disk lost. Start goes on from there.
func (c *Cluster) Stop() error { return c.as(c.ctl, "-D", c.data(), "-m", "immediate", "-w", "stop") }

// Close stops the server, if it runs, and removes the cluster.
func (c *Cluster) Close() {
	_ = c.Stop()
	c.port.Close()
	_ = os.RemoveAll(c.dir)
}

// postgresPrograms returns the folder of the newest server programs.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("initdb is not on this machine")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// asPostgres returns a function that runs a program as a user that the server accepts: it refuses to run as root.
func asPostgres(dir string) (func(name string, args ...string) error, error) {
	prefix := []string{}
	if os.Geteuid() == 0 {
		if err := exec.Command("chown", "postgres", dir).Run(); err != nil {
			return nil, fmt.Errorf("the server refuses to run as root, and there is no user postgres: %w", err)
		}
		prefix = []string{"runuser", "-u", "postgres", "--"}
	}
	return func(name string, args ...string) error {
		line := append(slices.Clone(prefix), append([]string{name}, args...)...)
		cmd := exec.Command(line[0], line[1:]...)
		cmd.Dir = dir
		// No pipes: the server would inherit them and keep a reader waiting.
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimPrefix(filepath.Base(name), "/"), err)
		}
		return nil
	}, nil
}
