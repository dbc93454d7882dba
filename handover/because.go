package handover

import (
	"fmt"

	"patchbay/models"
)

// Because returns why people got a chat, in words for agents: one short sentence.
// What was asked and answered is told apart from it.
func Because(r models.Reason) string {
	switch r.Cause {
	case models.CauseAsked:
		return "the customer asked for a person."
	case models.CauseBotAsked:
		if r.Told != "" {
			return "the bot handed over: " + r.Told
		}
		return "the bot handed over."
	case models.CauseNoBot:
		return "a customer wrote."
	case models.CauseTakenOver:
		if r.Told != "" {
			return r.Told + " took the chat over."
		}
		return "an agent took the chat over."
	case models.CauseFallback:
		return "the bot did not understand."
	case models.CauseConfidence:
		if r.Confidence != nil {
			return fmt.Sprintf("the bot was not sure of its answer (%.2f).", *r.Confidence)
		}
		return "the bot was not sure of its answer."
	case models.CauseEmpty:
		return "the bot had no answer."
	case models.CauseError:
		return "the bot failed."
	case models.CauseTimeout:
		return "the bot did not answer in time."
	case models.CauseSameAnswer:
		return "the bot repeated itself."
	case models.CauseSameAsked:
		return "the customer asked the same three times."
	case models.CausePassed:
		if r.Team != "" {
			return "a colleague passed the chat on to " + r.Team + "."
		}
		return "a colleague passed the chat on."
	case models.CauseFile:
		return "the customer sent a file that the bot does not take."
	case models.CauseOutage:
		return "the bot is out, and people took over the chats that waited for it."
	case models.CauseStale:
		return "the question waited too long for the bot."
	}
	return "the chat was handed over."
}
