// Package slackdesk is the agents' side in Slack: a handover is a thread in a channel. The thread's root is the card,
// which says who waits and why; the customer's words are replies of the app's bot, and what members of the workspace
// reply goes to the customer.
//
// Slack reaches the desk over HTTP, signed, or over a WebSocket that the desk opens (Socket Mode). Both bring the same
// events, and the same code reads them: Slack's envelopes are decoded here, by structs that know only what is used, so
// that a new event type or a new kind of block never costs a message.
//
// A thread's id is "channel/ts", and so is a post's. Slack's ts is a string and is never read as a number.
package slackdesk
