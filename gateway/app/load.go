package app

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"patchbay/channels"
	"patchbay/gateway/bots"
	"patchbay/handover/texts"
	"patchbay/models"
)

// Fault is one thing wrong in a config. Path is its key, Line where it stands; 0 when it stands nowhere.
type Fault struct {
	File string
	Line int
	Path string
	Text string
}

// Error returns the fault as one line: "config.toml:12: channels.telegram.support.token: missing".
func (f Fault) Error() string {
	s := f.File
	if f.Line > 0 {
		s += fmt.Sprintf(":%d", f.Line)
	}
	if f.Path != "" {
		s += ": " + f.Path
	}
	return s + ": " + f.Text
}

// Faults returns the faults that err is made of, nil if it is no error of Load.
func Faults(err error) []Fault {
	if e, ok := errors.AsType[*faultsError](err); ok {
		return e.faults
	}
	return nil
}

// faultsError is all that is wrong in a config.
type faultsError struct{ faults []Fault }

func (e *faultsError) Error() string {
	lines := make([]string, len(e.faults))
	for i, f := range e.faults {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Load reads, decodes and checks a config file. Its error has every fault, not only the first.
func Load(file string, kit Kit) (*Config, error) {
	content, err := os.ReadFile(file) // #nosec G304 -- the operator's own file
	if err != nil {
		return nil, &faultsError{[]Fault{{File: file, Text: plain(err)}}}
	}
	return Parse(file, content, kit)
}

// Parse is Load for a content that is read already. Relative paths in it are relative to the file's folder.
func Parse(file string, content []byte, kit Kit) (*Config, error) {
	l := &loader{file: file, kit: kit, lines: lineIndex(content)}
	l.load(content)
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, func(a, b Fault) int { return a.Line - b.Line })
		return nil, &faultsError{l.faults}
	}
	return l.conf, nil
}

// loader is one call of Load.
type loader struct {
	file   string
	kit    Kit
	lines  map[string]int
	loose  bool // decode only: what is missing yet is no fault
	conf   *Config
	faults []Fault
}

func (l *loader) fault(path, format string, args ...any) {
	l.faults = append(l.faults, Fault{File: l.file, Line: l.line(path), Path: path, Text: fmt.Sprintf(format, args...)})
}

func (l *loader) warn(path, format string, args ...any) {
	l.conf.Warnings = append(l.conf.Warnings, Fault{File: l.file, Line: l.line(path), Path: path, Text: fmt.Sprintf(format, args...)})
}

// line returns where a key stands, else the nearest table around it.
func (l *loader) line(path string) int {
	for path != "" {
		if n := l.lines[path]; n > 0 {
			return n
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return 0
}

func (l *loader) load(content []byte) {
	shape := l.shape(content)
	if len(l.faults) > 0 {
		return
	}
	root := reflect.New(shape.typ())
	shape.defaults(root.Elem())
	d := toml.NewDecoder(bytes.NewReader(content)).DisallowUnknownFields()
	if err := d.Decode(root.Interface()); err != nil {
		l.decodeFaults(err)
		return
	}
	r := &resolver{l: l, dir: filepath.Dir(l.file)}
	r.walk(root.Elem(), "")
	l.conf = shape.config(root.Elem(), l)
	l.conf.File, l.conf.files = l.file, r.files
	if len(l.faults) > 0 || l.loose {
		return
	}
	l.check()
	l.readTexts()
}

// decodeFaults turns the decoder's errors into faults with a key and a line.
func (l *loader) decodeFaults(err error) {
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		for i := range missing.Errors {
			e := &missing.Errors[i]
			row, _ := e.Position()
			path := strings.Join(e.Key(), ".")
			l.faults = append(l.faults, Fault{File: l.file, Line: row, Path: path, Text: l.unknown(e.Key())})
		}
		return
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, _ := e.Position()
		l.faults = append(l.faults, Fault{File: l.file, Line: row, Path: strings.Join(e.Key(), "."), Text: strings.TrimPrefix(e.Error(), "toml: ")})
		return
	}
	l.faults = append(l.faults, Fault{File: l.file, Text: strings.TrimPrefix(err.Error(), "toml: ")})
}

// unknown says what is wrong with a key that nothing takes.
func (l *loader) unknown(key []string) string {
	if len(key) >= 2 && key[0] == "channels" && !slices.ContainsFunc(l.kit.Channels, func(k ChannelKind) bool { return k.Kind == key[1] }) {
		kinds := []string{}
		for _, k := range l.kit.Channels {
			kinds = append(kinds, k.Kind)
		}
		return "unknown kind of channel; the kinds are " + strings.Join(kinds, ", ")
	}
	return "unknown key"
}

// readTexts loads the texts to customers with the config's own.
func (l *loader) readTexts() {
	var own []byte
	name := l.conf.Handover.Texts
	if name != "" {
		path := within(filepath.Dir(l.file), name)
		content, err := os.ReadFile(path) // #nosec G304 -- the operator's own file
		if err != nil {
			l.fault("handover.texts", "%s", plain(err))
			return
		}
		own = content
		l.conf.files = append(l.conf.files, path)
	}
	t, err := texts.Load(own, name)
	if err != nil {
		l.fault("handover.texts", "%s", err.Error())
		return
	}
	l.conf.Texts = t
}

// within returns path, relative paths taken from dir.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// plain returns a file error without the name of the system call.
func plain(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Path + ": " + e.Err.Error()
	}
	return err.Error()
}

