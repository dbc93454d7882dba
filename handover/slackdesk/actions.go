package slackdesk

import "patchbay/handover"

// actionOf returns the id of the button whose click is kind.
func actionOf(kind handover.ActionKind) (string, bool) {
	switch kind {
	case handover.Claimed:
		return actTake, true
	case handover.Resolved:
		return actResolve, true
	case handover.TookOver:
		return actTakeOver, true
	case handover.Left:
		return actLeave, true
	case handover.Replied, handover.Edited, handover.Deleted, handover.Strayed:
	}
	return "", false
}
