package app

import (
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/models"
)

// defaults fills in what a config that says nothing means.
func (c *Config) defaults() {
	c.Server = Server{Listen: "127.0.0.1:8080", Admin: "127.0.0.1:9090"}
	c.Store = Store{URL: models.NewSecret("sqlite://patchbay.db"), Keep: models.Duration{Duration: 90 * 24 * time.Hour}}
	c.Handover = Handover{
		BreakAfter: 1, Breaker: 5, MinConfidence: 0.4, DetectBreaks: true, Language: "en",
		Reopen: models.Duration{Duration: 24 * time.Hour}, GiveUp: models.Duration{Duration: 10 * time.Minute},
	}
}

// sections decodes each section into the struct that its kind in the Kit has for it.
func (l *loader) sections(tree map[string]any) {
	l.conf.defaults()
	known := []string{"server", "store", "bot", "bots", "handover", "desks", "channels"}
	for _, k := range l.kit.Desks {
		known = append(known, k.Kind)
	}
	l.unknown("", tree, known)
	for key, section := range map[string]any{"server": &l.conf.Server, "store": &l.conf.Store, "handover": &l.conf.Handover} {
		if table, ok := l.table(tree, key, "["+key+"]"); ok {
			l.decode(reflect.ValueOf(section).Elem(), table, key)
		}
	}
	if strings.HasPrefix(l.conf.Server.PublicURL, unresolved) {
		l.conf.Server.PublicURL = ""
	}
	if table, ok := l.table(tree, "bot", "[bot]"); ok {
		l.bot("", "bot", table)
	}
	l.named(tree, "bots", "[bots.<name>]", func(name, path string, table map[string]any) { l.bot(name, path, table) })
	for _, k := range l.kit.Desks {
		if table, ok := l.table(tree, k.Kind, "["+k.Kind+"]"); ok {
			l.desk(k, k.Kind, k.Kind, table)
		}
	}
	l.named(tree, "desks", "[desks.<name>]", l.furtherDesk)
	if kinds, ok := l.table(tree, "channels", "[channels.<kind>.<name>]"); ok {
		l.channels(kinds)
	}
}

// table returns the section at a key. What is no table is a fault; form is how the section is written.
func (l *loader) table(tree map[string]any, key, form string) (map[string]any, bool) {
	raw, ok := tree[key]
	if !ok {
		return nil, false
	}
	table, ok := raw.(map[string]any)
	if !ok {
		l.fault(key, "must be a section %s, not %s", form, wordOf(raw))
	}
	return table, ok
}

var sectionName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

// named calls do for each section below a key.
func (l *loader) named(tree map[string]any, key, form string, do func(name, path string, table map[string]any)) {
	all, _ := l.table(tree, key, form)
	l.each(all, key, form, do)
}

func (l *loader) each(all map[string]any, path, form string, do func(name, path string, table map[string]any)) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		path := join(path, bare(name))
		table, ok := all[name].(map[string]any)
		if !ok {
			l.fault(path, "must be in a section %s", form)
			continue
		}
		if !sectionName.MatchString(name) {
			l.fault(path, "the name %s is not of a-z, 0-9, _ and -, at most 32 characters", strconv.Quote(name))
		}
		do(name, path, table)
	}
}

// bot decodes a bot's section by its kind.
func (l *loader) bot(name, path string, table map[string]any) {
	kinds := kindsOf(l.kit.Bots, func(k BotKind) string { return k.Kind })
	kind, ok := l.kindOf(path, table, kinds)
	i := slices.Index(kinds, kind)
	switch {
	case !ok:
	case kind == "":
		l.fault(path+".kind", "missing; the kinds are %s", strings.Join(kinds, ", "))
	case i < 0:
		l.fault(path+".kind", "unknown kind of bot; the kinds are %s", strings.Join(kinds, ", "))
	default:
		k := l.kit.Bots[i]
		section := reflect.New(k.typ)
		l.decode(section.Elem(), table, path)
		conf := section.Interface().(bots.Config)
		if f, ok := conf.(bots.FileConfig); ok {
			f.Within(filepath.Dir(l.file))
			for _, name := range f.Files() {
				l.files.note(name)
			}
		}
		l.conf.Bots = append(l.conf.Bots, BotSection{Name: name, Config: conf, kind: k, path: path})
		return
	}
	// The section is there, so nobody is told that it is missing.
	l.conf.Bots = append(l.conf.Bots, BotSection{Name: name, path: path})
}

