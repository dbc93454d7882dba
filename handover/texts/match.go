package texts

import "strings"

// Match returns the first of keys whose text the words are, in whatever language; "" if they are none of them. It is for
// buttons: a customer may write what stands on one.
func (t *Texts) Match(words string, keys ...Key) Key {
	words = strings.Trim(strings.TrimSpace(words), ".!")
	if words == "" {
		return ""
	}
	for _, key := range keys {
		for _, l := range t.languages {
			if text, ok := l.texts[key]; ok && len(text) == 1 && strings.EqualFold(text[0], words) {
				return key
			}
		}
	}
	return ""
}
