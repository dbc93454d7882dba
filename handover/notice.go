package handover

// NoticeKey says what is whispered to an agent.
type NoticeKey string

// The notices.
const (
	NoticeClosed     NoticeKey = "closed"   // he replied in a closed thread: asked what to do
	NoticeMoved      NoticeKey = "moved"    // he replied in a thread of the past
	NoticeOver       NoticeKey = "over"     // he clicked on a card that is over
	NoticeNewer      NoticeKey = "newer"    // he clicked on a card of the past
	NoticeGuest      NoticeKey = "guest"    // he is a guest of the workspace
	NoticeStranger   NoticeKey = "stranger" // he is of another workspace
	NoticeApp        NoticeKey = "app"      // it is an app
	NoticeStrayed    NoticeKey = "strayed"  // he wrote at the top of the channel
	NoticeNoEdit     NoticeKey = "no_edit"  // the platform cannot change what was sent
	NoticeNoDelete   NoticeKey = "no_delete"
	NoticeForgotten  NoticeKey = "forgotten"   // he replied in a thread whose chat is deleted
	NoticeFiles      NoticeKey = "files"       // not all of his files reach the customer as they are
	NoticeMaybeSent  NoticeKey = "maybe_sent"  // a backup was restored, and nobody knows whether his reply was sent before
	NoticeStillNote  NoticeKey = "still_note"  // he took the sign off a note
	NoticeNoOutage   NoticeKey = "no_outage"   // he clicked on the post of an outage that is over
	NoticeConfirm    NoticeKey = "confirm"     // his reply is held back until he lets it go
	NoticeMention    NoticeKey = "mention"     // his reply is a note, because it begins with a mention
	NoticeUndo       NoticeKey = "undo"        // his reply waits, so that he can take it back
	NoticeCanceled   NoticeKey = "canceled"    // he took it back in time
	NoticeTakenBack  NoticeKey = "taken_back"  // it had gone out, and was deleted
	NoticeOnItsWay   NoticeKey = "on_its_way"  // what he clicked for is being done
	NoticeFailed     NoticeKey = "failed"      // his reply did not reach the customer
	NoticeFailedText NoticeKey = "failed_text" // the same, and it could be tried as nothing but text
	NoticeMuted      NoticeKey = "muted"       // the customer is blocked
	NoticeShelved    NoticeKey = "shelved"     // his reply waits until the customer writes
	NoticeNoChat     NoticeKey = "no_chat"     // he used a shortcut where no customer is
	NoticeNoForm     NoticeKey = "no_form"     // a form did not open in time
	NoticeIntruder   NoticeKey = "intruder"    // a colleague replied in the chat that he has
	NoticeLocked     NoticeKey = "locked"      // he replied in a chat that a colleague has
	NoticeSent       NoticeKey = "sent"        // what was held back is sent
	NoticeKept       NoticeKey = "kept"        // what was held back is a note
	NoticeHasIt      NoticeKey = "has_it"      // he passed a chat to who has it
	NoticeNoTeam     NoticeKey = "no_team"     // he passed a chat to a team that is not in the config any more
	NoticeOutside    NoticeKey = "outside"     // he is not in the channel

	NoticeNotMuted  NoticeKey = "not_muted"  // he unblocks a customer who is not blocked
	NoticeTooLate   NoticeKey = "too_late"   // he makes a note of what the customer has
	NoticeStopped   NoticeKey = "stopped"    // he makes a note of what may be on its way
	NoticeStays     NoticeKey = "stays"      // the same, and the platform takes nothing back
	NoticeIsNote    NoticeKey = "is_note"    // he makes a note of what is one
	NoticeIsSent    NoticeKey = "is_sent"    // he sends what is sent
	NoticeRewrite   NoticeKey = "rewrite"    // he sends what was taken back
	NoticeNotYour   NoticeKey = "not_your"   // somebody else wrote it
	NoticeNoMessage NoticeKey = "no_message" // it is no reply and no note

	NoticeNoLine     NoticeKey = "no_line"     // he replies to what is no line of the customer's
	NoticeNoReaction NoticeKey = "no_reaction" // the platform does not take his reaction

	NoticeNoReply     NoticeKey = "no_reply"      // there is no canned reply of the name that he wrote
	NoticeNoReplyEdit NoticeKey = "no_reply_edit" // the same, in place of what he had written
	NoticeBareReply   NoticeKey = "bare_reply"    // it names what is not known of this customer
	NoticeNoReplies   NoticeKey = "no_replies"    // the desk has no canned replies
	NoticeNotNow      NoticeKey = "not_now"       // he sent one in a chat that is closed
	NoticeNotHere     NoticeKey = "not_here"      // he sent one in a thread of the past
	NoticeNotYours    NoticeKey = "not_yours"     // he sent one in a locked chat that a colleague has

	NoticeNoTemplates   NoticeKey = "no_templates"   // the channel has no templates
	NoticeNoTemplate    NoticeKey = "no_template"    // the one that he chose is not in the config any more, or reads otherwise
	NoticeBareTemplate  NoticeKey = "bare_template"  // one of its placeholders is empty
	NoticeTemplateOpen  NoticeKey = "template_open"  // the customer takes free words just now
	NoticeTemplateAgain NoticeKey = "template_again" // a template went out since the customer wrote last
)

