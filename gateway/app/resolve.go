package app

import (
	"os"
	"path/filepath"
	"strings"
)

// unresolved begins what stands for a reference that cannot be resolved, so that what is judged behind it does not find
// something missing. It ends with the key's path: no two are the same.
const unresolved = "unresolved:"

// resolve returns what an env:NAME or file:PATH stands for, and other texts as they are. It reports false for one that
// stands for nothing, which is a fault.
func (l *loader) resolve(text, path string) (string, bool) {
	var value string
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		if value, ok = os.LookupEnv(name); !ok {
			l.missing(path, "the environment variable "+name+" is not set")
			return "", false
		}
	} else if name, ok := strings.CutPrefix(text, "file:"); ok {
		name = within(filepath.Dir(l.file), name)
		content, err := l.read(name)
		if err != nil {
			l.missing(path, name+": "+reason(err))
			return "", false
		}
		value = string(content)
	} else {
		return text, true
	}
	// What writes secrets into files and variables often leaves a line end behind them.
	return strings.TrimRight(value, "\r\n"), true
}

// missing tells of a reference that stands for nothing yet.
func (l *loader) missing(path, text string) {
	if !l.loose {
		l.fault(path, "%s", text)
	}
}
