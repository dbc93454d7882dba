// Package texts has what Patchbay itself says to customers, in the customer's language: that a colleague is coming, that
// he is here, that the chat was closed. The languages stand in data/, one file each, written for those who speak them; an
// operator's file changes single texts, silences them, or adds a language.
package texts

import (
	"embed"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed data/*.toml
var data embed.FS

// fallback is the language that has every text.
const fallback = "en"

// Texts are the texts of all languages. It does not change and is used by many goroutines at once.
type Texts struct{ languages map[string]*language }

// language is what one language says. An operator's language may lack most of it.
type language struct {
	texts map[Key]template
	kinds map[string]string // words for kinds of files
	days  map[string]string // names of the days of the week
	agent string            // word for an agent whose name is not known
}

// Load returns the built-in texts, changed by an operator's file. overrides is the file's content, nil for none, and name
// is what its errors call it. The file has a table [texts.<language>] for each language, with the keys of Keys, with
// agent, and with a table kinds:
//
//	[texts.en]
//	joined = "{{agent}} joined the chat."
//	resolved = ""                            # says nothing
//
//	[texts.pt-PT]                            # before [texts.pt] for customers in Portugal
//	handover = "…"
//
// A key that a file does not have stays as it is. Unknown keys and placeholders are refused, all at once and each with
// its line.
func Load(overrides []byte, name string) (*Texts, error) {
	files, err := data.ReadDir("data")
	if err != nil {
		return nil, err
	}
	t := &Texts{languages: make(map[string]*language, len(files))}
	for _, f := range files {
		content, err := data.ReadFile(path.Join("data", f.Name()))
		if err != nil {
			return nil, err
		}
		tag := strings.TrimSuffix(f.Name(), ".toml")
		if err := t.add(f.Name(), content, "texts", tag); err != nil {
			return nil, err
		}
	}
	if err := t.add(name, overrides); err != nil {
		return nil, err
	}
	return t, nil
}

// Languages returns the tags of the languages that have a text, in order.
func (t *Texts) Languages() []string {
	return slices.Sorted(maps.Keys(t.languages))
}

// Say returns the text of key in the first of languages that has it, and in English when none has. Languages are tags
// such as "pt-BR", which is also looked for as "pt". An empty result is a text that the operator silenced.
//
// vars are what the placeholders stand for; a value is put in as it is. A "kind" that is one of models.AttachmentKind
// becomes the language's word for it, and a missing name the language's word for a colleague. An "opens" of the form of
// RFC 3339 becomes a day of the week and a time of day, on the clock that it names.
func (t *Texts) Say(key Key, languages []string, vars map[string]string) string {
	for _, wanted := range append(slices.Clone(languages), fallback) {
		for tag := normal(wanted); tag != ""; tag = shorter(tag) {
			if l := t.languages[tag]; l != nil {
				if text, ok := l.texts[key]; ok {
					return text.fill(func(name string) string { return t.value(tag, name, vars[name]) })
				}
			}
		}
	}
	return ""
}

// value returns what stands for the placeholder name in the language tag.
func (t *Texts) value(tag, name, value string) string {
	switch name {
	case "kind":
		if value == "" {
			value = "file"
		}
		for _, l := range t.near(tag) {
			if word, ok := l.kinds[value]; ok {
				return word
			}
		}
	case "opens":
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return value
		}
		for _, l := range t.near(tag) {
			if word, ok := l.days[weekdays()[at.Weekday()]]; ok {
				return word + ", " + at.Format("15:04")
			}
		}
	case "agent":
		for _, l := range t.near(tag) {
			if value == "" {
				value = l.agent
			}
		}
	}
	return value
}

// near returns the language tag, the more general ones, and at last English.
func (t *Texts) near(tag string) []*language {
	var all []*language
	for ; tag != ""; tag = shorter(tag) {
		if l := t.languages[tag]; l != nil {
			all = append(all, l)
		}
	}
	return append(all, t.languages[fallback])
}

// shorter returns the tag without its last part, "" when it has only one.
func shorter(tag string) string {
	return tag[:max(0, strings.LastIndexByte(tag, '-'))]
}

// normal returns a tag in the form in which it is looked up: "pt_BR" as "pt-br".
func normal(tag string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
}
