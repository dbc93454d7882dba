// Package media looks at the files that cross between customers, agents and bots on their way: how long they are, what
// they are, and what they may be called. It keeps none of them.
package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"patchbay/models"
)

// Most is the largest file that crosses, in bytes. Platforms take less of most kinds.
const Most = 512 << 20

const (
	// probe is how much of a file whose length nobody told is read into memory to find it out, before the file is read twice.
	probe = 256 << 10
	// head is how much of a file tells what it is: what the library looks at by default.
	head = 3072
)

// Open opens a file at its source, anew each time.
type Open func(ctx context.Context) (models.Stream, error)

// Errors of files that never cross.
var (
	ErrEmpty    = errors.New("the file is empty")
	ErrTooLarge = errors.New("the file is larger than " + models.Bytes(Most))
	errShrunk   = errors.New("the file was cut off on its way")
)

// File is a file that is open, as it is: its kind, type, size and name were found out, not believed.
type File struct {
	models.Attachment
	Body io.ReadCloser
}

// Prepare opens a file and finds out what it is. A file whose source does not tell its length is read twice, so that
// it never has to be held. The caller closes the body.
func Prepare(ctx context.Context, a models.Attachment, open Open) (File, error) {
	s, err := open(ctx)
	if err != nil {
		return File{}, err
	}
	if s.Size == 0 {
		if s, err = measured(ctx, s, open); err != nil {
			return File{}, err
		}
	}
	if s.Size > Most {
		_ = s.Close()
		return File{}, ErrTooLarge
	}
	r := bufio.NewReaderSize(s.ReadCloser, head)
	first, err := r.Peek(head)
	if err != nil && !errors.Is(err, io.EOF) {
		_ = s.Close()
		return File{}, fmt.Errorf("read file: %w", err)
	}
	if a.MIME == "" {
		a.MIME = s.MIME
	}
	if a.Name == "" {
		a.Name = s.Name
	}
	a.Size = s.Size
	a.Kind, a.MIME = Kind(a.Kind, a.MIME, first)
	a.Name = Name(a.Name, a.Kind, a.MIME)
	return File{Attachment: a, Body: body{r, s.ReadCloser}}, nil
}

// body reads through a buffer and closes what is behind it.
type body struct {
	io.Reader
	io.Closer
}

// measured returns the stream with its length.
func measured(ctx context.Context, s models.Stream, open Open) (models.Stream, error) {
	var first bytes.Buffer
	n, err := io.CopyN(&first, s, probe)
	if errors.Is(err, io.EOF) {
		if n == 0 {
			_ = s.Close()
			return s, ErrEmpty
		}
		s.Size = n
		s.ReadCloser = body{&first, s.ReadCloser}
		return s, nil
	}
	if err == nil {
		var more int64
		more, err = io.Copy(io.Discard, io.LimitReader(s, Most+1-n))
		n += more
	}
	_ = s.Close()
	switch {
	case err != nil:
		return s, fmt.Errorf("read file: %w", err)
	case n > Most:
		return s, ErrTooLarge
	}
	if s, err = open(ctx); err != nil {
		return s, err
	}
	s.Size, s.ReadCloser = n, &exact{ReadCloser: s.ReadCloser, left: n}
	return s, nil
}

// exact reads as much as was counted before: a file that is another by now is no file.
type exact struct {
	io.ReadCloser
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.ReadCloser.Read(p[:min(int64(len(p)), e.left)])
	if e.left -= int64(n); errors.Is(err, io.EOF) && e.left > 0 {
		return n, errShrunk
	}
	return n, err
}
