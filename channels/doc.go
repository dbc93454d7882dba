// Package channels is the contract between Patchbay and an adapter for one messaging platform.
//
// An adapter is one account on one platform. It translates: a request of the platform into Inbound values, an Outbound
// into one call of the platform. It keeps no queue, never retries, stores nothing and logs no customer's words. What it
// can do beyond sending is told by further interfaces (Receiver, Poller, Editor, Typer …), found by type assertion on
// the adapter itself, which is therefore never wrapped.
//
// The package channeltest checks all of it; docs/extend shows a whole adapter.
package channels
