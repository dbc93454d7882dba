package slackdesk

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"patchbay/handover"
)

// linkMax is how long the link to a customer may be. Browsers and Slack take more; a section block takes 3,000 in all.
const linkMax = 1000

// place is a placeholder of contact_url: {{contact.id}}, {{fields.order}}.
var place = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// contactLink returns the address of the customer's page, "" if there is none: also when a placeholder has no value, since
// then it would be another page.
func contactLink(template string, c handover.Card) string {
	if template == "" {
		return ""
	}
	facts, whole := known(c), true
	address := place.ReplaceAllStringFunc(template, func(found string) string {
		value := strings.TrimSpace(valueOf(place.FindStringSubmatch(found)[1], c, facts))
		if value == "" || value == "." || value == ".." { // dots would be steps in the path
			whole = false
		}
		return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	})
	if !whole || len(address) > linkMax {
		return ""
	}
	return address
}

// valueOf returns what a placeholder stands for.
func valueOf(name string, c handover.Card, facts map[string]string) string {
	switch name {
	case "contact.id":
		return c.Contact.ID
	case "contact.name":
		return c.Contact.Name
	case "conversation.id":
		return c.Chat
	}
	if field, ok := strings.CutPrefix(name, "fields."); ok {
		return facts[field]
	}
	return ""
}

// faultOfContactURL tells what is wrong with contact_url, "" if nothing is.
func faultOfContactURL(template string) string {
	if template == "" {
		return ""
	}
	for _, found := range place.FindAllStringSubmatch(template, -1) {
		field, isField := strings.CutPrefix(found[1], "fields.")
		switch {
		case found[1] == "contact.id", found[1] == "contact.name", found[1] == "conversation.id", isField && field != "":
		default:
			return fmt.Sprintf("has the placeholder {{%s}}; there are contact.id, contact.name, conversation.id and fields.NAME", found[1])
		}
	}
	plain := place.ReplaceAllString(template, "x")
	u, err := url.Parse(plain)
	switch {
	case err != nil, strings.ContainsAny(plain, "{}<>|\\ "), u.Host == "":
		return "is not an address as in https://crm.example.com/{{contact.id}}"
	case u.User != nil:
		return "has a user or a password in it, which everybody in the channel could read"
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return "is not https"
	}
	// A customer's words must not decide whose page it is.
	if _, rest, ok := strings.Cut(template, "://"); !ok || strings.Contains(hostOf(rest), "{{") {
		return "has a placeholder in its host"
	}
	return ""
}

// hostOf returns what stands before the path of an address without its scheme.
func hostOf(rest string) string {
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
