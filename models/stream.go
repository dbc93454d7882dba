package models

import "io"

// Stream is a file that is being read, from wherever it is kept. Whoever gets one closes it. What it says of the file is
// what its source says, which is believed for the size alone: a source that names one sends that many bytes or breaks off.
type Stream struct {
	io.ReadCloser
	Size int64  // bytes; 0 is unknown
	MIME string // "" is unknown
	Name string // "" is unknown
}
