// Package handover decides who answers a customer: the bot, nobody yet, or an agent. Its heart is Decide, a pure
// function from a conversation and an event to the changed conversation and a list of effects; it does no I/O and knows
// no platform. It also declares the Desk, the place where agents work.
package handover
