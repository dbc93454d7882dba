package app

import (
	"errors"
	"strconv"
	"strings"
)

// Fault is one thing wrong in a config. Path is its key, Line where it stands; 0 when it stands nowhere.
type Fault struct {
	File string
	Line int
	Path string
	Text string
}

// Error returns the fault as one line: "config.toml:12: channels.telegram.support.token: missing".
func (f Fault) Error() string {
	s := f.File
	if f.Line > 0 {
		s += ":" + strconv.Itoa(f.Line)
	}
	if f.Path != "" {
		s += ": " + f.Path
	}
	return s + ": " + f.Text
}

// Faults returns the faults that err is made of, nil if it is no error of Load.
func Faults(err error) []Fault {
	if e, ok := errors.AsType[*faultsError](err); ok {
		return e.faults
	}
	return nil
}

// faultsError is all that is wrong in a config.
type faultsError struct {
	faults   []Fault
	warnings []Fault
	files    files // that were read until then
}

func (e *faultsError) Error() string {
	lines := make([]string, len(e.faults))
	for i, f := range e.faults {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}