// kindOf returns what a section says that it is, "" if it does not say. It reports false for what is no text.
func (l *loader) kindOf(path string, table map[string]any, kinds []string) (string, bool) {
	raw, said := table["kind"]
	kind, ok := raw.(string)
	if said && !ok {
		l.fault(path+".kind", "must be one of %s, in quotes", strings.Join(kinds, ", "))
	}
	return kind, ok || !said
}

func kindsOf[K any](all []K, kind func(K) string) []string {
	kinds := make([]string, len(all))
	for i, k := range all {
		kinds[i] = kind(k)
	}
	return kinds
}

// furtherDesk decodes a [desks.<name>]: the keys of its kind, and kind itself, which is the first of the Kit if it is
// not said.
func (l *loader) furtherDesk(name, path string, table map[string]any) {
	kinds := kindsOf(l.kit.Desks, func(k DeskKind) string { return k.Kind })
	if slices.Contains(kinds, name) {
		l.fault(path, "the name %s is that of the desk [%s]", name, name)
	}
	kind, ok := l.kindOf(path, table, kinds)
	i := slices.Index(kinds, kind)
	switch {
	case !ok:
	case i < 0 && kind != "":
		l.fault(path+".kind", "unknown kind of desk; the kinds are %s", strings.Join(kinds, ", "))
	case len(kinds) == 0:
		l.fault(path, "this program has no desks")
	default:
		own := maps.Clone(table)
		delete(own, "kind")
		l.desk(l.kit.Desks[max(i, 0)], name, path, own)
		return
	}
	l.conf.Desks = append(l.conf.Desks, DeskSection{Name: name, path: path})
}

func (l *loader) desk(k DeskKind, name, path string, table map[string]any) {
	section := reflect.New(k.typ)
	l.decode(section.Elem(), table, path)
	l.conf.Desks = append(l.conf.Desks, DeskSection{Name: name, Config: section.Elem().Interface(), kind: k, path: path})
}

// channels decodes [channels.<kind>.<name>].
func (l *loader) channels(tables map[string]any) {
	const form = "[channels.<kind>.<name>]"
	kinds := kindsOf(l.kit.Channels, func(k ChannelKind) string { return k.Kind })
	for _, kind := range slices.Sorted(maps.Keys(tables)) {
		path := join("channels", bare(kind))
		i := slices.Index(kinds, kind)
		if i < 0 {
			text := "unknown kind of channel; the kinds are " + strings.Join(kinds, ", ")
			if meant := nearest(kind, kinds); meant != "" {
				text = "unknown kind of channel; did you mean " + meant + "?"
			}
			l.fault(path, "%s", text)
			continue
		}
		sections, ok := tables[kind].(map[string]any)
		if !ok {
			l.fault(path, "must be a section %s, not %s", strings.Replace(form, "<kind>", kind, 1), wordOf(tables[kind]))
			continue
		}
		l.each(sections, path, strings.Replace(form, "<kind>", kind, 1), func(name, path string, table map[string]any) {
			k := l.kit.Channels[i]
			section := reflect.New(k.typ)
			l.decode(section.Elem(), table, path)
			l.conf.Channels = append(l.conf.Channels, ChannelSection{
				Kind: kind, Name: name, Config: section.Interface().(channels.Config), kind: k, path: path,
			})
		})
	}
}
