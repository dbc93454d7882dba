package slackdesk

import (
	"fmt"

	"patchbay/handover"
	"patchbay/models"
)

// earlier are the customer's threads of the past, with date and how they ended.
func (d *Desk) earlier(self *identity, all []handover.Earlier, more int) paragraph {
	part := paragraph{bold("Earlier threads:")}
	for _, one := range all {
		address := link(self.URL, one.Thread)
		if address == "" {
			continue
		}
		line := "<" + address + "|Thread>"
		if at := date(one.Opened); at != "" {
			line += " of " + at
		}
		part = append(part, "• "+line+" · "+d.ended(one))
	}
	if more > 0 {
		part = append(part, fmt.Sprintf("• and %d more", more))
	}
	return part
}

// ended says how a thread of the past ended.
func (d *Desk) ended(one handover.Earlier) string {
	agent := escape(d.agentName(one.Agent))
	switch one.State {
	case models.HandoverResolved:
		return "resolved by " + agent
	case models.HandoverBack:
		return "back with the bot, as the customer wished"
	case models.HandoverPassed:
		return "passed on by " + agent
	case models.HandoverGaveUp:
		return "could not be opened in time"
	case models.HandoverPromised:
		return "an answer was promised"
	case models.HandoverQuiet:
		return "the customer did not write any more"
	case models.HandoverBlocked:
		return agent + " blocked the customer"
	case models.HandoverWaiting, models.HandoverClaimed:
	}
	return "not ended"
}
