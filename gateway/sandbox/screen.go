package sandbox

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rivo/uniseg"
)

// column is one of the three columns of the demo.
type column int

const (
	phone column = iota
	botColumn
	slackColumn
	columns
)

// columnWidth is the width of a column in cells; three and the clock fit into 120.
const columnWidth = 36

// screen prints what happens in columns. It is used by many goroutines at once.
type screen struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
}

func newScreen(out io.Writer, start time.Time) *screen { return &screen{out: out, start: start} }

// title prints the heads of the columns.
func (s *screen) title() {
	s.row("", [columns]string{"CUSTOMER'S PHONE", "BOT", "SLACK THREAD"})
	s.rule()
}

func (s *screen) rule() {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.out, strings.Repeat("-", 8+int(columns)*(columnWidth+2)))
}

// show prints something that was seen just now.
func (s *screen) show(c column, text string) {
	var row [columns]string
	row[c] = text
	s.row(fmt.Sprintf("%5.2f s", time.Since(s.start).Seconds()), row)
}

// line prints a line across all columns.
func (s *screen) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *screen) row(clock string, cells [columns]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var wrapped [columns][]string
	height := 1
	for i, cell := range cells {
		wrapped[i] = wrap(cell, columnWidth)
		height = max(height, len(wrapped[i]))
	}
	for n := range height {
		var line strings.Builder
		fmt.Fprintf(&line, "%7s ", clock)
		clock = ""
		for _, cell := range wrapped {
			text := ""
			if n < len(cell) {
				text = cell[n]
			}
			line.WriteString(text)
			line.WriteString(strings.Repeat(" ", max(0, columnWidth+2-uniseg.StringWidth(text))))
		}
		fmt.Fprintln(s.out, strings.TrimRight(line.String(), " "))
	}
}

// wrap breaks text into lines of at most width cells, between words where it can.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == "":
				line = word
			case uniseg.StringWidth(line)+1+uniseg.StringWidth(word) <= width:
				line += " " + word
			default:
				lines = append(lines, line)
				line = "  " + word
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
