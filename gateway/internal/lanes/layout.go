package lanes

import (
	"fmt"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// outbounds returns the sends of a message: its texts and its files, one each. The first file has a text that is short
// enough under it; a text with buttons comes behind the files.
func outbounds(m models.Message, address string, l channels.Limits) []channels.Outbound {
	files, rest := layout(m, l)
	outs := textsOf(rest, address, l)
	if len(files) == 0 {
		return outs
	}
	sends := make([]channels.Outbound, len(files))
	for i, f := range files {
		sends[i] = channels.Outbound{Address: address, Author: m.Author, Name: m.Person.Name, Attachments: []models.Attachment{f}}
	}
	title := ""
	if !l.Sender {
		title = strings.TrimSpace(m.Title)
	}
	switch {
	case l.Links:
		outs = together(outs, sends)
	case len(rest.Content.Buttons) > 0:
		outs = append(sends, outs...)
	case captioned(outs, title, files[0], l):
		if len(outs) == 1 {
			sends[0].Text, sends[0].Spans = outs[0].Text, outs[0].Spans
		}
		sends[0].Title, outs = title, sends
	case len(outs) == 0: // nothing stands under the file, so who sends it stands above
		who := channels.Outbound{Address: address, Author: m.Author, Name: m.Person.Name, Text: title}
		outs = append([]channels.Outbound{who}, sends...)
	default:
		outs = append(outs, sends...)
	}
	for i := range outs {
		outs[i].ID = partID(m.ID, i)
	}
	return outs
}

// together puts the files into the last of the texts, where files are no more than addresses.
func together(outs, files []channels.Outbound) []channels.Outbound {
	if len(outs) == 0 {
		outs = files[:1]
		files = files[1:]
	}
	last := &outs[len(outs)-1]
	for _, f := range files {
		last.Attachments = append(last.Attachments, f.Attachments...)
	}
	return outs
}

// captioned reports whether the text, if there is any, and the name above it can stand under the file.
func captioned(texts []channels.Outbound, title string, f models.Attachment, l channels.Limits) bool {
	switch {
	case len(texts) > 1:
		return false
	case len(texts) == 0 && title == "":
		return true
	case !l.Files[f.Kind].Caption:
		return false
	case len(texts) == 0:
		return l.Caption <= 0 || channels.Len(title, l.Unit) <= l.Caption
	case l.Caption <= 0:
		return true
	}
	room := l.Caption
	if title != "" {
		room -= channels.Len(title, l.Unit) + 1
	}
	return room > 0 && len(channels.SplitRich(models.NewRich(texts[0].Text, texts[0].Spans), room, l)) == 1
}

// layout returns the files of a message that the platform takes, as the kinds that they go as, and the message without
// them. In place of each other file it has a line.
func layout(m models.Message, l channels.Limits) (files []models.Attachment, rest models.Message) {
	rest = m
	rest.Content.Attachments = nil
	for _, a := range m.Content.Attachments {
		kind, _, ok := l.Fit(a)
		if !ok {
			rest.Content.Attachments = append(rest.Content.Attachments, a)
			continue
		}
		a.Kind = kind
		files = append(files, a)
	}
	return files, rest
}

// aboutFiles says what of an agent's files does not reach the customer as it is, and why. It is empty if all do.
func (e *Engine) aboutFiles(chat models.Conversation, m models.Message) string {
	ch := e.Roster().channelOf(chat)
	if ch == nil {
		return ""
	}
	var all []string
	for _, a := range m.Content.Attachments {
		if kind, why, ok := ch.Limits.Fit(a); why != channels.Fits {
			all = append(all, misfit(ch.Platform, ch.Limits, a, kind, why, ok))
		}
	}
	return strings.Join(all, "\n")
}

// misfit says that a file goes as a plain file, or does not go.
func misfit(platform string, l channels.Limits, a models.Attachment, kind models.AttachmentKind, why channels.Misfit, ok bool) string {
	name := a.Name
	if name == "" {
		name = "the " + string(a.Kind)
	}
	if ok {
		return fmt.Sprintf("%s: %s, so it goes as a %s.", name, against(platform, l, a, why, ok), kind)
	}
	return fmt.Sprintf("%s: %s. The customer reads a line in its place.", name, against(platform, l, a, why, ok))
}

// against says what a platform has against a file, without the file's name. ok is true if it takes it as a plain one.
func against(platform string, l channels.Limits, a models.Attachment, why channels.Misfit, ok bool) string {
	limit := l.Files[a.Kind]
	if file, has := l.Files[models.File]; has && !ok {
		limit = file
	}
	switch why {
	case channels.TooBig:
		as := a.Kind
		if !ok {
			as = models.File
		}
		return fmt.Sprintf("%s takes %s up to %s, and this has %s", platform, plural(as), models.Bytes(limit.Size), models.Bytes(a.Size))
	case channels.WrongType:
		return fmt.Sprintf("%s takes no %s of this type", platform, plural(a.Kind))
	case channels.WrongKind:
		return fmt.Sprintf("%s takes no %s", platform, plural(a.Kind))
	case channels.NoAddress:
		return platform + " takes addresses of files, and Patchbay has no public one (public_url)"
	case channels.Fits:
	}
	return ""
}

// plural is a kind of files in words.
func plural(kind models.AttachmentKind) string {
	switch kind {
	case models.Image:
		return "photos"
	case models.Video:
		return "videos"
	case models.Voice:
		return "voice messages"
	case models.Audio:
		return "audio files"
	case models.Sticker:
		return "stickers"
	case models.File:
	}
	return "files"
}
