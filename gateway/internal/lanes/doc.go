// Package lanes runs the stream: it takes what the platforms and the desk bring, has it decided, and does what was
// decided. It is the only caller of an adapter's Send, of the Desk and of a bot.
//
//	Accept, AcceptDesk   an update becomes events, each once, before it is acknowledged
//	decide, apply        the event at the head of an in lane changes its conversation and fills the other lanes
//	dispatcher           finds due lanes of one kind and account, within their pace, and gives them to workers
//	ask, send, post      what the workers of the bot, out and desk lanes do with an entry
//	timers, cards, trim  what is not bound to a lane
//
// No state of a conversation is kept outside the database.
package lanes
