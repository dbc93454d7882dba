package lanes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// formWithin is how long a trigger is good: https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
const formWithin = 3 * time.Second

// formAsked is a wish to see a form, with what it is about.
type formAsked struct {
	handover.FormAsk
	desk *Desk
	h    models.Handover // the zero one for a form that is about no chat
	chat models.Conversation
}

// formMaker makes one kind of form. What it reads it reads outside any transaction.
type formMaker func(ctx context.Context, a formAsked) (handover.Form, error)

// maker returns what makes a form of a kind, nil for one that is not known.
func (e *Engine) maker(kind handover.FormKind) formMaker {
	switch kind {
	case handover.FormReply:
		return e.replyForm
	case handover.FormCanned:
		return e.cannedForm
	case handover.FormPass:
		return e.passForm
	case handover.FormResolve:
		return e.resolveForm
	case handover.FormTemplate:
		return e.templateForm
	case handover.FormTags:
		return e.tagsForm
	}
	return nil
}

// errNoForm is returned by a maker when there is nothing to ask: no form is shown, and nobody is told.
var errNoForm = errors.New("nothing to ask")

// refusedForm is returned by a maker when who asked is told something in place of the form.
type refusedForm struct{ notice handover.NoticeKey }

func (r *refusedForm) Error() string { return "form refused: " + string(r.notice) }

// answerForm shows a form that was asked for, or brings one up to date, beside the lanes: the platform waits for the answer to
// its call, and the trigger is good for a moment only.
func (e *Engine) answerForm(name string, ask handover.FormAsk) {
	desk := e.Roster().Desks[name]
	if desk == nil {
		return
	}
	former, ok := desk.Desk.(handover.Former)
	if !ok {
		return
	}
	if ask.Refusal != "" {
		e.say(name, handover.Action{Thread: ask.Thread, Person: ask.Person}, handover.NoticeRefused(ask.Refusal))
		return
	}
	e.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, formWithin)
		defer cancel()
		form, err := e.form(ctx, desk, ask)
		if errors.Is(err, errNoForm) {
			return
		}
		if no, ok := errors.AsType[*refusedForm](err); ok {
			e.say(name, handover.Action{Thread: ask.Thread, Person: ask.Person}, no.notice)
			return
		}
		if errors.Is(err, store.ErrNotFound) && ask.Kind == handover.FormResolve {
			return // the click did more than ask for the form, so he is told already
		}
		if errors.Is(err, store.ErrNotFound) {
			e.say(name, handover.Action{Thread: ask.Thread, Person: ask.Person}, handover.NoticeNoChat)
			return
		}
		if err == nil && ask.View != "" {
			err = former.ChangeForm(ctx, ask.View, form)
		} else if err == nil {
			err = former.OpenForm(ctx, ask.Trigger, form)
		}
		if err == nil {
			return
		}
		e.log.Warn("form not shown", "desk", name, "form", string(ask.Kind), "err", err)
		if ask.Thread != "" {
			e.say(name, handover.Action{Thread: ask.Thread, Person: ask.Person}, handover.NoticeNoForm)
		}
	})
}

// form makes a form. store.ErrNotFound is a thread that is no chat's.
func (e *Engine) form(ctx context.Context, desk *Desk, ask handover.FormAsk) (handover.Form, error) {
	a := formAsked{FormAsk: ask, desk: desk}
	var err error
	switch {
	case ask.Handover != "":
		a.h, err = e.store.Handover(ctx, ask.Handover)
	case ask.Thread != "":
		a.h, err = e.store.HandoverOf(ctx, desk.Name, ask.Thread)
	}
	if err != nil {
		return handover.Form{}, err
	}
	if a.h.Conversation != 0 {
		if a.chat, err = e.store.Conversation(ctx, a.h.Conversation); err != nil {
			return handover.Form{}, err
		}
	} else if a.h.ID != "" {
		return handover.Form{}, store.ErrNotFound // the chat is deleted
	}
	maker := e.maker(ask.Kind)
	if maker == nil {
		return handover.Form{}, fmt.Errorf("unknown form %q", ask.Kind)
	}
	form, err := maker(ctx, a)
	form.Kind, form.Handover = ask.Kind, a.h.ID
	switch ask.Kind {
	case handover.FormTags: // its Post says what it shows
	case handover.FormPass:
		form.Post = a.h.Thread // only who is in its channel can have the chat
	default:
		form.Post = ask.Post
	}
	return form, err
}