// shape is the type that a config decodes into: a field a kind, a field a named bot or desk.
type shape struct {
	kit   Kit
	bots  map[string]BotKind  // by name; "" is [bot]
	desks map[string]DeskKind // by name; the default desks under their kind
}

// shape reads which kinds the config's bots and desks are.
func (l *loader) shape(content []byte) shape {
	var loose struct {
		Bot   map[string]any            `toml:"bot"`
		Bots  map[string]map[string]any `toml:"bots"`
		Desks map[string]map[string]any `toml:"desks"`
	}
	if err := toml.Unmarshal(content, &loose); err != nil {
		l.decodeFaults(err)
		return shape{}
	}
	s := shape{kit: l.kit, bots: map[string]BotKind{}, desks: map[string]DeskKind{}}
	if loose.Bot != nil {
		s.bots[""] = l.botKind("bot", loose.Bot)
	}
	for name, section := range loose.Bots {
		l.checkName("bots."+name, name)
		s.bots[name] = l.botKind("bots."+name, section)
	}
	for name, section := range loose.Desks {
		l.checkName("desks."+name, name)
		s.desks[name] = l.deskKind("desks."+name, section)
	}
	return s
}

func (l *loader) botKind(path string, section map[string]any) BotKind {
	kind, _ := section["kind"].(string)
	var known []string
	for _, k := range l.kit.Bots {
		if k.Kind == kind {
			return k
		}
		known = append(known, k.Kind)
	}
	if kind == "" {
		l.fault(path+".kind", "missing; the kinds are %s", strings.Join(known, ", "))
	} else {
		l.fault(path+".kind", "unknown kind of bot; the kinds are %s", strings.Join(known, ", "))
	}
	return BotKind{}
}

func (l *loader) deskKind(path string, section map[string]any) DeskKind {
	kind, named := section["kind"].(string)
	for _, k := range l.kit.Desks {
		if k.Kind == kind || !named {
			return k
		}
	}
	l.fault(path+".kind", "unknown kind of desk")
	return DeskKind{}
}

// typ makes the type by reflection.
func (s shape) typ() reflect.Type {
	fields := []reflect.StructField{
		field("Server", "server", reflect.TypeFor[Server]()),
		field("Store", "store", reflect.TypeFor[Store]()),
		field("Handover", "handover", reflect.TypeFor[Handover]()),
	}
	if k, ok := s.bots[""]; ok {
		fields = append(fields, field("Bot", "bot", k.typ))
	}
	var named []reflect.StructField
	for i, name := range s.names() {
		named = append(named, field(fmt.Sprintf("B%d", i), name, s.bots[name].typ))
	}
	fields = append(fields, field("Bots", "bots", reflect.StructOf(named)))
	for i, k := range s.kit.Desks {
		fields = append(fields, field(fmt.Sprintf("Desk%d", i), k.Kind, reflect.PointerTo(k.typ)))
	}
	var desks []reflect.StructField
	for i, name := range slices.Sorted(maps.Keys(s.desks)) {
		desks = append(desks, field(fmt.Sprintf("D%d", i), name, furtherDesk(s.desks[name].typ)))
	}
	fields = append(fields, field("Desks", "desks", reflect.StructOf(desks)))
	var kinds []reflect.StructField
	for i, k := range s.kit.Channels {
		kinds = append(kinds, field(fmt.Sprintf("K%d", i), k.Kind, reflect.MapOf(reflect.TypeFor[string](), reflect.PointerTo(k.typ))))
	}
	return reflect.StructOf(append(fields, field("Channels", "channels", reflect.StructOf(kinds))))
}

