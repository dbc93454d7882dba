package whatsapp

import (
	"slices"
	"strings"
)

// The kinds of addresses. An address is stored for as long as a chat lasts: its form never changes.
const (
	phonePrefix = "phone:"
	userPrefix  = "user:"
	groupPrefix = "group:"
)

// target says in a request whom it is for: a number or a group in To, a business-scoped user id in Recipient.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
type target struct {
	RecipientType string `json:"recipient_type"`
	To            string `json:"to,omitempty"`
	Recipient     string `json:"recipient,omitempty"`
}

// targetOf returns whom address names.
func targetOf(address string) (target, bool) {
	if phone, ok := strings.CutPrefix(address, phonePrefix); ok && phone != "" {
		return target{RecipientType: "individual", To: phone}, true
	}
	if user, ok := strings.CutPrefix(address, userPrefix); ok && user != "" {
		return target{RecipientType: "individual", Recipient: user}, true
	}
	if group, ok := strings.CutPrefix(address, groupPrefix); ok && group != "" {
		return target{RecipientType: "group", To: group}, true
	}
	return target{}, false
}

// addresses returns the addresses of a customer, the one to answer to first. Either id may be empty.
func addresses(phone, user string) []string {
	var list []string
	if phone = strings.TrimPrefix(phone, "+"); phone != "" {
		list = append(list, phonePrefix+phone)
	}
	if user != "" {
		list = append(list, userPrefix+user)
	}
	return list
}

// moved returns the addresses of a chat whose customer changed his: those that are new, then those that he had.
func moved(now, before []string) []string {
	var list []string
	for _, address := range now {
		if !slices.Contains(before, address) {
			list = append(list, address)
		}
	}
	return append(list, before...)
}
