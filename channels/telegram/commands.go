package telegram

import (
	"context"
	"slices"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// menu is what the two commands do, in one language, as the app shows it beside them.
type menu struct{ language, agent, bot string }

// menus returns the commands in the languages that Patchbay speaks. The first one is for everybody else.
func menus() []menu {
	return []menu{
		{"", "Talk to a person", "Go back to the bot"},
		{"es", "Hablar con una persona", "Volver al bot"},
		{"pt", "Falar com uma pessoa", "Voltar ao bot"},
		{"de", "Mit einem Menschen sprechen", "Zurück zum Bot"},
		{"fr", "Parler à une personne", "Revenir au bot"},
		{"it", "Parlare con una persona", "Tornare al bot"},
		{"hi", "किसी व्यक्ति से बात करें", "बॉट पर वापस जाएँ"},
		{"ar", "التحدث إلى شخص", "العودة إلى البوت"},
		{"tr", "Bir kişiyle görüş", "Bota dön"},
		{"id", "Bicara dengan petugas", "Kembali ke bot"},
		{"ru", "Поговорить с человеком", "Вернуться к боту"},
		{"zh", "联系人工客服", "返回机器人"},
		{"ja", "担当者と話す", "ボットに戻る"},
		{"pl", "Porozmawiaj z człowiekiem", "Wróć do bota"},
		{"vi", "Nói chuyện với nhân viên", "Quay lại bot"},
	}
}

// register adds /agent and /bot to the bot's commands and leaves the operator's own ones there.
// https://core.telegram.org/bots/api#setmycommands
func (a *adapter) register(ctx context.Context) error {
	var general []tgbotapi.BotCommand // what people see whose language has no list
	for _, m := range menus() {
		params := tgbotapi.Params{}
		params.AddNonEmpty("language_code", m.language)
		var old []tgbotapi.BotCommand
		if err := a.ask(ctx, "getMyCommands", params, &old); err != nil {
			return err
		}
		base := old
		if len(base) == 0 {
			base = general
		}
		commands := m.onto(base)
		if m.language == "" {
			general = commands
		}
		if slices.Equal(commands, old) {
			continue
		}
		params["commands"] = jsonOf(commands)
		if _, err := a.call(ctx, a.http, "setMyCommands", params); err != nil {
			return err
		}
	}
	return nil
}

// onto returns commands with those of m in them.
func (m menu) onto(commands []tgbotapi.BotCommand) []tgbotapi.BotCommand {
	commands = slices.Clone(commands)
	for _, ours := range []tgbotapi.BotCommand{
		{Command: "agent", Description: m.agent},
		{Command: "bot", Description: m.bot},
	} {
		at := slices.IndexFunc(commands, func(c tgbotapi.BotCommand) bool { return c.Command == ours.Command })
		if at < 0 {
			commands = append(commands, ours)
		} else {
			commands[at] = ours
		}
	}
	return commands
}
