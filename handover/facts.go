package handover

import (
	"maps"

	"patchbay/models"
)

// learn keeps what the bot tells of the customer, and shows it to agents who have the chat. It is as true in an answer that
// comes too late.
func (d *decision) learn(fields map[string]string) {
	before := d.c.Memory.Fields
	if d.c.Memory.Fields = before.With(fields); !maps.Equal(before, d.c.Memory.Fields) {
		d.shown()
	}
}

// met shows agents who have the chat what the customer's platform tells of him by now.
func (d *decision) met(before models.Contact) {
	now := d.c.Contact
	if now.Name != before.Name || now.Locale != before.Locale || !maps.Equal(now.Fields, before.Fields) {
		d.shown()
	}
}

// shown brings the card up to date if agents have the chat. What they have not, they read when they get it.
func (d *decision) shown() {
	if d.c.Mode != models.ModeBot {
		d.do(Refresh{})
	}
}
