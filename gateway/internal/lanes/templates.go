package lanes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"patchbay/channels"
	"patchbay/handover"
	"patchbay/models"
	"patchbay/models/store"
)

// templatesOf returns the approved texts of a channel.
func templatesOf(ch *Channel) []channels.Template {
	if ch == nil {
		return nil
	}
	templater, ok := ch.Adapter.(channels.Templater)
	if !ok {
		return nil
	}
	return templater.Templates()
}

// templateKey names a template in a form. It is another one as soon as the text is: an agent sends what he has read.
func templateKey(t channels.Template) string {
	sum := sha256.Sum256([]byte(t.Name + "\n" + t.Language + "\n" + t.Text))
	return hex.EncodeToString(sum[:8])
}

// slotField is the field of a template's nth placeholder. It is another one for each template, so that nothing that was
// entered for one stands in the other.
func slotField(key string, n int) string { return fmt.Sprintf("%s%s_%d", handover.FieldSlot, key, n+1) }

// factOf returns what a placeholder has without being filled in.
func factOf(s channels.Slot, chat models.Conversation, agent models.Person) string {
	switch s.Fact {
	case channels.FactCustomer:
		return chat.Contact.Name
	case channels.FactAgent:
		return agent.Name
	}
	return ""
}

// expandTemplate puts into an event what the template says that an agent filled in, or finds the one that he was asked about.
func expandTemplate(tx *store.Tx, c models.Conversation, ch *Channel, ev *models.Event) error {
	if ev.Type != models.AgentSentTemplate {
		return nil
	}
	if ev.Wish != "" {
		m, ok, err := replyBy(tx, c, ev.Ref)
		if ok && m.Kind == models.Held && !m.Deleted && m.Content.Template != nil && !shelved(c, m) {
			ev.Message, ev.Content, ev.Agent = m.ID, &m.Content, &m.Person
		}
		return err
	}
	list := templatesOf(ch)
	i := slices.IndexFunc(list, func(t channels.Template) bool { return templateKey(t) == ev.Values[handover.FieldTemplate] })
	if i < 0 {
		return nil
	}
	var agent models.Person
	if ev.Agent != nil {
		agent = *ev.Agent
	}
	t := list[i]
	values, whole := filled(t, ev.Values, c, agent)
	ev.Content = &models.Content{Template: &models.Template{Name: t.Name, Language: t.Language, Values: values}}
	if whole {
		ev.Content.Text = t.Fill(values)
	}
	return nil
}

// filled returns what stands in the placeholders of a template: what was entered, else what is known. whole is false if one of
// them has nothing.
func filled(t channels.Template, entered map[string]string, chat models.Conversation, agent models.Person) (values []string, whole bool) {
	key, whole := templateKey(t), true
	values = make([]string, len(t.Slots))
	for n, slot := range t.Slots {
		value, ok := entered[slotField(key, n)]
		if !ok {
			value = factOf(slot, chat, agent)
		}
		values[n] = strings.Join(strings.Fields(value), " ")
		whole = whole && values[n] != ""
	}
	return values, whole
}

// refBy is the beginning of a reply's reference in a button where the reply has no post of its writer's.
const refBy = "id:"

// replyRef returns how the buttons of a notice name the reply that it is about.
func replyRef(m models.Message) string {
	if m.Author == models.ByAgent && (m.Post == "" || m.Content.Template != nil) {
		return refBy + m.ID // a post of ours may show it, among others
	}
	return m.Post
}

// replyBy returns an agent's reply by what replyRef made of it.
func replyBy(tx *store.Tx, c models.Conversation, ref string) (models.Message, bool, error) {
	id, named := strings.CutPrefix(ref, refBy)
	if !named {
		return tx.MessageByPost(c.ID, ref)
	}
	m, ok, err := tx.Message(id)
	return m, ok && m.Conversation == c.ID && m.Author == models.ByAgent, err
}

// offerTemplate adds to a notice of a held reply that a template can be sent, if the channel has any.
func (e *Engine) offerTemplate(n handover.Notice, chat models.Conversation) handover.Notice {
	list := templatesOf(e.Roster().channelOf(chat))
	if len(list) == 0 {
		return n
	}
	promise := slices.ContainsFunc(list, func(t channels.Template) bool { return t.Promise })
	return n.WithTemplate(promise && chat.Memory.Kept != "" && chat.Memory.Kept == n.Handover)
}

