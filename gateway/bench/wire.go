package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// callWithin bounds one call: what takes longer is a fault, not a slow answer.
const callWithin = 30 * time.Second

// wire is one keep-alive connection. It speaks just the HTTP/1.1 that a load needs, because what the generator spends
// the gateway cannot: both share the machine. One goroutine uses it.
type wire struct {
	conn net.Conn
	r    *bufio.Reader
	stop func() bool
}

// dial opens a connection that is closed when ctx ends.
func dial(ctx context.Context, address string) (*wire, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, r: bufio.NewReaderSize(conn, 4<<10), stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
}

func (w *wire) close() {
	w.stop()
	_ = w.conn.Close()
}

// call writes a whole request and reads the answer's status. The answer's body is passed over.
func (w *wire) call(request []byte) (status int, err error) {
	if err := w.conn.SetDeadline(time.Now().Add(callWithin)); err != nil {
		return 0, err
	}
	if _, err := w.conn.Write(request); err != nil {
		return 0, err
	}
	line, err := w.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, errors.New("answer is not HTTP/1.1")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, fmt.Errorf("status of the answer: %w", err)
	}
	length := -1
	for {
		line, err := w.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		const name = "content-length: "
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if length, err = strconv.Atoi(string(line[len(name):])); err != nil {
				return 0, fmt.Errorf("length of the answer: %w", err)
			}
		}
	}
	if length < 0 && status != http.StatusNoContent {
		return 0, errors.New("answer without a length")
	}
	_, err = io.CopyN(io.Discard, w.r, int64(max(length, 0)))
	return status, err
}
