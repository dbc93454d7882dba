package handover

import (
	"slices"
	"strings"

	"patchbay/models"
)

// fileLost tells agents, in the thread, of a file that they will not see.
func (d *decision) fileLost() {
	if d.e.Handover == "" || d.e.Failure == nil {
		return
	}
	d.do(Remark{Handover: d.e.Handover, Text: d.e.Failure.Text, About: d.e.Message})
}

// ask puts a message to the bot, if it takes the files in it; otherwise the config says who deals with them. A sticker alone
// is no more than a smile, and of an album one file speaks for all.
func (d *decision) ask(content models.Content) {
	kind, album := d.notTaken(content), d.c.Memory.Album
	d.c.Memory.Album = content.Album
	switch {
	case kind == "" || d.e.Signals.Small:
	case d.p.NotTaken == NotTakenHand:
		d.open(models.Reason{Cause: models.CauseFile, Asked: content.Plain()})
		return
	case d.p.NotTaken == NotTakenTold && strings.TrimSpace(content.Text) == "":
		if album == "" || album != content.Album {
			d.tell("cannot_send", map[string]string{"kind": string(kind)})
		}
		return
	}
	d.do(Ask{Message: d.e.Message})
}

// notTaken returns the kind of the first file that the bot does not take, "" if it takes all.
func (d *decision) notTaken(content models.Content) models.AttachmentKind {
	for _, a := range content.Attachments {
		if !slices.Contains(d.p.Takes, a.Kind) {
			return a.Kind
		}
	}
	return ""
}
