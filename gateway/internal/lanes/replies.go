package lanes

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/handover/texts"
	"patchbay/models"
	"patchbay/models/store"
)

// resolveReply finds the agent's reply that he clicked for, if it still is what the click was about. A click that was
// answered already finds none.
func resolveReply(tx *store.Tx, c models.Conversation, ev *models.Event) error {
	m, ok, err := replyBy(tx, c, ev.Ref)
	if err != nil || !ok || m.Author != models.ByAgent {
		return err
	}
	switch ev.Type {
	case models.AgentConfirmed, models.AgentSentNow:
		ok = m.Kind == models.Held && !m.Deleted
	case models.AgentSentNote:
		ok = m.Kind == models.Note && !m.Deleted
	case models.AgentCanceled:
		ok = (m.Kind == models.Said || shelved(c, m)) && !m.Deleted
	case models.AgentRetried, models.AgentPlain:
		ok = m.Kind == models.Said && !m.Deleted && m.State == models.Failed
	case models.AgentCorrected:
		if ok = m.Kind == models.Said; ok {
			// Once for each wording.
			ok, err = tx.Seen("corrected/"+m.ID+"/"+hashOf(wording(m)), ev.At)
		}
	default:
		ok = false
	}
	if err == nil && ok {
		ev.Message, ev.Content = m.ID, &m.Content
		if ev.Agent == nil || ev.Agent.ID == m.Person.ID {
			ev.Agent = &m.Person
		}
	}
	return err
}

// wording is a message as it is told from itself after an edit.
func wording(m models.Message) channels.Outbound {
	out := channels.Outbound{Text: m.Content.Plain()}
	if m.Deleted {
		out.Title = "deleted"
	}
	return out
}

// release sends a reply that was held back, or a note that was meant for the customer.
func (a *applier) release(f handover.Release) error {
	m, err := a.message(f.Message)
	if errors.Is(err, store.ErrNotFound) {
		return nil // it waited for longer than transcripts are kept
	}
	if err != nil || m.Deleted || m.Kind != models.Held && m.Kind != models.Note {
		return err
	}
	m.Kind, m.Title = models.Said, f.Title
	if !f.Template {
		m.Content.Template = nil
	}
	if err := a.tx.Rewrite(*m); err != nil {
		return err
	}
	parts, err := a.tx.Parts(m.ID)
	if err != nil {
		return err
	}
	if len(sentOf(parts)) > 0 {
		return a.resend(handover.Resend{Message: m.ID}) // the window was over between two of its parts
	}
	if m.Parts > 0 {
		return a.sendAgain(m, f.Wait) // it was made a note before it went out
	}
	return a.send(m.ID, f.Wait)
}

// cancel takes a reply back. When nothing of it can be on its way, that is all; otherwise what comes behind it in its lane
// finds out, and tells the agent.
func (a *applier) cancel(f handover.Cancel) error {
	m, err := a.message(f.Message)
	if err != nil {
		return err
	}
	idle, err := a.tx.Idle(a.c.ID, models.LaneOut)
	if err != nil {
		return err
	}
	parts, err := a.tx.Parts(m.ID)
	if err != nil {
		return err
	}
	if err := a.rewrite(handover.Rewrite{Message: m.ID, Deleted: true}); err != nil {
		return err
	}
	if idle && len(sentOf(parts)) == 0 {
		return a.whisper(handover.Whisper{
			Agent: f.Agent, Notice: handover.NoticeCanceled, Handover: m.Handover, Message: m.ID, Now: true,
		})
	}
	n := 1
	if a.ch != nil {
		if _, deletes := a.ch.Adapter.(channels.Deleter); deletes {
			n = max(m.Parts, 1)
		}
	}
	return a.append(models.Entry{Verb: models.VerbDelete, Message: m.ID, Agent: f.Agent}, 0, n)
}

// correct sends what an agent wrote in place of a message that the platform cannot change, and shows it in the thread.
func (a *applier) correct(f handover.Correct) error {
	old, err := a.message(f.Message)
	if err != nil {
		return err
	}
	languages := a.roster.languages(*a.c)
	text := models.Rich{Text: a.roster.Words.Say(texts.Retraction, languages, nil)}
	if !old.Deleted {
		words := old.Content.Whole()
		text = within(a.roster.Words.Say(texts.Correction, languages, map[string]string{"text": words.Text}), words)
	}
	if text.Text == "" {
		return nil
	}
	m := models.Message{
		ID: a.e.newID(), Handover: old.Handover, Author: models.ByAgent, Kind: models.Said, Person: old.Person,
		Content: models.Content{Text: text.Text, Spans: text.Spans}, Title: f.Title, About: old.ID,
	}
	if err := a.record(m); err != nil {
		return err
	}
	if err := a.send(m.ID, 0); err != nil {
		return err
	}
	return a.post(m.Handover, models.Entry{Verb: models.VerbPost, Handover: m.Handover, Message: m.ID})
}

// within returns text, which has words in it, with their marks. Where the config has no text for it, the words stand alone.
func within(text string, words models.Rich) models.Rich {
	if text == "" {
		return words
	}
	before, after, ok := strings.Cut(text, words.Text)
	if !ok {
		return models.Rich{Text: text}
	}
	return models.Join("", models.Rich{Text: before}, words, models.Rich{Text: after})
}

