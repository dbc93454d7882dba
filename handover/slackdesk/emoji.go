package slackdesk

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kyokomi/emoji/v2"
)

// code is an emoji in a message's text, with the skin that may follow it.
var code = regexp.MustCompile(`:([a-z0-9_+'-]+):(?::skin-tone-([2-6])(?:-[2-6])?:)?`)

// emojize returns text with the codes of emoji as characters. own has those that the message itself spells out; custom
// emoji of the workspace, which are pictures, stay codes.
func emojize(text string, own map[string]string) string {
	// The regular expression takes the colon of ":a:b:" from the second code if the first is none, so go on behind it.
	var b strings.Builder
	for {
		at := code.FindStringSubmatchIndex(text)
		if at == nil {
			b.WriteString(text)
			return b.String()
		}
		name := text[at[2]:at[3]]
		char, ok := own[name]
		if !ok {
			char, ok = emojiOf(name)
		}
		if !ok {
			b.WriteString(text[:at[3]]) // the colon behind it may begin another
			text = text[at[3]:]
			continue
		}
		b.WriteString(text[:at[0]])
		if at[4] >= 0 {
			char = toned(char, text[at[4]:at[5]])
		}
		b.WriteString(char)
		text = text[at[1]:]
	}
}

// emojiOf returns the character that Slack means by name.
func emojiOf(name string) (string, bool) {
	if char := alias(name); char != "" {
		return char, true
	}
	codes := emoji.CodeMap()
	if char, ok := codes[":"+name+":"]; ok {
		return char, true
	}
	if char, ok := codes[":"+strings.ReplaceAll(name, "-", "_")+":"]; ok {
		return char, true
	}
	if country, ok := strings.CutPrefix(name, "flag-"); ok && len(country) == 2 && country[0] >= 'a' && country[1] >= 'a' {
		return string([]rune{0x1F1E6 + rune(country[0]-'a'), 0x1F1E6 + rune(country[1]-'a')}), true
	}
	return "", false
}

// toned returns char with Slack's skin tone, "2" to "6".
func toned(char, tone string) string {
	skin := ""
	switch tone {
	case "2":
		skin = "\U0001F3FB"
	case "3":
		skin = "\U0001F3FC"
	case "4":
		skin = "\U0001F3FD"
	case "5":
		skin = "\U0001F3FE"
	case "6":
		skin = "\U0001F3FF"
	}
	runes := []rune(char)
	if len(runes) == 0 || skin == "" {
		return char
	}
	return string(runes[0]) + skin + strings.TrimPrefix(string(runes[1:]), "\ufe0f")
}

// points returns the characters of Slack's "1f44d-1f3fb".
func points(unicode string) (string, bool) {
	var b strings.Builder
	for part := range strings.SplitSeq(unicode, "-") {
		n, err := strconv.ParseInt(part, 16, 32)
		if err != nil || n <= 0 || !utf8.ValidRune(rune(n)) {
			return "", false
		}
		b.WriteRune(rune(n))
	}
	return b.String(), true
}

// alias returns the character of a name, "" for most: a name that Slack has and the library has not, or reads as another character: Slack's
// names are those of https://github.com/iamcal/emoji-data.
func alias(name string) string {
	switch name {
	case "bicyclist":
		return "\U0001F6B4"
	case "construction_worker":
		return "\U0001F477"
	case "cop":
		return "\U0001F46E"
	case "dancers":
		return "\U0001F46F"
	case "face_with_finger_covering_closed_lips":
		return "\U0001F92B"
	case "face_with_one_eyebrow_raised":
		return "\U0001F928"
	case "face_with_open_mouth_vomiting":
		return "\U0001F92E"
	case "family":
		return "\U0001F46A"
	case "golfer":
		return "\U0001F3CC\uFE0F"
	case "grinning_face_with_one_large_and_one_small_eye":
		return "\U0001F92A"
	case "grinning_face_with_star_eyes":
		return "\U0001F929"
	case "guardsman":
		return "\U0001F482"
	case "haircut":
		return "\U0001F487"
	case "hand_with_index_and_middle_fingers_crossed":
		return "\U0001F91E"
	case "information_desk_person":
		return "\U0001F481"
	case "lightning_cloud":
		return "\U0001F329\uFE0F"
	case "m":
		return "\u24C2\uFE0F"
	case "man-with-bunny-ears-partying":
		return "\U0001F46F\u200D\u2642\uFE0F"
	case "man_with_turban":
		return "\U0001F473"
	case "massage":
		return "\U0001F486"
	case "merperson":
		return "\U0001F9DC"
	case "mother_christmas":
		return "\U0001F936"
	case "mountain_bicyclist":
		return "\U0001F6B5"
	case "no_good":
		return "\U0001F645"
	case "ok_woman":
		return "\U0001F646"
	case "pencil":
		return "\U0001F4DD"
	case "person_climbing":
		return "\U0001F9D7"
	case "person_frowning":
		return "\U0001F64D"
	case "person_in_lotus_position":
		return "\U0001F9D8"
	case "person_in_steamy_room":
		return "\U0001F9D6"
	case "person_with_ball":
		return "\u26F9\uFE0F"
	case "person_with_blond_hair":
		return "\U0001F471"
	case "person_with_pouting_face":
		return "\U0001F64E"
	case "raising_hand":
		return "\U0001F64B"
	case "reversed_hand_with_middle_finger_extended":
		return "\U0001F595"
	case "rowboat":
		return "\U0001F6A3"
	case "runner":
		return "\U0001F3C3"
	case "serious_face_with_symbols_covering_mouth":
		return "\U0001F92C"
	case "shocked_face_with_exploding_head":
		return "\U0001F92F"
	case "simple_smile":
		return "\U0001F642"
	case "sleuth_or_spy":
		return "\U0001F575\uFE0F"
	case "smiling_face_with_smiling_eyes_and_hand_covering_mouth":
		return "\U0001F92D"
	case "staff_of_aesculapius":
		return "\u2695\uFE0F"
	case "sun_behind_cloud":
		return "\U0001F325\uFE0F"
	case "sun_small_cloud":
		return "\U0001F324\uFE0F"
	case "surfer":
		return "\U0001F3C4"
	case "swimmer":
		return "\U0001F3CA"
	case "tornado_cloud":
		return "\U0001F32A\uFE0F"
	case "walking":
		return "\U0001F6B6"
	case "weight_lifter":
		return "\U0001F3CB\uFE0F"
	case "woman-with-bunny-ears-partying":
		return "\U0001F46F\u200D\u2640\uFE0F"
	}
	return ""
}
