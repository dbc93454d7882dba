package slackdesk

import "patchbay/handover"

// The ids of the buttons.
const (
	actTake     = "patchbay_take"
	actResolve  = "patchbay_resolve"
	actPass     = "patchbay_pass"
	actCanned   = "patchbay_canned"
	actTakeOver = "patchbay_take_over"
	actLeave    = "patchbay_leave"
	// actHandAll gives people all chats that wait because of an outage.
	actHandAll = "patchbay_hand_all"
	actBlock   = "patchbay_block" // in a menu
	actUnblock = "patchbay_unblock"
	actTags    = "patchbay_tags"
	actChat    = "patchbay_take_chat_over" // in the answer to a command
)

// means is what the click on a button, or the use of a shortcut, with an id is.
type means struct {
	id   string
	kind handover.ActionKind
}

// buttons are those of cards, whispers and other posts.
func buttons() []means {
	return []means{
		{actTake, handover.Claimed},
		{actResolve, handover.Resolved},
		{actPass, handover.AskPass},
		{actCanned, handover.AskCanned},
		{actTakeOver, handover.TookOver},
		{actLeave, handover.Left},
		{actHandAll, handover.HandAll},
		{actBlock, handover.Blocked},
		{actUnblock, handover.Unblocked},
		{actTags, handover.AskTags},
		{actChat, handover.TookChat},
		{"patchbay_send_now", handover.SentNow},
		{"patchbay_send_note", handover.SentNote},
		{"patchbay_cancel", handover.Canceled},
		{"patchbay_correct", handover.Corrected},
		{"patchbay_retry", handover.Retried},
		{"patchbay_send_plain", handover.SentPlain},
		{"patchbay_send_anyway", handover.Insisted},
		{"patchbay_seize", handover.Seized},
		{"patchbay_make_note", handover.MadeNote},
		{"patchbay_template", handover.AskTemplate},
		{"patchbay_template_anyway", handover.TemplateAnyway},
		{"patchbay_template_words", handover.TemplateWords},
		{"patchbay_back", handover.Back},
		{"patchbay_pass_all", handover.PassedAll},
		{"patchbay_keep_all", handover.KeptAll},
		{"patchbay_send_it", handover.SentIt},
	}
}

// shortcut is a message shortcut: it stands in the menu of every message.
type shortcut struct {
	means
	name, about string // in the menu, and in the app's settings: 24 and 150 characters
}

// shortcuts returns the message shortcuts, of which an app can have ten:
// https://docs.slack.dev/reference/app-manifest#features
func shortcuts() []shortcut {
	return []shortcut{
		{means{"patchbay_reply_to", handover.AskReply}, "Reply to this", "Answer this line of the customer's, so that they see which one you mean"},
		{means{"patchbay_canned_reply", handover.AskCanned}, "Canned reply", "Choose a reply that is written already, look at it, and send it to the customer"},
		{means{"patchbay_take_chat", handover.Claimed}, "Take this chat", "You have the customer's chat, and are told of what they write"},
		{means{"patchbay_send_template", handover.AskTemplate}, "Send template", "Send a text that the customer's app takes at any time, such as after WhatsApp's 24 hours"},
		{means{"patchbay_pass_chat", handover.AskPass}, "Pass this chat on", "Give the customer's chat to a colleague or a team"},
		{means{"patchbay_resolve_chat", handover.Resolved}, "Resolve this chat", "End the customer's chat; the bot has it again"},
		{means{"patchbay_withdraw", handover.Withdrew}, "Make it a note", "Keep your reply from the customer, if they have not got it yet"},
		{means{"patchbay_send_note_now", handover.SentIt}, "Send it", "Send your note, or your reply that was held back, to the customer"},
		{means{"patchbay_tag_customer", handover.AskTags}, "Tags", "Give the customer tags, or take them off"},
	}
}

// buttonOf returns the id of the button whose click is kind.
func buttonOf(kind handover.ActionKind) (id string, ok bool) {
	for _, b := range buttons() {
		if b.kind == kind {
			return b.id, true
		}
	}
	return "", false
}

// kindOfAction returns what a click on the button id is.
func kindOfAction(id string) (handover.ActionKind, bool) {
	for _, b := range buttons() {
		if b.id == id {
			return b.kind, true
		}
	}
	return "", false
}

// kindOfShortcut returns what the use of a message shortcut is.
func kindOfShortcut(id string) (handover.ActionKind, bool) {
	for _, s := range shortcuts() {
		if s.id == id {
			return s.kind, true
		}
	}
	return "", false
}