// resend sends those parts of a message again that failed. Nothing but text is what every platform takes: the name in
// bold, other marks, the buttons and the files are left out, and said in words where they say something.
func (a *applier) resend(f handover.Resend) error {
	m, err := a.message(f.Message)
	if err != nil {
		return err
	}
	parts, err := a.tx.Parts(m.ID)
	if err != nil {
		return err
	}
	out := func(n int) bool {
		return slices.ContainsFunc(parts, func(p models.Part) bool { return p.N == n && p.State != models.Failed && p.PlatformID != "" })
	}
	if f.Plain {
		m.Content = plainOf(m.Content)
		if !out(0) {
			m.Title = ""
		}
		if err := a.tx.Rewrite(*m); err != nil {
			return err
		}
	}
	m.Parts, m.State = len(outbounds(*m, "", a.limits())), models.Queued
	if err := a.tx.Update(m.ID, map[string]any{"parts": m.Parts, "state": models.Queued, "title": m.Title}); err != nil {
		return err
	}
	if err := a.mark(*m, a.now); err != nil {
		return err
	}
	for n := range m.Parts {
		if out(n) {
			continue
		}
		part := models.Part{Message: m.ID, N: n, Account: a.c.Account, State: models.Queued, At: a.now}
		if err := a.tx.PutPart(part); err != nil {
			return err
		}
		if err := a.queue(m.ID, models.VerbSend, n, n+1); err != nil {
			return err
		}
	}
	return nil
}

// adorned reports whether a message has more than plain text.
func adorned(m models.Message) bool {
	return m.Title != "" || len(m.Content.Spans) > 0 || len(m.Content.Attachments) > 0 || len(m.Content.Buttons) > 0 ||
		m.Content.Template != nil || m.Content.ReplyTo != ""
}

// plainOf returns what c says as nothing but text.
func plainOf(c models.Content) models.Content {
	return models.Content{Text: channels.Numbered(c.Plain(), titled(c.Buttons))}
}

// whisper tells one agent something: in the desk's lane, so that it is surely told and in its order, or at once.
func (a *applier) whisper(f handover.Whisper) error {
	entry := models.Entry{
		Verb: models.VerbWhisper, Handover: f.Handover, Message: f.Message, Part: f.Part, Agent: f.Agent, Notice: string(f.Notice),
	}
	if !f.Now {
		return a.post(f.Handover, entry)
	}
	h, ok, err := a.tx.Handover(f.Handover)
	if err != nil || !ok {
		return err
	}
	chat := *a.c
	a.tx.After(func() { a.e.whisperNow(h, chat, entry) })
	return nil
}

// whisperWithin bounds a whisper that is of use only at once.
const whisperWithin = 10 * time.Second

// whisperNow whispers outside every lane. One that is lost is a courtesy less: what it is about is done all the same.
func (e *Engine) whisperNow(h models.Handover, chat models.Conversation, entry models.Entry) {
	dk := e.Roster().Desks[h.Desk]
	if dk == nil || h.Thread == "" {
		return
	}
	e.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, whisperWithin)
		defer cancel()
		n, ok, err := e.notice(ctx, chat, entry)
		if err == nil && ok {
			err = dk.Desk.Whisper(ctx, h.Thread, entry.Agent, n)
			e.metrics.posted(h.Desk, "whisper", err)
		}
		if err != nil {
			e.log.Debug("whisper not given", "desk", h.Desk, "err", err)
		}
	})
}

// notice returns what an entry wants whispered; ok is false when it is not true any more.
func (e *Engine) notice(ctx context.Context, chat models.Conversation, entry models.Entry) (n handover.Notice, ok bool, err error) {
	key := handover.NoticeKey(entry.Notice)
	n = handover.NoticeFor(key)
	n.Handover = entry.Handover
	byID, err := e.store.Messages(ctx, []string{entry.Message})
	if err != nil {
		return n, false, err
	}
	m := byID[entry.Message]
	n.Post = replyRef(m)
	n.Text = strings.ReplaceAll(n.Text, "{{agent}}", cmp.Or(m.Person.Name, "A colleague"))
	switch key {
	case handover.NoticeFailed, handover.NoticeFailedText:
		part, _, err := e.store.Part(ctx, m.ID, entry.Part)
		if err != nil || m.State != models.Failed || m.Deleted {
			return n, false, err // it is on its way again
		}
		if part.Error != "" {
			n.Text += " " + plainly(chat.Channel, errors.New(part.Error))
		}
	case handover.NoticeTooLate:
		if !e.deletes(chat) {
			n = handover.NoticeFor(handover.NoticeStays)
		}
		n.Handover, n.Post = entry.Handover, m.Post
	case handover.NoticeFiles:
		if n.Text = e.aboutFiles(chat, m); n.Text == "" {
			return n, false, nil // they go as they are
		}
	case handover.NoticeNoReply:
		if h, err := e.store.Handover(ctx, entry.Handover); err == nil {
			n = nearNotice(n, e.Roster().Desks[h.Desk], m.Content.Text)
		}
	case handover.NoticeShelved:
		if m.Deleted || !shelved(chat, m) {
			return n, false, nil // it goes out already
		}
		n = e.offerTemplate(n, chat)
		if n.Text, err = e.sayShelved(ctx, chat, entry.Agent, n.Text); err != nil {
			return n, false, err
		}
	case handover.NoticeTemplateOpen, handover.NoticeTemplateAgain:
		if m.Kind != models.Held || m.Deleted {
			return n, false, nil // that was answered already
		}
	case handover.NoticeUndo:
		if m.Deleted || m.State != models.Queued {
			return n, false, nil
		}
	default:
	}
	return n, true, nil
}
