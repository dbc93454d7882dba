package models

// Breaker is what is known of a bot that breaks: its row is written when a question fails and while the bot is out, and
// never while all is well.
type Breaker struct {
	Bot      string `gorm:"primaryKey"` // the config's name; "" is the default bot
	Failures []Miss `gorm:"serializer:json"`
	Incident string // the outage under way; "" while the bot counts as working
	Tries    int    // probes that failed in this outage
	ProbeAt  Stamp  // when the next question may find out whether the bot is back
}

// Miss is a chat whose question failed.
type Miss struct {
	Conversation int64 `json:"c"`
	At           Stamp `json:"at"`
}

// Incident is one outage of a bot, with the post that tells of it.
type Incident struct {
	ID       string `gorm:"primaryKey"`
	Bot      string
	Desk     string
	Place    string // where the post stands, as the config names it
	Post     string // the desk's id of the post; "" until it is there
	Cause    Cause  // how the bot broke for the chat that made it an outage
	Error    string // safe to show an agent
	Chats    int    // that broke within a minute
	OpenedAt Stamp
	EndedAt  Stamp  // when the bot was back; 0 while it is out
	HandedAt Stamp  // when somebody had all chats that waited handed over, last
	HandedBy Person `gorm:"serializer:json"`
	Handed   int    // chats that were handed over since
	Shown    string // what the post says, in a form to compare
	DoneAt   Stamp  // when nothing was left to do
}

// Wait is a chat whose question waits for its bot to be back.
type Wait struct {
	Conversation int64 `gorm:"primaryKey;autoIncrement:false"`
	Bot          string
	Since        Stamp // when the first of its questions failed
	At           Stamp // when the customer wrote the last of them
	Asked        Stamp // when it was asked again, last
}
