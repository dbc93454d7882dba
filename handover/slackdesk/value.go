package slackdesk

import "strings"

// value returns what a button carries: this installation, the handover, and the post that the button is about. Slack
// takes valueMax characters, of which ids need few.
func (d *Desk) value(handover, post string) string {
	v := d.deps.Install + ":" + handover
	if post != "" {
		v += ":" + post
	}
	return v
}

// ours takes the value of a button apart. It is not ok if another installation made the button.
func (d *Desk) ours(value string) (handover, post string, ok bool) {
	handover, post, ok = d.about(value)
	return handover, post, ok && handover != ""
}

// about is ours for what may be about no handover.
func (d *Desk) about(value string) (handover, post string, ok bool) {
	install, rest, found := strings.Cut(value, ":")
	if !found || install != d.deps.Install {
		return "", "", false
	}
	handover, post, _ = strings.Cut(rest, ":")
	return handover, post, true
}
