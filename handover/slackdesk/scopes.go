package slackdesk

// scope is a permission of the app, and what the desk needs it for.
type scope struct {
	name, reason string
	private      bool   // needed for private channels only
	without      string // what is missed where the scope is; "" = the desk does not work without it
}

// scopes returns what the desk uses: https://docs.slack.dev/reference/scopes
func scopes() []scope {
	return []scope{
		{name: "chat:write", reason: "open threads and post what customers write"},
		{name: "channels:history", reason: "receive what agents reply in public channels"},
		{name: "groups:history", reason: "receive what agents reply in private channels", private: true},
		{name: "channels:read", reason: "check that the app is in its channels, and who else is"},
		{name: "groups:read", reason: "check that the app is in its private channels, and who else is", private: true},
		{name: "users:read", reason: "name agents, tell members from guests and apps, and see who is about when a customer comes back"},
		{
			name: "reactions:write", reason: "mark agents' replies as sent, read or not delivered, and show customers' reactions",
			without: "replies get no marks; what fails is told all the same",
		},
		{
			name: scopeFilesWrite, reason: "show customers' files in their threads",
			without: "agents read a line in place of each file",
		},
		{
			name: scopeFilesRead, reason: "send agents' files to customers",
			without: "agents' files do not reach customers, and the agents are told",
		},
		{
			name: "commands", reason: "take the command " + commandWord + ", and put shortcuts into the menus of messages",
			without: "there is no command, and the buttons of the card do what the shortcuts do",
		},
		{
			name: scopeReactions, reason: `bring agents' reactions to customers, and see the ✅ that lets a reply go, with reply = "confirm"`,
			without: `agents' reactions stay in Slack, and with reply = "confirm" they send by a button that they see once`,
		},
	}
}

// appScope is what the app-level token needs: https://docs.slack.dev/reference/scopes/connections.write
const appScope = "connections:write"

// scopeReactions is what a desk whose replies wait for a check mark does not work without.
const scopeReactions = "reactions:read"
