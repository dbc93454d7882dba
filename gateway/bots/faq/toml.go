package faq

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"patchbay/models"
)

// parseTOML reads tables [[faq]] with questions, answer and buttons.
func parseTOML(name, text string) ([]Entry, error) {
	var file struct {
		FAQ []struct {
			Questions []string `toml:"questions"`
			Answer    string   `toml:"answer"`
			Buttons   []string `toml:"buttons"`
		} `toml:"faq"`
	}
	d := toml.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, placed(name, err)
	}
	lines := tables([]byte(text))
	entries := make([]Entry, 0, len(file.FAQ))
	for i, f := range file.FAQ {
		e := Entry{Questions: f.Questions, Answer: strings.TrimSpace(f.Answer), Line: 1}
		if i < len(lines) {
			e.Line = lines[i]
		}
		for _, title := range f.Buttons {
			if title = strings.TrimSpace(title); title != "" {
				e.Buttons = append(e.Buttons, models.Button{Title: title})
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// placed returns a decoder's error with its line.
func placed(name string, err error) error {
	if e, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var errs []error
		for _, missing := range e.Errors {
			line, _ := missing.Position()
			errs = append(errs, fmt.Errorf("%s:%d: %s: unknown key", name, line, strings.Join(missing.Key(), ".")))
		}
		return errors.Join(errs...)
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := e.Position()
		return fmt.Errorf("%s:%d: %w", name, line, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// tables returns the lines of the headers [[faq]].
func tables(data []byte) []int {
	var (
		p     unstable.Parser
		lines []int
	)
	p.Reset(data)
	for p.NextExpression() {
		if e := p.Expression(); e.Kind == unstable.ArrayTable {
			key := e.Key()
			key.Next()
			lines = append(lines, p.Shape(key.Node().Raw).Start.Line)
		}
	}
	return lines
}
