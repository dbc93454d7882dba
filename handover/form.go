package handover

import (
	"context"
	"strings"

	"patchbay/handover/canned"
	"patchbay/models"
)

// Former is a Desk that shows forms. Both methods make one try.
type Former interface {
	// OpenForm shows f to whose click has the trigger, which is good once and for a few seconds.
	OpenForm(ctx context.Context, trigger string, f Form) error
	// ChangeForm puts f in the place of a form that is open. What was entered stays in fields whose Fresh is the same.
	ChangeForm(ctx context.Context, view string, f Form) error
}

// FormKind says which form it is.
type FormKind string

// The forms.
const (
	FormPass    FormKind = "pass"    // to whom the chat is passed on
	FormReply   FormKind = "reply"   // which of the customer's messages to answer, and how
	FormCanned  FormKind = "canned"  // which canned reply to send, and how it reads
	FormResolve FormKind = "resolve" // what to note of a chat that was resolved

	FormTemplate FormKind = "template" // which approved text to send, and what stands in its placeholders
	FormTags     FormKind = "tags"     // the customer's tags
)

// The fields of FormPass and FormResolve.
const (
	FieldPassTo   = "to"
	FieldPassTeam = "team"
	FieldPassNote = "pass_note"
	FieldCategory = "category"
	FieldNote     = "note"
)

// The fields of FormTags: those that are chosen, and new ones.
const (
	FieldTags = "tags"
	FieldTag  = "tag"
)

// The fields of FormReply.
const (
	FieldReplyLine = "line"
	FieldReplyText = "reply_text"
)

// The fields of FormCanned.
const (
	FieldCannedReply = "reply"
	FieldCannedText  = "words"
)

// The fields of FormTemplate. One of a placeholder begins with FieldSlot and ends with its number.
const (
	FieldTemplate = "template"
	FieldSlot     = "slot_"
)

// Form is what one agent is asked for at one time.
type Form struct {
	Kind     FormKind
	Handover string // what it is about, as a button has it; comes back with what was entered
	Post     string
	Title    string // 24 characters
	Submit   string // the button's title, 24 characters; "" is Send
	Text     string // above the fields: plain
	Fields   []Field
}

// FieldKind is what can be entered in a field.
type FieldKind int

// The kinds of fields.
const (
	FieldText   FieldKind = iota // a line
	FieldLines                   // a text of several lines
	FieldChoice                  // one of Options
	FieldPerson                  // a member of the desk's workspace
	FieldMany                    // any of Options: their values, with commas between them
)

// Field is one thing that a form asks for. Its ID has letters, digits and _.
type Field struct {
	ID       string
	Label    string
	Hint     string
	Kind     FieldKind
	Options  []Option // at least one, at most 100, or 100 in each of 100 groups
	Value    string   // what is entered already; of a choice the option's value
	Fresh    string   // another one than before puts Value in the place of what was entered
	Max      int      // of a text, in characters; 0 is 3,000
	Optional bool
	Live     bool // a change comes back at once, as an Ask with a View
}

// Option is one of a choice. A group of options stands under a title; either all options have one or none has.
type Option struct {
	Value string // 150 characters
	Title string // 75 characters
	Group string
}

// FormAsk is a wish to see a form, by Trigger, or to see one changed that is open, by View.
type FormAsk struct {
	Trigger  string
	View     string
	Kind     FormKind
	Handover string // of the button; "" where Thread tells it
	Post     string // that the button, the form or the shortcut is about
	Thread   string // where the click was made, for a whisper; "" in a form
	Person   models.Person
	Refusal  string            // why the person is no agent; "" for an agent
	Values   map[string]string // what is entered, by the field's ID; empty fields are left out
}

// Opens returns the form that a click of this kind opens, "" for none. only is set for a click that does nothing else.
func (k ActionKind) Opens() (form FormKind, only bool) {
	switch k {
	case AskReply:
		return FormReply, true
	case AskCanned:
		return FormCanned, true
	case AskPass:
		return FormPass, true
	case AskTemplate:
		return FormTemplate, true
	case Resolved:
		return FormResolve, false
	case AskTags:
		return FormTags, true
	default:
	}
	return "", false
}

// Submits returns what it is when the form was filled in, "" for a form that is not known.
func (k FormKind) Submits() ActionKind {
	switch k {
	case FormPass:
		return Passed
	case FormReply:
		return SentReply
	case FormCanned:
		return SentCanned
	case FormResolve:
		return Noted
	case FormTemplate:
		return SentTemplate
	case FormTags:
		return Tagged
	}
	return ""
}

// Skips returns what it is when the form was closed without being filled in, "" if that is nothing.
func (k FormKind) Skips() ActionKind {
	if k == FormResolve {
		return Skipped
	}
	return ""
}

// Check returns what is wrong with what was entered in a form, by the field's ID, in words for who entered it; nothing if it
// can be taken. It is asked before the form is stored, so it knows no more than the form.
func (k FormKind) Check(values map[string]string) map[string]string {
	switch k {
	case FormCanned:
		if left := canned.Left(values[FieldCannedText]); len(left) > 0 {
			return map[string]string{FieldCannedText: "Write something in place of " + strings.Join(left, " and ") + "."}
		}
		return nil
	case FormTemplate:
		return checkTemplate(values)
	case FormTags:
		return checkTags(values)
	case FormPass:
	default:
		return nil
	}
	switch to, team := values[FieldPassTo], values[FieldPassTeam]; {
	case to == "" && team == "":
		return map[string]string{FieldPassTo: "Choose who is to have the chat."}
	case to != "" && team != "":
		return map[string]string{FieldPassTo: "Choose a person or a team, not both."}
	}
	return nil
}

// Target returns the field of the form that names the person whom the action is about, "" for none.
func (k FormKind) Target() string {
	if k == FormPass {
		return FieldPassTo
	}
	return ""
}
