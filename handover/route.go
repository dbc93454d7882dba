package handover

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"patchbay/handover/hours"
	"patchbay/models"
)

// Route is a rule of where chats open. It fits when each of its conditions does; one that is empty always does.
type Route struct {
	Channel  string       // a channel, "telegram/support", or a kind of channels, "telegram"
	Language string       // ISO 639-1, in lower case
	Words    []string     // one of them stands in what the customer wrote
	Team     string       // the bot asked for it
	Tag      string       // the customer has it
	Hours    *hours.Hours // the time is in them
	Outside  bool         // the time is not in Hours
	When     string       // how the card names Hours
	To       string       // the place
	Name     string       // the team whose place it is; "" is none
}

// route returns where a chat opens by the first rule that fits, and what the card says of it. place is "" if none fits.
func (d *decision) route(r models.Reason) (place, team, because string) {
	for _, one := range d.p.Desk.Routes {
		if because, fits := one.fits(d.c, r, d.now); fits {
			return one.To, one.Name, because
		}
	}
	return "", "", ""
}

// fits reports whether each condition holds, and names them.
func (t Route) fits(c models.Conversation, r models.Reason, now models.Stamp) (because string, ok bool) {
	var names []string
	hold := func(set, holds bool, name string) bool {
		if set {
			names = append(names, name)
		}
		return !set || holds
	}
	kind, _, _ := strings.Cut(c.Channel, "/")
	word := ""
	for _, one := range t.Words {
		if word == "" && says(r.Asked, one) {
			word = one
		}
	}
	ok = hold(t.Channel != "", t.Channel == c.Channel || t.Channel == kind, "channel "+t.Channel) &&
		hold(t.Language != "", strings.EqualFold(t.Language, c.Language), "language "+t.Language) &&
		hold(len(t.Words) > 0, word != "", "the word "+word) &&
		hold(t.Team != "", strings.EqualFold(t.Team, strings.TrimSpace(r.Team)), "the bot's team "+t.Team) &&
		hold(t.Tag != "", slices.ContainsFunc(Tags(c), func(tag string) bool { return strings.EqualFold(tag, t.Tag) }), "tag "+t.Tag) &&
		hold(t.Hours != nil, t.Hours.Open(now.Time()) != t.Outside, t.When)
	return strings.Join(names, ", "), ok
}

// says reports whether a word, or several in a row, stand in a text, in any case. Where words are not set apart by spaces it
// may stand within others.
func says(text, word string) bool {
	text, word = strings.ToLower(text), strings.ToLower(strings.TrimSpace(word))
	if word == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		if !joins(before, first) && !joins(last, after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		from = at + size
	}
}

// joins reports whether two characters side by side are of one word.
func joins(a, b rune) bool {
	return letter(a) && letter(b) && !unicode.In(a, unspaced()...) && !unicode.In(b, unspaced()...)
}

func letter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
}

// unspaced are the scripts that set no words apart.
func unspaced() []*unicode.RangeTable {
	return []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}
}

// Tags returns the customer's tags: those that his system sends in the fields tag and tags, and those that agents gave him.
func Tags(c models.Conversation) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.Contact.Fields)) {
		if strings.EqualFold(name, "tag") || strings.EqualFold(name, "tags") {
			all = append(all, SplitTags(c.Contact.Fields[name])...)
		}
	}
	all = append(all, c.Memory.Tags...)
	slices.Sort(all)
	return slices.Compact(all)
}

// TagsMost is how many tags agents can give a customer, TagMost how many characters one has.
const (
	TagsMost = 20
	TagMost  = 40
)

// SplitTags returns the tags of a list: with commas between them, or a list in JSON.
func SplitTags(text string) []string {
	var all, tags []string
	if json.Unmarshal([]byte(text), &all) != nil {
		all = strings.Split(text, ",")
	}
	for _, tag := range all {
		if tag = strings.ToLower(strings.Join(strings.Fields(tag), " ")); utf8.RuneCountInString(tag) > TagMost {
			tag = string([]rune(tag)[:TagMost])
		}
		if tag != "" && !slices.Contains(tags, tag) && len(tags) < TagsMost {
			tags = append(tags, tag)
		}
	}
	return tags
}
