package whatsapp

import (
	"context"
	"slices"
	"strings"

	"patchbay/channels"
)

// system tells that something about the customer changed, not what he said.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system
type system struct {
	Type     string `json:"type"`
	Body     string `json:"body"`
	WaID     string `json:"wa_id"`            // his new number
	NewWaID  string `json:"new_wa_id"`        // the same, as older versions named it
	UserID   string `json:"user_id"`          // his new business-scoped id
	Previous string `json:"previous_user_id"` // his old one, where it is told
}

// system translates a system message. in has the addresses that he had. Only a change of addresses concerns a chat; what
// else is there, such as a new security key, is acknowledged.
func (a *adapter) system(ctx context.Context, m incoming, in channels.Inbound) channels.Inbound {
	s := system{}
	if m.System != nil {
		s = *m.System
	}
	if s.WaID == "" {
		s.WaID = s.NewWaID
	}
	switch s.Type {
	case "user_changed_number", "customer_changed_number", "user_changed_user_id":
	default:
		a.log.DebugContext(ctx, "system message ignored", "type", s.Type)
		return channels.Inbound{}
	}
	before := in.Addresses
	if s.Previous == "" && m.FromUserID == "" {
		s.Previous = previousUser(s.Body)
	}
	if s.Previous != "" && !slices.Contains(before, userPrefix+s.Previous) {
		before = append(before, userPrefix+s.Previous)
	}
	return movedTo(in, contact{WaID: s.WaID, UserID: s.UserID}, before)
}

// movedTo returns in as a change of addresses: those of now, then those of before. If nothing is new, or nothing is
// known of what was, no chat has moved.
func movedTo(in channels.Inbound, now contact, before []string) channels.Inbound {
	in.Kind, in.ID = channels.Moved, ""
	in.Addresses = moved(addresses(now.WaID, now.UserID), before)
	if len(before) == 0 || len(in.Addresses) == len(before) {
		return channels.Inbound{}
	}
	if now.WaID != "" || !digits(in.Contact.ID) {
		in.Contact.ID = now.contact().ID
	}
	return in
}

// previousUser returns the old id out of "User <name> changed from <old> to <new>", where the platform may tell it in no
// other place. A number is none.
func previousUser(body string) string {
	_, change, ok := cutLast(body, " changed from ")
	if !ok {
		return ""
	}
	id, _, ok := strings.Cut(change, " to ")
	if !ok || !strings.Contains(id, ".") || strings.Contains(id, " ") {
		return ""
	}
	return id
}

// cutLast is strings.Cut at the last sep: a name may have the words too.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// userIDUpdate is the same news in a field of its own.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
type userIDUpdate struct {
	WaID   string `json:"wa_id"`
	UserID struct {
		Previous string `json:"previous"`
		Current  string `json:"current"`
	} `json:"user_id"`
	Timestamp seconds `json:"timestamp"`
}

func (u userIDUpdate) moved() channels.Inbound {
	in := channels.Inbound{
		Key: "user_id_update:" + u.UserID.Previous + ":" + u.UserID.Current,
		At:  u.Timestamp.Time,
	}
	return movedTo(in, contact{WaID: u.WaID, UserID: u.UserID.Current}, addresses(u.WaID, u.UserID.Previous))
}
