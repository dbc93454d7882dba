// Package fidelity writes the table of what arrives on which channel, from what the adapters declare.
package fidelity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

// Column is a channel.
type Column struct {
	Name    string // in words: "Telegram"
	Adapter channels.Adapter
}

// channel is what a column's adapter can do.
type channel struct {
	channels.Adapter

	limits channels.Limits
	able   channels.Abilities
}

// row is a thing that crosses. from and to say how, from the customer and to him; "" is not at all.
type row struct {
	name     string
	from, to func(channel) string
}

// What stands in a cell.
const (
	whole = "yes"
	line  = "as a line"
	plain = "as plain text"
	none  = "–"
)

// Table returns the table in Markdown. Its rows are those of rows; a column says how a thing comes from the customer and how
// it goes to him.
func Table(columns ...Column) string {
	var b strings.Builder
	head, rule := "| |", "|---|"
	for _, c := range columns {
		head += fmt.Sprintf(" from %s | to %s |", c.Name, c.Name)
		rule += "---|---|"
	}
	b.WriteString(head + "\n" + rule + "\n")
	for _, r := range rows() {
		b.WriteString("| " + r.name + " |")
		for _, c := range columns {
			ch := channel{Adapter: c.Adapter, limits: c.Adapter.Limits()}
			if d, ok := c.Adapter.(channels.Describer); ok {
				ch.able = d.Abilities()
			}
			for _, way := range []func(channel) string{r.from, r.to} {
				cell := none
				if way != nil && way(ch) != "" {
					cell = way(ch)
				}
				b.WriteString(" " + cell + " |")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// always returns how for every channel.
func always(how string) func(channel) string { return func(channel) string { return how } }

// when returns a cell that is whole if ok, else other.
func when(ok bool, other string) string {
	if ok {
		return whole
	}
	return other
}

func brings(thing channels.Thing, other string) func(channel) string {
	return func(c channel) string { return when(slices.Contains(c.able.Brings, thing), other) }
}

func takes(thing channels.Thing, other string) func(channel) string {
	return func(c channel) string { return when(slices.Contains(c.able.Takes, thing), other) }
}

// marks is the row of a kind of span. Without it, its words are plain; said is how it is told then.
func marks(name string, kind models.SpanKind, said string) row {
	return row{
		name: name,
		from: func(c channel) string { return when(slices.Contains(c.able.Spans, kind), "") },
		to:   func(c channel) string { return when(slices.Contains(c.limits.Spans, kind), said) },
	}
}

// file is the row of a kind of file.
func file(name string, kind models.AttachmentKind) row {
	return row{
		name: name,
		from: func(c channel) string {
			_, opens := c.Adapter.(channels.Opener)
			return when(opens && slices.Contains(c.able.Files, kind), line)
		},
		to: func(c channel) string {
			limit, ok := c.limits.Files[kind]
			switch {
			case !ok:
				return line
			case c.limits.Links:
				return "as an address"
			case limit.Size > 0:
				return "up to " + models.Bytes(limit.Size)
			}
			return whole
		},
	}
}

// able is a row of what an adapter's methods tell, on our side.
func able[I any](name string, from func(channel) string) row {
	return row{name: name, from: from, to: func(c channel) string {
		_, ok := c.Adapter.(I)
		return when(ok, "")
	}}
}

// rows returns all rows in their order.
func rows() []row {
	return []row{
		{"text, emoji", always(whole), func(c channel) string {
			if c.limits.Text == 0 {
				return whole
			}
			return fmt.Sprintf("%d characters a message", c.limits.Text)
		}},
		marks("bold", models.Bold, plain),
		marks("italic", models.Italic, plain),
		marks("underlined", models.Underline, plain),
		marks("struck", models.Strike, plain),
		marks("code", models.Code, plain),
		marks("block of code", models.Pre, plain),
		marks("quote", models.Quote, "with `> `"),
		marks("link behind words", models.Link, "with its address"),
		file("photo", models.Image),
		file("video", models.Video),
		file("voice message", models.Voice),
		file("music", models.Audio),
		file("file", models.File),
		file("sticker", models.Sticker),
		{"place", brings(channels.Place, line), always(line)},
		{"contact", brings(channels.Contact, line), always(line)},
		{"forwarded from", brings(channels.Forwarded, ""), nil},
		{"reply to a message", brings(channels.Replying, ""), takes(channels.Replying, "")},
		{"buttons", brings(channels.Pressing, "as text"), func(c channel) string {
			if c.limits.Buttons == 0 {
				return "as numbered text"
			}
			return fmt.Sprintf("up to %d", c.limits.Buttons)
		}},
		able[channels.Reacter]("reaction", brings(channels.Reacting, "")),
		able[channels.Editor]("edit", brings(channels.Editing, "")),
		able[channels.Deleter]("delete", brings(channels.Deleting, "")),
		{"delivered, read, failed", brings(channels.Reporting, ""), nil},
		able[channels.Typer]("typing", nil),
		able[channels.Reader]("marked as read", nil),
		{"blocks us", brings(channels.Blocking, ""), nil},
		{"who writes", always(whole), func(c channel) string { return when(c.limits.Sender, "as a bold line") }},
		{"may be written to", nil, func(c channel) string {
			if c.limits.Window == 0 {
				return "at any time"
			}
			return fmt.Sprintf("for %d hours after his last message", c.limits.Window/time.Hour)
		}},
	}
}
