package slackdesk

import (
	"strconv"
	"strings"

	"patchbay/models"
)

// why says why people got the chat, with the turn as evidence.
func why(r models.Reason) paragraph {
	var part paragraph
	say := reason(r)
	if say != "" {
		part = append(part, bold("Why:")+" "+say)
	}
	if told := oneLine(r.Told, cardReason); told != "" && r.Cause != models.CauseTakenOver {
		who := "The bot's words: "
		if r.Cause == models.CausePassed {
			who = "Their note: "
		}
		part = append(part, who+escape(told))
	}
	if failed := oneLine(r.Error, cardReason); failed != "" {
		part = append(part, "Error: "+escape(failed))
	}
	if asked := cut(strings.TrimSpace(r.Asked), cardText); asked != "" {
		part = append(part, "The customer wrote:")
		part = append(part, excerpt(asked)...)
	}
	if answered := cut(strings.TrimSpace(r.Answered), cardText); answered != "" {
		part = append(part, "The bot's answer, not sent:")
		part = append(part, excerpt(answered)...)
	}
	if summary := cut(strings.TrimSpace(r.Summary), cardText); summary != "" {
		part = append(part, "Summary:")
		part = append(part, excerpt(summary)...)
	}
	return part
}

// reason returns the cause in words.
func reason(r models.Reason) string {
	score := ""
	if r.Confidence != nil {
		score = " (" + strconv.FormatFloat(*r.Confidence, 'f', 2, 64) + ")"
	}
	switch r.Cause {
	case models.CauseAsked:
		return "asked for a person"
	case models.CauseBotAsked:
		if team := oneLine(r.Team, 60); team != "" {
			return "the bot asked for a person, for " + escape(team)
		}
		return "the bot asked for a person"
	case models.CauseNoBot:
		return "this channel has no bot"
	case models.CauseTakenOver:
		if who := oneLine(r.Told, 80); who != "" {
			return escape(who) + " took the chat over"
		}
		return "an agent took the chat from the bot"
	case models.CauseFallback:
		return "the bot did not understand" + score
	case models.CauseConfidence:
		return "the bot was not sure enough of its answer" + score
	case models.CauseEmpty:
		return "the bot answered nothing"
	case models.CauseError:
		return "the bot failed"
	case models.CauseTimeout:
		return "the bot did not answer in time"
	case models.CauseSameAnswer:
		return "the bot gave the same answer twice to different questions"
	case models.CauseSameAsked:
		return "the customer said the same three times"
	case models.CauseFile:
		return "sent a file that the bot does not take"
	case models.CauseOutage:
		return "the bot is out, and the chats that waited for it were handed over"
	case models.CausePassed:
		if team := oneLine(r.Team, 60); team != "" {
			return "a colleague passed it on to " + escape(team)
		}
		return "a colleague passed it on"
	case models.CauseStale:
		return "the question had waited too long for the bot"
	}
	return escape(oneLine(string(r.Cause), 60))
}

// excerpt returns the first lines of text, with Slack's bar beside them.
func excerpt(text string) []string {
	var quoted []string
	for i, line := range lines(text) {
		if i == cardLines {
			return append(quoted, "> …")
		}
		quoted = append(quoted, "> "+escape(line))
	}
	return quoted
}
