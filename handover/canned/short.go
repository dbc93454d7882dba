package canned

import (
	"regexp"
	"strings"
)

// shortForm is a name at the beginning of what an agent writes in a thread, and what follows it.
var shortForm = regexp.MustCompile(`^!([\p{L}\p{N}_-]{1,32})(?:\s+([\s\S]*))?$`)

// Short reads what an agent wrote in a thread. A text that begins with ! and a name means the reply of that name, with rest
// behind it. One that begins with !! means itself, without the first of them. Anything else is literal.
func Short(text string) (name, rest, literal string) {
	text = strings.TrimSpace(text)
	if after, ok := strings.CutPrefix(text, "!"); ok && strings.HasPrefix(after, "!") {
		return "", "", after
	}
	if found := shortForm.FindStringSubmatch(text); found != nil {
		return found[1], strings.TrimSpace(found[2]), ""
	}
	return "", "", text
}

// Joined returns a reply with what the agent wrote behind its name.
func Joined(text, rest string) string {
	if rest == "" {
		return text
	}
	return text + "\n\n" + rest
}
