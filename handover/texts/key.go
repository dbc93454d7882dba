package texts

// Key names a text.
type Key string

// The texts, with when they are said.
const (
	Handover     Key = "handover"      // the customer, the bot or a rule wants a person
	Break        Key = "break"         // the bot broke; the customer is not told that
	Joined       Key = "joined"        // {{agent}} has the chat
	Passed       Key = "passed"        // {{agent}} passed the chat on
	Left         Key = "left"          // {{agent}} has no time any more
	Resolved     Key = "resolved"      // {{agent}} ended the handover
	RateThumbs   Key = "rate_thumbs"   // behind it: asks for 👍 or 👎
	RateStars    Key = "rate_stars"    // behind it: asks for 1 to 5
	Rated        Key = "rated"         // thanks for the answer
	StillWaiting Key = "still_waiting" // nobody has taken it yet
	Promise      Key = "promise"       // nobody took it in time; it stays owed
	ClosedHours  Key = "closed_hours"  // nobody is at work
	GaveUp       Key = "gave_up"       // nobody could be reached, and the bot has the chat again
	CannotSend   Key = "cannot_send"   // {{kind}}: what the customer sent cannot be carried across
	Trouble      Key = "trouble"       // the bot failed, and is still asked
	Outage       Key = "outage"        // the bot is down for everybody
	Back         Key = "back"          // the customer went back to the bot
	PrivateOnly  Key = "private_only"  // written in a group, where the bot does not work
	Correction   Key = "correction"    // {{text}}: what an agent writes in place of what he wrote
	Retraction   Key = "retraction"    // an agent takes back what he wrote
	ToBot        Key = "to_bot"        // a button that takes a handover back, at most 20 characters

	PlaceNext    Key = "place_next"    // nobody waits before the customer any more
	PlaceFew     Key = "place_few"     // a few do
	PlaceLine    Key = "place_line"    // many do
	Wait         Key = "wait"          // a button under ClosedHours, at most 20 characters
	LeaveMessage Key = "leave_message" // another one
	Waiting      Key = "waiting"       // after Wait
	WriteMessage Key = "write_message" // after LeaveMessage
	MessageLeft  Key = "message_left"  // he left it, and has the bot again
	StillThere   Key = "still_there"   // the customer does not write any more
	ClosedQuiet  Key = "closed_quiet"  // and the chat was closed
)

// Keys returns every Key.
func Keys() []Key {
	return []Key{
		Handover, Break, Joined, Passed, Left, Resolved, RateThumbs, RateStars, Rated, StillWaiting, Promise, ClosedHours, GaveUp,
		CannotSend, Trouble, Outage, Back, PrivateOnly, Correction, Retraction, ToBot,
		PlaceNext, PlaceFew, PlaceLine, Wait, LeaveMessage, Waiting, WriteMessage, MessageLeft, StillThere, ClosedQuiet,
	}
}

// Placeholders returns the names that may stand in the text of k as {{name}}.
func (k Key) Placeholders() []string {
	switch k {
	case Joined, Passed, Left, Resolved:
		return []string{"agent"}
	case CannotSend:
		return []string{"kind"}
	case Correction:
		return []string{"text"}
	case ClosedHours:
		return []string{"opens"}
	case Handover, Break, StillWaiting, Promise, GaveUp, Trouble, Outage, Back, PrivateOnly, Retraction, ToBot:
	case PlaceNext, PlaceFew, PlaceLine, Wait, LeaveMessage, Waiting, WriteMessage, MessageLeft, StillThere, ClosedQuiet, RateThumbs, RateStars, Rated:
	}
	return nil
}

// weekdays are the names of the days in a file, as time.Weekday numbers them.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// kinds are the kinds of files that have words, as models.AttachmentKind names them.
func kinds() []string { return []string{"image", "video", "voice", "audio", "file", "sticker"} }
