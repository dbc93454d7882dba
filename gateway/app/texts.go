package app

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"patchbay/handover/texts"
)

// readTexts loads the texts to customers with the operator's own.
func (l *loader) readTexts() {
	var own []byte
	name := l.conf.Handover.Texts
	if name != "" && !strings.HasPrefix(name, unresolved) {
		name = within(filepath.Dir(l.file), name)
		var err error
		if own, err = l.read(name); err != nil {
			l.fault("handover.texts", "%s: %s", name, reason(err))
		}
	}
	t, err := texts.Load(own, name)
	if err != nil {
		l.faults = append(l.faults, textFaults(name, err)...)
		return
	}
	l.conf.Texts = t
	l.checkLanguages()
}

// checkLanguages warns of languages that nothing is written in.
func (l *loader) checkLanguages() {
	known := l.conf.Texts.Languages()
	judge := func(path, language string) {
		tag := strings.ToLower(strings.ReplaceAll(language, "_", "-"))
		main, _, _ := strings.Cut(tag, "-")
		if language != "" && !slices.Contains(known, tag) && !slices.Contains(known, main) {
			l.warn(path, "there are no texts in %q, so customers read English; %s", language, "texts = \"FILE\" in [handover] can add them")
		}
	}
	judge("handover.language", l.conf.Handover.Language)
	for _, ch := range l.conf.Channels {
		judge(ch.path+".language", ch.Config.Shared().Language)
	}
}

// textFaults returns the faults of a texts file. Each of its errors is "name:line: key: what is wrong".
func textFaults(name string, err error) []Fault {
	var faults []Fault
	for _, one := range apart(err) {
		f := Fault{File: name, Text: one.Error()}
		if rest, ok := strings.CutPrefix(f.Text, name+":"); ok {
			number, rest, _ := strings.Cut(rest, ": ")
			if line, err := strconv.Atoi(number); err == nil {
				f.Line, f.Text = line, rest
			}
		} else if f.File == "" {
			f.File = "texts"
		}
		faults = append(faults, f)
	}
	return faults
}

// apart returns the errors that err joins.
func apart(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, apart(one)...)
	}
	return all
}
