package texts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tagForm is a language, perhaps with a script and a region: "de", "pt-br", "zh-hant-tw", "es-419".
var tagForm = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?$`)

// setting is one key of a file that is not a table.
type setting struct {
	path  []string
	line  int
	value string
	text  bool // the value is a string
}

// add puts a file's texts over those that are there. base is the table that the whole file stands in.
func (t *Texts) add(name string, content []byte, base ...string) error {
	settings, err := read(name, content)
	if err != nil {
		return err
	}
	written := map[string]string{} // a tag as it is looked up → as the file writes it
	var errs []error
	for _, s := range settings {
		if err := t.set(append(slices.Clone(base), s.path...), s, written); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %s: %w", name, s.line, strings.Join(s.path, "."), err))
		}
	}
	return errors.Join(errs...)
}

// set puts one setting of a file into its language.
func (t *Texts) set(path []string, s setting, written map[string]string) error {
	if len(path) < 3 || path[0] != "texts" {
		return errors.New("unknown key; the texts of a language stand in a table [texts.<language>]")
	}
	tag := normal(path[1])
	if !tagForm.MatchString(tag) {
		return fmt.Errorf("%q is no language tag such as \"de\" or \"pt-BR\"", path[1])
	}
	if first, ok := written[tag]; ok && first != path[1] {
		return fmt.Errorf("the language stands in this file already, as %q", first)
	}
	written[tag] = path[1]
	l := t.languages[tag]
	if l == nil {
		l = &language{texts: map[Key]template{}, kinds: map[string]string{}, days: map[string]string{}}
		t.languages[tag] = l
	}
	if path[2] == "kinds" && len(path) == 4 {
		return l.setKind(path[3], s)
	}
	if path[2] == "weekdays" && len(path) == 4 {
		return l.setDay(path[3], s)
	}
	return l.setText(strings.Join(path[2:], "."), s)
}

func (l *language) setKind(kind string, s setting) error {
	if !slices.Contains(kinds(), kind) {
		return fmt.Errorf("unknown kind; the kinds are %s", strings.Join(kinds(), ", "))
	}
	if !s.text || s.value == "" {
		return errors.New("must be a word in quotes")
	}
	l.kinds[kind] = s.value
	return nil
}

func (l *language) setDay(day string, s setting) error {
	if !slices.Contains(weekdays(), day) {
		return fmt.Errorf("unknown day; the days are %s", strings.Join(weekdays(), ", "))
	}
	if !s.text || s.value == "" {
		return errors.New("must be a word in quotes")
	}
	l.days[day] = s.value
	return nil
}

func (l *language) setText(name string, s setting) error {
	key := Key(name)
	if name != "agent" && !slices.Contains(Keys(), key) {
		return errors.New("unknown key")
	}
	if !s.text {
		return errors.New("must be a text in quotes")
	}
	if name == "agent" {
		if s.value == "" {
			return errors.New("must be a word: it stands for an agent whose name is not known")
		}
		l.agent = s.value
		return nil
	}
	text, err := cut(s.value, key.Placeholders())
	if err != nil {
		return err
	}
	l.texts[key] = text
	return nil
}

// read returns the keys of a TOML file in their order. The decoder judges the file, its parser tells the lines.
func read(name string, content []byte) ([]setting, error) {
	if err := toml.Unmarshal(content, new(map[string]any)); err != nil {
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, _ := e.Position()
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var (
		p     unstable.Parser
		all   []setting
		table []string
	)
	p.Reset(content)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind == unstable.KeyValue {
			all = leaves(&p, e, table, all)
			continue
		}
		path, line := keyOf(&p, e)
		if e.Kind == unstable.ArrayTable {
			return nil, fmt.Errorf("%s:%d: %s: must be a table in single brackets", name, line, strings.Join(path, "."))
		}
		table = path
	}
	return all, p.Error()
}

// leaves appends what the key-value e sets, which is more than one key when its value is an inline table.
func leaves(p *unstable.Parser, e *unstable.Node, table []string, all []setting) []setting {
	path, line := keyOf(p, e)
	path = append(slices.Clone(table), path...)
	value := e.Value()
	if value.Kind != unstable.InlineTable {
		return append(all, setting{path: path, line: line, value: string(value.Data), text: value.Kind == unstable.String})
	}
	for children := value.Children(); children.Next(); {
		if child := children.Node(); child.Kind == unstable.KeyValue {
			all = leaves(p, child, path, all)
		}
	}
	return all
}

// keyOf returns the parts of the key of e and the line it starts on.
func keyOf(p *unstable.Parser, e *unstable.Node) (path []string, line int) {
	for parts := e.Key(); parts.Next(); {
		part := parts.Node()
		if line == 0 {
			line = p.Shape(part.Raw).Start.Line
		}
		path = append(path, string(part.Data))
	}
	return path, line
}
