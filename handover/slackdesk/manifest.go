package slackdesk

import (
	"encoding/json"
	"strings"
)

// ManifestOptions say which app a manifest describes.
type ManifestOptions struct {
	Name      string // of the app, as Slack shows it; "" is Patchbay. Slack takes 35 characters
	PublicURL string // where Slack reaches the gateway; not used with Socket
	Desk      string // the desk's name; "" and "slack" are the default desk
	Socket    bool
}

// Manifest returns the manifest of the Slack app that a desk needs, in YAML, each scope with its reason as a comment.
// https://docs.slack.dev/reference/app-manifest
func Manifest(o ManifestOptions) string {
	name := oneLine(o.Name, 35)
	if name == "" {
		name = "Patchbay"
	}
	base := strings.TrimSuffix(o.PublicURL, "/")
	unset := base == ""
	if unset {
		base = "https://chat.example.com"
	}
	base += "/slack/"
	if o.Desk != "" && o.Desk != "slack" {
		base += o.Desk + "/"
	}

	var b strings.Builder
	say := func(lines ...string) {
		for _, line := range lines {
			b.WriteString(line + "\n")
		}
	}
	say("_metadata:", "  major_version: 1",
		"display_information:", "  name: "+quote(name), "  description: "+quote("Customers' chats as threads"),
		"features:", "  app_home:", "    home_tab_enabled: true", "    messages_tab_enabled: true",
		"    messages_tab_read_only_enabled: true", // for messages to one person, which need no answer
		"  bot_user:", "    display_name: "+quote(handle(name)), "    always_online: true",
		"  slash_commands:", "    - command: "+commandOf(o.Desk), "      description: "+quote("Who waits, your chats, find a customer"),
		"      usage_hint: "+quote("queue | mine | find NAME | stats | off | on | help"), "      should_escape: false")
	if !o.Socket {
		say("      url: " + quote(base+endpointCommands))
	}
	say("  shortcuts:")
	for _, s := range shortcuts() {
		say("    - name: "+quote(s.name), "      type: message", "      callback_id: "+s.id, "      description: "+quote(s.about))
	}
	say("oauth_config:", "  scopes:", "    bot:")
	for _, s := range scopes() {
		say("      - " + s.name + " # " + s.reason)
	}
	say("settings:")
	if !o.Socket && unset {
		say("  # Set public_url in the section [server], and take the addresses that this prints then.")
	}
	say("  event_subscriptions:")
	if !o.Socket {
		say("    request_url: " + quote(base+endpointEvents))
	}
	say("    bot_events:",
		"      - message.channels # what is written in public channels that the app is in",
		"      - message.groups # what is written in private channels that the app is in",
		"      - reaction_added # agents' reactions for customers, and the check mark that lets a reply go",
		"      - reaction_removed # that an agent took a reaction off",
		"      - app_home_opened # an agent looks at the page of his own",
		"  interactivity:", "    is_enabled: true # buttons, forms and shortcuts")
	if !o.Socket {
		say("    request_url: " + quote(base+endpointActions))
	}
	say("  org_deploy_enabled: false")
	if o.Socket {
		say("  socket_mode_enabled: true # app_token: an app-level token with the scope " + appScope)
	} else {
		say("  socket_mode_enabled: false # signing_secret: on the app's page Basic Information")
	}
	say("  token_rotation_enabled: false")
	return b.String()
}

// quote returns s as a YAML string: JSON's are YAML's too.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSpace(b.String())
}

// handle returns name as the name of a bot's user: small letters, digits and hyphens.
func handle(name string) string {
	h := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name), "-")
	if h == "" {
		return "patchbay"
	}
	return h
}
