// Package whatsapp connects one phone number of the WhatsApp Cloud API, Meta's own HTTP interface to WhatsApp:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/about-the-platform
//
// # Addresses
//
// A chat has up to two addresses. "phone:5215550001111" is the customer's number as WhatsApp writes it, without a plus;
// "user:MX.7301928374650912" is the id by which the business portfolio knows him. Customers who took a username may
// write without showing their number, so neither is always there:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
// A message that bears both lists both, the number first, because some kinds of message can be sent to numbers only.
// "group:…" is a group, where the bot does not work.
//
// # One callback, several numbers
//
// A Meta app has one callback, whichever number a customer writes to. Every Inbound therefore names the number's id as
// its Account, and the adapter of any of these numbers can receive for all of them, if they share the app.
//
// # Keys
//
// A message's key is its wamid. A receipt's key is the wamid and the status, because the platform reports each status
// once on purpose and any number of times by accident, in any order.
package whatsapp
