package canned

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// bodyMax is a reply in UTF-16 units: what a form's text takes.
	// https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
	bodyMax = 3000
	// titleMax and idMax are an option's: https://docs.slack.dev/reference/block-kit/composition-objects/option-object
	titleMax = 70 // the language may stand behind it
	idMax    = 150
	// groupMax is replies in a folder, and folders: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
	groupMax = 100
)

var (
	nameForm     = regexp.MustCompile(`^[\p{L}\p{N}_-]{1,32}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}$`)
)

// File is a file of the folder.
type File struct {
	Path string // in the folder, with slashes: "orders/refund.md"
	Data []byte
}

// Load reads the files of a folder. Its error joins all that is wrong with them; each is "path:line: what".
func Load(files []File) (*Library, error) {
	l := &Library{}
	var errs []error
	groups := map[string]int{}
	for _, f := range files {
		r, faults := parse(f)
		errs = append(errs, faults...)
		if len(faults) > 0 {
			continue
		}
		twin := slices.IndexFunc(l.replies, func(o Reply) bool { return r.Name != "" && o.Name == r.Name && o.Language == r.Language })
		if twin >= 0 {
			errs = append(errs, fault(f.Path, 1, "has the name and the language of %s", l.replies[twin].ID))
			continue
		}
		if groups[r.Group]++; groups[r.Group] == groupMax+1 {
			errs = append(errs, fault(f.Path, 1, "is one of more than %d in its folder: put some into another", groupMax))
		}
		l.replies = append(l.replies, r)
	}
	if len(groups) > groupMax {
		errs = append(errs, fmt.Errorf("there are %d folders; a menu takes %d", len(groups), groupMax))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(l.replies, func(a, b Reply) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Title, b.Title), strings.Compare(a.ID, b.ID))
	})
	return l, nil
}

func fault(file string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...))
}

// fence stands before and behind what is said of a reply.
const fence = "---"

// parse reads one file.
func parse(f File) (r Reply, faults []error) {
	wrong := func(line int, format string, args ...any) {
		faults = append(faults, fault(f.Path, line, format, args...))
	}
	if !utf8.Valid(f.Data) {
		wrong(1, "is no text in UTF-8")
		return r, faults
	}
	text := strings.ReplaceAll(string(bytes.TrimPrefix(f.Data, []byte("\ufeff"))), "\r\n", "\n")
	lines := strings.Split(text, "\n")
	r = Reply{ID: f.Path, Group: path.Dir(f.Path)}
	if r.Group == "." {
		r.Group = ""
	}
	if len(r.ID) > idMax {
		wrong(1, "has a path of more than %d characters", idMax)
	}
	end := slices.Index(lines[min(1, len(lines)):], fence)
	if strings.TrimRight(lines[0], " ") != fence || end < 0 {
		wrong(1, "does not begin with a title between two lines of %s", fence)
		return r, faults
	}
	end++ // in lines
	seen := map[string]bool{}
	for i, line := range lines[1:end] {
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), unquote(strings.TrimSpace(value))
		switch at := i + 2; {
		case strings.TrimSpace(line) == "", strings.HasPrefix(strings.TrimSpace(line), "#"):
		case !ok:
			wrong(at, "is not a line such as title: Refund")
		case seen[key]:
			wrong(at, "%s stands there twice", key)
		default:
			seen[key] = true
			faults = append(faults, r.set(f.Path, at, key, value)...)
		}
	}
	if r.Title == "" && !seen["title"] {
		wrong(1, "has no title")
	}
	r.Body = strings.TrimSpace(strings.Join(lines[end+1:], "\n"))
	if r.Body == "" {
		wrong(end+1, "has no text")
	}
	if n := len(utf16.Encode([]rune(r.Body))); n > bodyMax {
		wrong(end+2, "has a text of %d characters; a form takes %d", n, bodyMax)
	}
	for i, line := range lines[end+1:] {
		for _, text := range unknown(line) {
			wrong(end+2+i, "%s", text)
		}
	}
	return r, faults
}

// set sets what a line above the text says.
func (r *Reply) set(file string, line int, key, value string) []error {
	switch key {
	case "title":
		if r.Title = value; value == "" || utf8.RuneCountInString(value) > titleMax {
			return []error{fault(file, line, "title is empty, or longer than %d characters", titleMax)}
		}
	case "name":
		if r.Name = strings.ToLower(strings.TrimPrefix(value, "!")); !nameForm.MatchString(r.Name) {
			return []error{fault(file, line, "name is not of letters, digits, _ and -, at most 32 of them")}
		}
	case "language":
		if r.Language = strings.ToLower(value); !languageForm.MatchString(r.Language) {
			return []error{fault(file, line, "language is not a code such as en or de")}
		}
	default:
		return []error{fault(file, line, "%q is not known; there are title, name and language", key)}
	}
	return nil
}

// unquote takes the quotes off a value that has them.
func unquote(s string) string {
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
