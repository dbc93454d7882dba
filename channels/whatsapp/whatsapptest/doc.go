// Package whatsapptest is a stand-in for WhatsApp's Cloud API and for the phones of its users: a real HTTP server that
// checks, refuses, limits and reports as the platform does, and calls a webhook as the platform does. Tests use it, and
// so does the demo; it imports nothing of the testing package.
//
//	fake, err := whatsapptest.Start(whatsapptest.Options{})
//	defer fake.Close()
//	// Start the gateway with api_url = fake.URL() and the ids and secrets of fake.Options().
//	err = fake.Subscribe(ctx, "http://127.0.0.1:8080/channels/whatsapp/main")
//	luis := fake.User("5215550001111", "Luis Pérez")
//	_, err = luis.Write(ctx, "Hola, ¿dónde está mi pedido?")
//	_, err = luis.Wait(ctx, func(seen []whatsapptest.Message) bool { return len(seen) > 0 })
//
// What the platform does and this server does as well: it refuses a call without a valid token, an unknown number, a
// message over a limit, one outside the 24 hours, one too many in a second or to one user; it takes a message to somebody
// who does not exist and reports later that it failed; it reports each message's way as statuses; it signs the bytes it
// sends, writes what is not ASCII as \uXXXX, and calls again until it is answered with 200.
//
// A user's events are delivered one after the other, each until it is accepted; the platform promises no order, and
// Options.Overtake shows what that means.
//
// https://developers.facebook.com/documentation/business-messaging/whatsapp/about-the-platform
package whatsapptest
