package slackdesk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"patchbay/handover"
)

// How many fields a card shows, and how much of each.
const (
	cardFields = 8
	cardField  = 130
	cardTags   = 400
)

// facts are what is known of the customer, by name, and the way to him in a system of yours.
func (d *Desk) facts(c handover.Card) paragraph {
	part := fields(known(c))
	if tags := oneLine(handover.JoinTags(c.Tags), cardTags); tags != "" {
		part = append(paragraph{bold("Tags:") + " " + escape(tags)}, part...)
	}
	if address := contactLink(d.conf.ContactURL, c); address != "" {
		part = append(part, "<"+escape(address)+"|Open the customer's page>")
	}
	return part
}

// known are the sender's own facts and those of the bot. Of two with one name the sender's is the truth.
func known(c handover.Card) map[string]string {
	all := maps.Clone(c.Fields)
	if all == nil {
		return c.Contact.Fields
	}
	maps.Copy(all, c.Contact.Fields)
	return all
}

// fields are facts by name, each a line.
func fields(all map[string]string) paragraph {
	var part paragraph
	keys := slices.Sorted(maps.Keys(all))
	for i, key := range keys {
		if i == cardFields {
			part = append(part, fmt.Sprintf("and %d more", len(keys)-i))
			break
		}
		name := cmp.Or(oneLine(key, 40), "–")
		part = append(part, bold(escape(name))+": "+escape(oneLine(strings.TrimSpace(all[key]), cardField)))
	}
	return part
}