// NoticeFor returns the words and the buttons of a notice.
func NoticeFor(key NoticeKey) Notice {
	switch key {
	case NoticeClosed:
		return Notice{
			Text: "This chat is closed, so your reply was not sent.",
			Choices: []Choice{
				{Title: "Take over and send", Kind: TookOver},
				{Title: "Leave it", Kind: Left},
			},
		}
	case NoticeMaybeSent:
		return Notice{
			Text: "This may have been sent already: Patchbay's data was restored from a backup. Send it?",
			Choices: []Choice{
				{Title: "Send it", Kind: TookOver},
				{Title: "Leave it", Kind: Left},
			},
		}
	case NoticeMoved:
		return Notice{
			Text: "This chat goes on in a newer thread, so your reply was not sent.",
			Choices: []Choice{
				{Title: "Send it", Kind: TookOver},
				{Title: "Leave it", Kind: Left},
			},
		}
	case NoticeOver:
		return Notice{Text: "This chat is closed already. Reply in the thread if you want to take it over."}
	case NoticeNewer:
		return Notice{Text: "This chat goes on in a newer thread. Take it there."}
	case NoticeGuest:
		return Notice{Text: "This did not reach the customer: guests of the workspace cannot answer customers."}
	case NoticeStranger:
		return Notice{Text: "This did not reach the customer: only members of this workspace can answer customers."}
	case NoticeApp:
		return Notice{Text: "This did not reach the customer: apps cannot answer customers."}
	case NoticeStrayed:
		return Notice{Text: "This reached no customer. Reply in a customer's thread to answer them."}
	case NoticeNoEdit:
		return Notice{
			Text:    "The customer's app cannot change this message, so they still see your first words.",
			Choices: []Choice{{Title: "Send a correction", Kind: Corrected}},
		}
	case NoticeConfirm:
		return Notice{
			Text:    "Not sent yet: put ✅ on your reply to send it. That is so for each reply on this desk; others' ✅ do nothing.",
			Choices: []Choice{{Title: "Send now", Kind: SentNow}},
		}
	case NoticeMention:
		return Notice{
			Text:    "Kept as a note, because it begins with a mention. The customer does not see it.",
			Choices: []Choice{{Title: "Send anyway", Kind: SentNote}},
		}
	case NoticeUndo:
		return Notice{Text: "Goes to the customer in a few seconds.", Choices: []Choice{{Title: "Cancel", Kind: Canceled}}}
	case NoticeCanceled:
		return Notice{Text: "Canceled: the customer does not get this."}
	case NoticeTakenBack:
		return Notice{Text: "This had gone out already. It was deleted for the customer too, who may have read it."}
	case NoticeShelved:
		return Notice{
			Text:    "Not sent yet: the customer's app takes nothing more from us until they write again. Then your reply goes out by itself.",
			Choices: []Choice{{Title: "Take it back", Kind: Canceled}},
		}
	case NoticeOnItsWay:
		return Notice{Text: "On its way to the customer."}
	case NoticeFailed:
		return Notice{Text: "Not delivered.", Choices: []Choice{{Title: "Retry", Kind: Retried}}}
	case NoticeFailedText:
		return Notice{
			Text:    "Not delivered.",
			Choices: []Choice{{Title: "Retry", Kind: Retried}, {Title: "Send as text", Kind: SentPlain}},
		}
	case NoticeForgotten:
		return Notice{Text: "This chat is older than what is kept here, so nothing was sent. The customer starts anew when they write again."}
	case NoticeFiles:
		return Notice{Text: "Some of these files do not reach the customer as they are."}
	case NoticeNoDelete:
		return Notice{
			Text:    "The customer's app cannot take back this message, so they still see it.",
			Choices: []Choice{{Title: "Send a correction", Kind: Corrected}},
		}
	case NoticeNoLine:
		return Notice{Text: "This shows nothing that the customer wrote. Use it on a line of theirs."}
	case NoticeNoReaction:
		return Notice{Text: "The customer's app does not take this reaction, so it stays here."}
	case NoticeNoReply:
		return Notice{Text: "There is no canned reply of that name, so nothing was sent."}
	case NoticeNoReplyEdit:
		return Notice{Text: "There is no canned reply of that name, or it names what is not known of this customer. The customer's copy was not changed."}
	case NoticeBareReply:
		return Notice{Text: "This canned reply names what is not known of this customer, so nothing was sent. The button Canned reply lets you fill it in."}
	case NoticeNoReplies:
		return Notice{Text: "There are no canned replies yet. Whoever runs Patchbay can set up a folder of them."}
	case NoticeNotNow:
		return Notice{Text: "This chat is closed, so nothing was sent. Reply in the thread if you want to take it over."}
	case NoticeNotHere:
		return Notice{Text: "This chat goes on in a newer thread, so nothing was sent. Send it there."}
	case NoticeNotYours:
		return Notice{Text: "A colleague has this chat, so nothing was sent. Take it first."}
	case NoticeNoTemplates:
		return Notice{Text: "There are no templates for this customer's app. Whoever runs Patchbay can list them in the config."}
	case NoticeNoTemplate:
		return Notice{Text: "This template is not in the config any more, or was changed there, so nothing was sent. Choose it again."}
	case NoticeBareTemplate:
		return Notice{Text: "A placeholder of the template was empty, so nothing was sent. Fill it in again."}
	case NoticeTemplateOpen:
		return Notice{
			Text: "Not sent yet: the customer can be written to freely just now, so this needs no template.",
			Choices: []Choice{
				{Title: "Send as a message", Kind: TemplateWords},
				{Title: "Send template", Kind: TemplateAnyway},
				{Title: "Leave it", Kind: Left},
			},
		}
	case NoticeTemplateAgain:
		return Notice{
			Text: "Not sent yet: a template has gone out already since the customer last wrote.",
			Choices: []Choice{
				{Title: "Send template", Kind: TemplateAnyway},
				{Title: "Leave it", Kind: Left},
			},
		}
	case NoticeNoOutage:
		return Notice{Text: "Nobody waits because of this outage any more, so there is nothing to hand over."}
	case NoticeIntruder:
		return Notice{Text: "{{agent}} replied in this chat, which you have. The customer reads both of you."}
	case NoticeLocked:
		return Notice{
			Text: "A colleague has this chat, so your reply was not sent.",
			Choices: []Choice{
				{Title: "Send anyway", Kind: Insisted},
				{Title: "Take over", Kind: Seized},
				{Title: "Make it a note", Kind: MadeNote},
			},
		}
	case NoticeSent:
		return Notice{Text: "Sent."}
	case NoticeKept:
		return Notice{Text: "Kept as a note."}
	case NoticeHasIt:
		return Notice{Text: "They have this chat already."}
	case NoticeNoTeam:
		return Notice{Text: "There is no such team any more, so the chat stays here."}
	case NoticeOutside:
		return Notice{Text: "Nothing reached the customer and nothing was changed: only members of the channel can answer its customers. Join it and try again."}
	case NoticeMuted:
		return Notice{
			Text:    "This customer is blocked: nothing goes to them, and nothing comes from them.",
			Choices: []Choice{{Title: "Unblock", Kind: Unblocked}},
		}
	case NoticeNoChat:
		return Notice{Text: "This is no customer's thread, so there is nothing to do here."}
	case NoticeNoForm:
		return Notice{Text: "The form did not open in time. Please click once more."}
	case NoticeStillNote:
		return Notice{Text: "This was a note, so it stays in the thread.", Choices: []Choice{{Title: "Send it", Kind: SentIt}}}
	case NoticeNotMuted:
		return Notice{Text: "This customer is not blocked any more."}
	case NoticeTooLate:
		return Notice{
			Text:    "Too late to make this a note: the customer has it already.",
			Choices: []Choice{{Title: "Delete at the customer's", Kind: Canceled}},
		}
	case NoticeStopped:
		return Notice{Text: "Stopped. Whether the customer has it already is not known yet; you are told."}
	case NoticeStays:
		return Notice{Text: "Too late to make this a note: the customer has it already, and their app takes nothing back. If you delete your message, you can send a correction."}
	case NoticeIsNote:
		return Notice{Text: "This is a note already. The customer does not see it."}
	case NoticeIsSent:
		return Notice{Text: "This goes to the customer already."}
	case NoticeRewrite:
		return Notice{Text: "This was taken back. Write it again to send it."}
	case NoticeNotYour:
		return Notice{Text: "Only who wrote a message can send it or make it a note."}
	case NoticeNoMessage:
		return Notice{Text: "This is neither a note nor a reply to the customer, so there is nothing to do."}
	}
	return Notice{}
}

// NoticeRefused returns the notice for a reason why somebody is no agent, of the chats' own or of all that wait.
func NoticeRefused(refusal string) NoticeKey { return noticeRefused(refusal) }

// noticeRefused returns the notice for a reason why somebody is no agent.
func noticeRefused(refusal string) NoticeKey {
	switch refusal {
	case "stranger":
		return NoticeStranger
	case "app":
		return NoticeApp
	case "outside":
		return NoticeOutside
	}
	return NoticeGuest
}