// furtherDesk is the type of a [desks.<name>]: the desk's own keys and kind.
func furtherDesk(typ reflect.Type) reflect.Type {
	fields := []reflect.StructField{field("Kind", "kind", reflect.TypeFor[string]())}
	for i := range typ.NumField() {
		f := typ.Field(i)
		fields = append(fields, reflect.StructField{Name: f.Name, Type: f.Type, Tag: f.Tag})
	}
	return reflect.StructOf(fields)
}

func (s shape) names() []string {
	var names []string
	for name := range s.bots {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func field(name, key string, typ reflect.Type) reflect.StructField {
	return reflect.StructField{Name: name, Type: typ, Tag: reflect.StructTag(`toml:"` + key + `"`)}
}

// defaults fills in what a config that says nothing means.
func (s shape) defaults(root reflect.Value) {
	*root.FieldByName("Server").Addr().Interface().(*Server) = Server{Listen: "127.0.0.1:8080", Admin: "127.0.0.1:9090"}
	*root.FieldByName("Store").Addr().Interface().(*Store) = Store{
		URL: models.NewSecret("sqlite://patchbay.db"), Keep: models.Duration{Duration: 90 * 24 * time.Hour},
	}
	*root.FieldByName("Handover").Addr().Interface().(*Handover) = Handover{
		BreakAfter: 1, MinConfidence: 0.4, DetectBreaks: true, Language: "en",
		Reopen: models.Duration{Duration: 24 * time.Hour}, GiveUp: models.Duration{Duration: 10 * time.Minute},
	}
}

// config takes the sections out of the decoded value.
func (s shape) config(root reflect.Value, l *loader) *Config {
	c := &Config{
		Server:   root.FieldByName("Server").Interface().(Server),
		Store:    root.FieldByName("Store").Interface().(Store),
		Handover: root.FieldByName("Handover").Interface().(Handover),
	}
	if k, ok := s.bots[""]; ok {
		c.Bots = append(c.Bots, BotSection{Config: root.FieldByName("Bot").Addr().Interface().(bots.Config), kind: k, path: "bot"})
	}
	for i, name := range s.names() {
		v := root.FieldByName("Bots").Field(i).Addr().Interface().(bots.Config)
		c.Bots = append(c.Bots, BotSection{Name: name, Config: v, kind: s.bots[name], path: "bots." + name})
	}
	for i, k := range s.kit.Desks {
		if v := root.FieldByName(fmt.Sprintf("Desk%d", i)); !v.IsNil() {
			c.Desks = append(c.Desks, DeskSection{Name: k.Kind, Config: v.Elem().Interface(), kind: k, path: k.Kind})
		}
	}
	for i, name := range slices.Sorted(maps.Keys(s.desks)) {
		from := root.FieldByName("Desks").Field(i)
		to := reflect.New(s.desks[name].typ)
		for f := range to.Elem().NumField() {
			to.Elem().Field(f).Set(from.Field(f + 1)) // the first is kind
		}
		c.Desks = append(c.Desks, DeskSection{Name: name, Config: to.Elem().Interface(), kind: s.desks[name], path: "desks." + name})
	}
	for i, k := range s.kit.Channels {
		sections := root.FieldByName("Channels").Field(i)
		for _, key := range sections.MapKeys() {
			name := key.String()
			l.checkName("channels."+k.Kind+"."+name, name)
			c.Channels = append(c.Channels, ChannelSection{
				Kind: k.Kind, Name: name, Config: sections.MapIndex(key).Interface().(channels.Config), kind: k,
			})
		}
	}
	slices.SortFunc(c.Channels, func(a, b ChannelSection) int { return strings.Compare(a.Full(), b.Full()) })
	return c
}
