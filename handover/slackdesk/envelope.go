package slackdesk

import "encoding/json"

// envelope is around an event: https://docs.slack.dev/apis/events-api
type envelope struct {
	Type      string          `json:"type"`
	Challenge string          `json:"challenge"`
	EventID   string          `json:"event_id"`
	Event     json.RawMessage `json:"event"`
}

// message is a message event, and the messages inside of one: https://docs.slack.dev/reference/events/message
type message struct {
	Subtype    string            `json:"subtype"`
	Hidden     bool              `json:"hidden"`
	User       string            `json:"user"`
	BotID      string            `json:"bot_id"`
	AppID      string            `json:"app_id"`
	BotProfile json.RawMessage   `json:"bot_profile"`
	Text       string            `json:"text"`
	Blocks     json.RawMessage   `json:"blocks"`
	Files      []json.RawMessage `json:"files"`
	Edited     *edit             `json:"edited"`
	Metadata   *metadata         `json:"metadata"`

	Channel  string `json:"channel"`
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts"`
	Parent   string `json:"parent_user_id"`

	LatestReply string `json:"latest_reply"` // of a root, where threads are read
	Reactions   []struct {
		Name  string   `json:"name"`
		Users []string `json:"users"`
	} `json:"reactions"`

	Team       string `json:"team"`
	UserTeam   string `json:"user_team"`
	SourceTeam string `json:"source_team"`

	Root      *message `json:"root"`    // of a reply that was also sent to the channel
	Message   *message `json:"message"` // what a message reads now
	Previous  *message `json:"previous_message"`
	DeletedTS string   `json:"deleted_ts"`
}

type edit struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// metadata is what a post says to programs. That of other apps has any shape.
type metadata struct {
	EventType    string          `json:"event_type"`
	EventPayload json.RawMessage `json:"event_payload"`
}

// mark is the metadata of a post of ours.
type mark struct {
	Install  string `json:"install"`
	Handover string `json:"handover"`
	Lane     string `json:"lane"`
	From     int64  `json:"from"`
	To       int64  `json:"to"`
	Last     string `json:"last"`
	Heard    string `json:"heard"`    // of a post
	Alive    int64  `json:"alive"`    // of a card, in seconds
	Incident string `json:"incident"` // of an outage's post
	event    string // the metadata's event type
}

// mark returns the mark of m, the zero one if it has none.
func (m *message) mark() (mk mark) {
	if m.Metadata == nil || json.Unmarshal(m.Metadata.EventPayload, &mk) != nil {
		return mark{}
	}
	mk.event = m.Metadata.EventType
	return mk
}

// file is a file of a message: https://docs.slack.dev/reference/objects/file-object
type file struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	MIME     string `json:"mimetype"`
	Filetype string `json:"filetype"`
	Subtype  string `json:"subtype"`
	Size     int64  `json:"size"`
	Mode     string `json:"mode"`
}

// interaction is a click, a form or a shortcut: https://docs.slack.dev/reference/interaction-payloads
type interaction struct {
	Type string `json:"type"`
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Container struct {
		Channel   string `json:"channel_id"`
		MessageTS string `json:"message_ts"`
		ThreadTS  string `json:"thread_ts"`
		Ephemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	Actions     []struct {
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
		ActionTS string `json:"action_ts"`
		Selected *struct {
			Value string `json:"value"`
		} `json:"selected_option"` // of a menu
	} `json:"actions"`

	View *view `json:"view"`

	CallbackID string `json:"callback_id"` // of a shortcut, as what follows
	ActionTS   string `json:"action_ts"`
	Channel    struct {
		ID string `json:"id"`
	} `json:"channel"`
	Message *struct {
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
	} `json:"message"`
}
