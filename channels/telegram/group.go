package telegram

import (
	"strings"
	"unicode/utf16"

	"patchbay/models"
)

// addressed reports whether a message in a group is meant for the bot: a command, a mention, or a reply to it. Until
// the bot's name is known, every name that a bot can have is taken for it, because Telegram gives a bot little else
// of what is said in a group: https://core.telegram.org/bots/features#privacy-mode.
func (a *adapter) addressed(m *message) bool {
	if m.Chat.IsChannel() {
		return false
	}
	if r := m.ReplyToMessage; r != nil && r.From != nil && r.From.ID == a.id && a.id != 0 {
		return true
	}
	text, entities := m.Text, m.Entities
	if text == "" {
		text, entities = m.Caption, m.CaptionEntities
	}
	units := utf16.Encode([]rune(text))
	for _, e := range entities {
		switch e.Type {
		case "bot_command":
			command, _ := cut16(units, e.Offset, e.Length)
			_, name, named := strings.Cut(command, "@")
			if e.Offset == 0 && (!named || a.named(name)) {
				return true
			}
		case "mention":
			name, _ := cut16(units, e.Offset, e.Length)
			if a.named(strings.TrimPrefix(name, "@")) {
				return true
			}
		case "text_mention":
			if e.User != nil && e.User.ID == a.id && a.id != 0 {
				return true
			}
		}
	}
	return false
}

// named reports whether name is the bot's username. All names of bots end in "bot".
func (a *adapter) named(name string) bool {
	if self := a.self.Load(); self != nil && self.UserName != "" {
		return strings.EqualFold(name, self.UserName)
	}
	return strings.HasSuffix(strings.ToLower(name), "bot")
}

// command returns r with the bot's name taken off a command at its start: "/agent@acme_bot" is "/agent".
func (a *adapter) command(r models.Rich) models.Rich {
	text := r.Text
	if !strings.HasPrefix(text, "/") {
		return r
	}
	end := strings.IndexFunc(text[1:], func(r rune) bool { return !wordRune(r) && r != '@' }) + 1
	if end == 0 {
		end = len(text)
	}
	if command, name, named := strings.Cut(text[:end], "@"); named && a.named(name) {
		return models.Join("", r.Slice(0, len(command)), r.Slice(end, len(text)))
	}
	return r
}

func wordRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// cut16 returns length of units from offset on, as entities count, and whether there are so many.
func cut16(units []uint16, offset, length int) (string, bool) {
	if offset < 0 || length <= 0 || offset > len(units) || length > len(units)-offset {
		return "", false
	}
	return string(utf16.Decode(units[offset : offset+length])), true
}
