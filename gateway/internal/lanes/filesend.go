package lanes

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/gateway/internal/media"
	"patchbay/models"
)

// timeout bounds what the entry takes: a file is brought across meanwhile.
func (v delivery) timeout() time.Duration {
	if v.entry.Verb == models.VerbSend && len(v.piece().Attachments) > 0 && !v.ch.Limits.Links {
		return fileTimeout
	}
	return callTimeout
}

// piece is what the entry is about, the zero one for what is taken back.
func (v delivery) piece() channels.Outbound {
	if v.entry.Part < len(v.pieces) {
		return v.pieces[v.entry.Part]
	}
	return channels.Outbound{}
}

// deliver makes the call of the platform. A file that the platform refuses as what it is goes as a plain file, and a bot's
// that it refuses altogether as a line: both calls come only after a refusal, so that the customer sees one of them.
func (d *dispatcher) deliver(ctx context.Context, v delivery, part models.Part) (id, hash string, err error) {
	if len(v.piece().Attachments) == 0 || v.entry.Verb == models.VerbDelete {
		return v.call(ctx, part)
	}
	hash = hashOf(v.piece())
	if v.ch.Limits.Links {
		v.pieces[v.entry.Part].Attachments = d.e.addressed(v.message, v.piece().Attachments)
	}
	if v.ch.Limits.Links || v.entry.Verb != models.VerbSend {
		id, _, err = v.call(ctx, part)
		return id, hash, err
	}
	plain := v.piece()
	id, err = d.upload(ctx, v, plain)
	_, source := errors.AsType[*sourceError](err) // then it is the file that is not to be had, as whatever it goes
	if kind := plain.Attachments[0].Kind; refused(err) && !source && kind != models.File {
		plain.Attachments = []models.Attachment{plain.Attachments[0]}
		plain.Attachments[0].Kind = models.File
		if _, _, ok := v.ch.Limits.Fit(plain.Attachments[0]); ok {
			if as, again := d.upload(ctx, v, plain); again == nil || !refused(again) {
				id, err = as, again
			}
		}
	}
	if refused(err) && v.message.Author == models.ByBot {
		d.e.log.Warn("bot's file not sent; its line is", "channel", v.ch.Name, "conversation", v.chat.ID, "message", v.message.ID, "err", err)
		id, err = v.ch.Adapter.Send(ctx, inWords(v.piece(), v.ch.Limits))
	}
	return id, hash, err
}

// refused reports whether a platform, or a file's source, will never do what it was asked for.
func refused(err error) bool { return err != nil && channels.KindOf(err) == channels.Rejected }

// upload opens the file, looks at it, and sends it as what it is.
func (d *dispatcher) upload(ctx context.Context, v delivery, out channels.Outbound) (id string, err error) {
	a := out.Attachments[0]
	f, err := media.Prepare(ctx, a, func(ctx context.Context) (models.Stream, error) { return d.e.openFile(ctx, v.chat, v.message, a) })
	if errors.Is(err, media.ErrEmpty) || errors.Is(err, media.ErrTooLarge) {
		err = &channels.Error{Kind: channels.Rejected, Err: err}
	}
	if err != nil {
		return "", &sourceError{err}
	}
	defer func() { _ = f.Body.Close() }()
	if a.Kind == models.File {
		f.Kind = models.File
	}
	kind, why, ok := v.ch.Limits.Fit(f.Attachment)
	if !ok {
		return "", channels.Errorf(channels.Rejected, "%s", against(v.ch.Platform, v.ch.Limits, f.Attachment, why, ok))
	}
	f.Kind = kind
	out.Attachments = []models.Attachment{f.Attachment}
	out.Open = func(context.Context) (models.Stream, error) {
		return models.Stream{ReadCloser: f.Body, Size: f.Size, MIME: f.MIME, Name: f.Name}, nil
	}
	return v.ch.Adapter.Send(ctx, out)
}

// inWords returns a send with a line in place of its file, and the file's address where that is safe to show.
func inWords(out channels.Outbound, l channels.Limits) channels.Outbound {
	lines := []string{out.Text}
	for _, a := range out.Attachments {
		line := a.Line()
		if linkable(a.URL) {
			line += " " + a.URL
		}
		lines = append(lines, line)
	}
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if l.Text > 0 && channels.Len(text, l.Unit) > l.Text {
		text = strings.TrimSpace(out.Text + "\n" + out.Attachments[0].Line())
	}
	out.Text, out.Attachments = text, nil
	return out
}

// linkable reports whether an address may be shown to a customer: one that has no password or ticket in it, and that is
// on the public internet as far as can be seen.
func linkable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.Contains(u.Hostname(), ".") {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || channels.Public(ip)
}

// addressed returns the files with addresses where they can be had: their own, or one of ours.
func (e *Engine) addressed(m models.Message, files []models.Attachment) []models.Attachment {
	all := make([]models.Attachment, len(files))
	for i, a := range files {
		if a.URL == "" {
			a.URL = e.link(m, a)
		}
		a.Ref, a.Desk = "", models.DeskFile{}
		all[i] = a
	}
	return all
}
