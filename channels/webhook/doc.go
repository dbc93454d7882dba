// Package webhook is the channel for everything that has no adapter of its own: a shop's chat, an app, an adapter written
// in another language. Both sides post JSON to each other, signed as Standard Webhooks 1.0 says:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//
// # From the customer's system to Patchbay
//
// An event is one of these; id and chat.id are strings of up to 255 bytes, and what is not said to be needed may be left
// out:
//
//	{"type":"message","id":"m1","timestamp":"2026-11-05T17:33:20Z","chat":{"id":"c9"},
//	 "sender":{"id":"u1","name":"Ann","locale":"en","fields":{"plan":"gold"}},"text":"Hello",
//	 "attachments":[{"type":"image","url":"https://…","name":"a.jpg","mime":"image/jpeg","size":82000}],"reply_to":"m0"}
//	{"type":"edit","id":"m1","chat":{"id":"c9"},"text":"Hello!"}
//	{"type":"delete","id":"m1","chat":{"id":"c9"}}
//	{"type":"reaction","id":"m1","chat":{"id":"c9"},"emoji":"👍"}
//	{"type":"button","id":"p1","chat":{"id":"c9"},"text":"Yes","payload":"yes","reply_to":"o1"}
//	{"type":"receipt","id":"o1","status":"delivered"}
//	{"type":"blocked","chat":{"id":"c9"}}
//	{"type":"unblocked","chat":{"id":"c9"}}
//
// A message or an edit needs its id, chat.id, and text or attachments; the id of an edit, a delete or a reaction is that
// of the message it is about, and a reaction names all emoji
// that the customer has on it by now, with spaces between: without an emoji (or text) there is none any more. The id of a button is that of the
// press. A receipt is about a message of ours and says sent, delivered, read or failed; a failed one may say why, as
// "error":{"kind":"unreachable"}, or rejected, or window_closed. Without a timestamp the call's own counts.
//
// The answer is 202, also to an event that came before and to a type that is not known, which is ignored. The same
// message, press or delete is known again by its chat and id, whatever the webhook-id; an edit, a reaction, a blocked or
// an unblocked is known again by its webhook-id, as the same words may be written twice.
//
// # From Patchbay to the customer's system
//
//	{"type":"message","id":"o1","chat":{"id":"c9"},"author":{"kind":"agent","name":"Ben"},"text":"Hello",
//	 "attachments":[{"type":"file","url":"https://…"}],"buttons":[{"title":"Yes","payload":"yes"}],"reply_to":"m1"}
//	{"type":"edit","id":"o1","chat":{"id":"c9"},"author":{…},"text":"Hello Ann"}
//	{"type":"delete","id":"o1","chat":{"id":"c9"}}
//	{"type":"reaction","id":"m1","chat":{"id":"c9"},"author":{"kind":"agent"},"emoji":"👍"}
//	{"type":"receipt","id":"m1","chat":{"id":"c9"},"status":"read"}
//	{"type":"typing","id":"m1","chat":{"id":"c9"}}
//
// The last two come only to a receiver that wants them, with receipts and typing in the section: that a message of the
// customer's was read, and those before it, and that somebody writes, for five seconds. The id of a reaction is that of the customer's message, which has this one reaction of ours by now; an empty emoji is none.
// author.kind is bot, agent or system. Any 2xx means delivered; {"id":"…"} in its body is the message's name from then on,
// else our id is. A repeat has the webhook-id of the first try. What other answers mean:
//
//	429                  slower: it goes again, not before Retry-After
//	408, 425, 5xx        it goes again, not before Retry-After
//	401, 402, 403, 3xx   the operator is told, and it goes again when that is mended; redirects are not followed
//	410                  the channel stops, and the operator is told
//	other 4xx            this message is not wanted: the agent is told
//
// A 4xx of the last kind may say more, for a system that carries messages on: {"error":{"kind":"unreachable"}} when the
// customer gets nothing any more, window_closed when it is too late to write.
package webhook
