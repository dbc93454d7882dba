package storetest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// startPostgres makes a cluster in a temporary folder and starts a server on it, on a free port of the loopback.
func startPostgres() (address string, stop func(), err error) {
	bin, err := postgresPrograms()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "patchbay-postgres-")
	if err != nil {
		return "", nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	as, err := asPostgres(dir)
	if err != nil {
		remove()
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	if err := as(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"); err != nil {
		remove()
		return "", nil, err
	}
	port, err := freePort()
	if err != nil {
		remove()
		return "", nil, err
	}
	options := fmt.Sprintf("-p %s -h 127.0.0.1 -k %s -c max_connections=200", port, dir)
	ctl := filepath.Join(bin, "pg_ctl")
	if err := as(ctl, "-D", data, "-o", options, "-l", filepath.Join(dir, "log"), "-w", "start"); err != nil {
		remove()
		return "", nil, err
	}
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: "127.0.0.1:" + port, Path: "/postgres", RawQuery: "sslmode=disable"}
	return u.String(), func() {
		_ = as(ctl, "-D", data, "-m", "immediate", "stop")
		remove()
	}, nil
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

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
