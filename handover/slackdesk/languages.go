package slackdesk

import "strings"

// language returns a language in English, as agents read it: "Spanish". What is not known is returned as it is.
func language(tag string) string {
	code, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch code {
	case "ar":
		return "Arabic"
	case "bn":
		return "Bengali"
	case "cs":
		return "Czech"
	case "da":
		return "Danish"
	case "de":
		return "German"
	case "el":
		return "Greek"
	case "en":
		return "English"
	case "es":
		return "Spanish"
	case "fa":
		return "Persian"
	case "fi":
		return "Finnish"
	case "fr":
		return "French"
	case "he":
		return "Hebrew"
	case "hi":
		return "Hindi"
	case "hu":
		return "Hungarian"
	case "id":
		return "Indonesian"
	case "it":
		return "Italian"
	case "ja":
		return "Japanese"
	case "ko":
		return "Korean"
	case "ms":
		return "Malay"
	case "nb", "nn", "no":
		return "Norwegian"
	case "nl":
		return "Dutch"
	case "pl":
		return "Polish"
	case "pt":
		return "Portuguese"
	case "ro":
		return "Romanian"
	case "ru":
		return "Russian"
	case "sv":
		return "Swedish"
	case "th":
		return "Thai"
	case "tr":
		return "Turkish"
	case "uk":
		return "Ukrainian"
	case "ur":
		return "Urdu"
	case "vi":
		return "Vietnamese"
	case "zh":
		return "Chinese"
	}
	return oneLine(tag, 20)
}
