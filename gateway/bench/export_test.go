package bench

import (
	"context"
	"time"
)

// Ledger is the book of what was sent and what came back, for tests.
type Ledger = ledger

// NewLedger returns a ledger of n chats that voice answers.
func NewLedger(n int, voice string) *Ledger { return newLedger(n, 1, voice) }

// Sent notes n messages of a chat.
func (l *ledger) Sent(chat, n int) { l.chats[chat].sent = n }

// Heard notes a message of the gateway's.
func (l *ledger) Heard(call, id, voice, text string) { l.heard(call, id, voice, text) }

// Err is the first fault.
func (l *ledger) Err() error { return l.err() }

// Settle waits for all answers.
func (l *ledger) Settle(ctx context.Context) error { return l.settle(ctx) }

// Marks returns the numbers in a text.
func Marks(text string) []int { return marks(text) }

// Quantile returns a quantile of sorted times.
func Quantile(sorted []time.Duration, q float64) time.Duration { return quantile(sorted, q) }

// CustomerSays returns the request that brings a customer's message.
func CustomerSays(chat, n int, text string) []byte {
	return newCustomerMouth(customerKey()).say(chat, n, text)
}

// AgentSays returns the request that brings an agent's reply.
func AgentSays(thread, ts, text string) []byte {
	return newAgentMouth(slackSecret).say(thread, ts, text)
}

// CustomerKey signs the customer's messages, SlackSecret the agents'.
func CustomerKey() []byte { return customerKey() }

// SlackSecret signs what agents do.
const SlackSecret = slackSecret
