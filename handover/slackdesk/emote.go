package slackdesk

import "strings"

// skins returns the modifiers that give an emoji a colour of skin, as Slack numbers them from 2 on.
func skins() []string {
	return []string{"\U0001F3FB", "\U0001F3FC", "\U0001F3FD", "\U0001F3FE", "\U0001F3FF"}
}

// nameOf returns Slack's name of an emoji, for those that people react with: all that Telegram takes, and what is common
// elsewhere. What it has no name for is said in words. https://github.com/iamcal/emoji-data has the names.
func nameOf(emoji string) (name string, ok bool) {
	emoji = strings.ReplaceAll(emoji, "\ufe0f", "")
	tone := ""
	for i, skin := range skins() {
		if strings.Contains(emoji, skin) {
			emoji, tone = strings.ReplaceAll(emoji, skin, ""), "::skin-tone-"+string(rune('2'+i))
		}
	}
	name, ok = plainName(emoji)
	return name + tone, ok
}

// plainName is nameOf without a colour of skin and without a variation selector.
func plainName(emoji string) (name string, ok bool) {
	switch emoji {
	case "👍":
		return "+1", true
	case "👎":
		return "-1", true
	case "❤":
		return "heart", true
	case "🔥":
		return "fire", true
	case "🥰":
		return "smiling_face_with_3_hearts", true
	case "👏":
		return "clap", true
	case "😁":
		return "grin", true
	case "🤔":
		return "thinking_face", true
	case "🤯":
		return "exploding_head", true
	case "😱":
		return "scream", true
	case "🤬":
		return "face_with_symbols_on_mouth", true
	case "😢":
		return "cry", true
	case "🎉":
		return "tada", true
	case "🤩":
		return "star-struck", true
	case "🤮":
		return "face_vomiting", true
	case "💩":
		return "hankey", true
	case "🙏":
		return "pray", true
	case "👌":
		return "ok_hand", true
	case "🕊":
		return "dove_of_peace", true
	case "🤡":
		return "clown_face", true
	case "🥱":
		return "yawning_face", true
	case "🥴":
		return "woozy_face", true
	case "😍":
		return "heart_eyes", true
	case "🐳":
		return "whale", true
	case "❤\u200d🔥":
		return "heart_on_fire", true
	case "🌚":
		return "new_moon_with_face", true
	case "🌭":
		return "hotdog", true
	case "💯":
		return "100", true
	case "🤣":
		return "rolling_on_the_floor_laughing", true
	case "⚡":
		return "zap", true
	case "🍌":
		return "banana", true
	case "🏆":
		return "trophy", true
	case "💔":
		return "broken_heart", true
	case "🤨":
		return "face_with_raised_eyebrow", true
	case "😐":
		return "neutral_face", true
	case "🍓":
		return "strawberry", true
	case "🍾":
		return "champagne", true
	case "💋":
		return "kiss", true
	case "🖕":
		return "middle_finger", true
	case "😈":
		return "smiling_imp", true
	case "😴":
		return "sleeping", true
	case "😭":
		return "sob", true
	case "🤓":
		return "nerd_face", true
	case "👻":
		return "ghost", true
	case "👨\u200d💻":
		return "male-technologist", true
	case "👀":
		return "eyes", true
	case "🎃":
		return "jack_o_lantern", true
	case "🙈":
		return "see_no_evil", true
	case "😇":
		return "innocent", true
	case "😨":
		return "fearful", true
	case "🤝":
		return "handshake", true
	case "✍":
		return "writing_hand", true
	case "🤗":
		return "hugging_face", true
	case "🫡":
		return "saluting_face", true
	case "🎅":
		return "santa", true
	case "🎄":
		return "christmas_tree", true
	case "☃":
		return "snowman", true
	case "💅":
		return "nail_care", true
	case "🤪":
		return "zany_face", true
	case "🗿":
		return "moyai", true
	case "🆒":
		return "cool", true
	case "💘":
		return "cupid", true
	case "🙉":
		return "hear_no_evil", true
	case "🦄":
		return "unicorn_face", true
	case "😘":
		return "kissing_heart", true
	case "💊":
		return "pill", true
	case "🙊":
		return "speak_no_evil", true
	case "😎":
		return "sunglasses", true
	case "👾":
		return "space_invader", true
	case "🤷\u200d♂":
		return "man-shrugging", true
	case "🤷":
		return "shrug", true
	case "🤷\u200d♀":
		return "woman-shrugging", true
	case "😡":
		return "rage", true
	case "😂":
		return "joy", true
	case "😮":
		return "open_mouth", true
	case "😃":
		return "smiley", true
	case "😄":
		return "smile", true
	case "😅":
		return "sweat_smile", true
	case "😊":
		return "blush", true
	case "🙂":
		return "slightly_smiling_face", true
	case "😉":
		return "wink", true
	case "😋":
		return "yum", true
	case "😔":
		return "pensive", true
	case "😞":
		return "disappointed", true
	case "😠":
		return "angry", true
	case "🥳":
		return "partying_face", true
	case "🥺":
		return "pleading_face", true
	case "🙄":
		return "face_with_rolling_eyes", true
	case "😬":
		return "grimacing", true
	case "🙌":
		return "raised_hands", true
	case "💪":
		return "muscle", true
	case "👋":
		return "wave", true
	case "✋":
		return "hand", true
	case "🤞":
		return "crossed_fingers", true
	case "☝":
		return "point_up", true
	case "👆":
		return "point_up_2", true
	case "💙":
		return "blue_heart", true
	case "💚":
		return "green_heart", true
	case "💛":
		return "yellow_heart", true
	case "🧡":
		return "orange_heart", true
	case "💜":
		return "purple_heart", true
	case "🖤":
		return "black_heart", true
	case "🤍":
		return "white_heart", true
	case "♥":
		return "hearts", true
	case "💕":
		return "two_hearts", true
	case "⭐":
		return "star", true
	case "🚀":
		return "rocket", true
	case "🎁":
		return "gift", true
	case "✅":
		return "white_check_mark", true
	case "❌":
		return "x", true
	case "⏳":
		return "hourglass_flowing_sand", true
	case "✔":
		return "heavy_check_mark", true
	case "❓":
		return "question", true
	case "❗":
		return "exclamation", true
	case "🌹":
		return "rose", true
	case "☕":
		return "coffee", true
	case "🍕":
		return "pizza", true
	case "🎂":
		return "birthday", true
	}
	return "", false
}
