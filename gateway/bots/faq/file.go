package faq

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"patchbay/models"
)

// fileLimit is how many bytes a file may have: far more than anybody writes by hand.
const fileLimit = 4 << 20

// Entry is an answer with the questions that it answers.
type Entry struct {
	Questions []string
	Answer    string // plain text
	Buttons   []models.Button
	Line      int // where its first question stands
}

// read returns the entries of the file at path.
func read(path string) ([]Entry, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a folder", path)
	case info.Size() > fileLimit:
		return nil, fmt.Errorf("%s: is over %d MiB", path, fileLimit>>20)
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator's config names the file
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads the entries of a file. The ending of name says what it is: .toml, .md or .markdown. Errors start with
// "name:line:".
func Parse(name string, data []byte) ([]Entry, error) {
	if len(data) > fileLimit {
		return nil, fmt.Errorf("%s: is over %d MiB", name, fileLimit>>20)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s: is not UTF-8", name)
	}
	text := strings.TrimPrefix(string(data), "\uFEFF")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
	var (
		entries []Entry
		err     error
	)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".toml":
		entries, err = parseTOML(name, text)
	case ".md", ".markdown":
		entries, err = parseMarkdown(name, text)
	default:
		return nil, fmt.Errorf("%s: must end in .toml or .md", name)
	}
	if err != nil {
		return nil, err
	}
	return entries, judge(name, entries)
}

// judge returns what is wrong with the entries as a whole.
func judge(name string, entries []Entry) error {
	if len(entries) == 0 {
		return fmt.Errorf("%s: has no questions", name)
	}
	var errs []error
	first := map[string]int{}
	for _, e := range entries {
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", name, e.Line, fmt.Sprintf(format, args...)))
		}
		if len(e.Questions) == 0 {
			fail("an answer without a question")
		}
		for _, q := range e.Questions {
			words := same(q)
			line, again := first[words]
			switch {
			case words == "":
				fail("a question without a word")
			case again && line != e.Line:
				fail("the question %q stands at line %d already", q, line)
			default:
				first[words] = e.Line
			}
		}
		if strings.TrimSpace(e.Answer) == "" {
			fail("a question without an answer")
		}
	}
	return errors.Join(errs...)
}