// templateForm asks which template to send and what stands in its placeholders, and shows how it reads.
func (e *Engine) templateForm(_ context.Context, a formAsked) (handover.Form, error) {
	roster := e.Roster()
	ch := roster.channelOf(a.chat)
	list := templatesOf(ch)
	switch {
	case a.h.ID == "":
		return handover.Form{}, store.ErrNotFound
	case len(list) == 0:
		return handover.Form{}, &refusedForm{handover.NoticeNoTemplates}
	case a.chat.Mode != models.ModeBot && a.chat.Handover != a.h.ID:
		return handover.Form{}, &refusedForm{handover.NoticeNotHere}
	case a.chat.Mode == models.ModeBot && a.chat.Memory.Promised != a.h.ID:
		return handover.Form{}, &refusedForm{handover.NoticeNotNow}
	}
	promised := a.chat.Memory.Kept == a.h.ID || a.chat.Memory.Promised == a.h.ID
	chosen := preferred(list, promised, roster.languages(a.chat))
	if i := slices.IndexFunc(list, func(t channels.Template) bool { return templateKey(t) == a.Values[handover.FieldTemplate] }); i >= 0 {
		chosen = list[i]
	}
	fields := []handover.Field{templateMenu(list, chosen)}
	values, _ := filled(chosen, a.Values, a.chat, a.Person)
	shown := slices.Clone(values)
	for n, slot := range chosen.Slots {
		fields = append(fields, handover.Field{
			ID: slotField(templateKey(chosen), n), Label: slot.Label, Kind: handover.FieldText, Value: values[n], Live: true,
		})
		if shown[n] == "" {
			shown[n] = "[" + strings.Trim(slot.Label, "{}") + "]"
		}
	}
	text := "The customer reads:\n" + chosen.Fill(shown)
	if len(chosen.Slots) > 0 {
		text += "\n\nPress Enter in a field to see what you wrote there."
	}
	switch {
	case !handover.Shut(a.chat, roster.policy(ch), e.stamp()):
		text = "The customer can be written to freely just now, so this needs no template.\n\n" + text
	case a.chat.Memory.Template != "":
		text = "A template has gone out already since the customer last wrote.\n\n" + text
	}
	return handover.Form{Title: "Send template", Submit: "Send", Text: text, Fields: fields}, nil
}

// templateMenu is the choice of a template.
func templateMenu(list []channels.Template, chosen channels.Template) handover.Field {
	menu := handover.Field{
		ID: handover.FieldTemplate, Label: "Which one?", Kind: handover.FieldChoice, Live: true, Value: templateKey(chosen),
	}
	several := slices.ContainsFunc(list, func(t channels.Template) bool { return t.Language != list[0].Language })
	for _, t := range list {
		title := t.Name
		if several {
			title += " (" + t.Language + ")"
		}
		menu.Options = append(menu.Options, handover.Option{Value: templateKey(t), Title: title})
	}
	return menu
}

// preferred returns the template that fits best: first by what it is for, then by the customer's language.
func preferred(list []channels.Template, promised bool, languages []string) channels.Template {
	best, most := list[0], -1
	for _, t := range list {
		score := 0
		for i, language := range languages {
			if same := matches(t.Language, language); same > 0 {
				score = 2*(len(languages)-i) + same
				break
			}
		}
		if t.Promise == promised {
			score += 4 * (len(languages) + 1)
		}
		if score > most {
			best, most = t, score
		}
	}
	return best
}

// matches returns 2 for the same language and country, 1 for the same language, and 0 for another. Meta writes "pt_BR" where
// others write "pt-BR".
func matches(a, b string) int {
	a, b = strings.ToLower(strings.ReplaceAll(a, "_", "-")), strings.ToLower(strings.ReplaceAll(b, "_", "-"))
	if a == b {
		return 2
	}
	a, _, _ = strings.Cut(a, "-")
	if b, _, _ = strings.Cut(b, "-"); a == b {
		return 1
	}
	return 0
}
