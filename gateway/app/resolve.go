package app

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"patchbay/models"
)

// resolver replaces env:NAME and file:PATH in every string and secret of a decoded config.
type resolver struct {
	l     *loader
	dir   string
	files []string
}

func (r *resolver) walk(v reflect.Value, path string) {
	if v.CanAddr() && v.CanInterface() {
		switch p := v.Addr().Interface().(type) {
		case *models.Secret:
			*p = models.NewSecret(r.resolve(p.Reveal(), path))
			return
		case *models.Duration:
			return
		}
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.resolve(v.String(), path))
	case reflect.Pointer:
		if !v.IsNil() {
			r.walk(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			r.walk(v.Field(i), join(path, keyOf(f)))
		}
	case reflect.Slice:
		for i := range v.Len() {
			r.walk(v.Index(i), path)
		}
	case reflect.Map:
		r.walkMap(v, path)
	default:
	}
}

// walkMap resolves a map's values, which are not addressable.
func (r *resolver) walkMap(v reflect.Value, path string) {
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		r.walk(value, join(path, key.String()))
		v.SetMapIndex(key, value)
	}
}

// keyOf returns the key of a field; that of an embedded struct is nothing.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	if key == "" && !f.Anonymous {
		key = strings.ToLower(f.Name)
	}
	return key
}

func join(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

func (r *resolver) resolve(s, path string) string {
	switch {
	case strings.HasPrefix(s, "env:"):
		name := strings.TrimPrefix(s, "env:")
		value, ok := os.LookupEnv(name)
		if !ok && !r.l.loose {
			r.l.fault(path, "the environment variable %s is not set", name)
		}
		return value
	case strings.HasPrefix(s, "file:"):
		name := within(r.dir, strings.TrimPrefix(s, "file:"))
		content, err := os.ReadFile(name) // #nosec G304 -- the operator's own file
		if err != nil {
			if !r.l.loose {
				r.l.fault(path, "%s", plain(err))
			}
			return ""
		}
		if abs, err := filepath.Abs(name); err == nil {
			name = abs
		}
		r.files = append(r.files, name)
		return strings.TrimRight(string(content), "\r\n")
	}
	return s
}

var sectionName = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

func (l *loader) checkName(path, name string) {
	if !sectionName.MatchString(name) {
		l.fault(path, "the name %s is not of a-z, 0-9, _ and -, at most 32 characters", strconv.Quote(name))
	}
}

// lineIndex returns the line of each key and table of a TOML document. What does not parse ends it: the decoder tells.
func lineIndex(content []byte) map[string]int {
	lines := map[string]int{}
	p := unstable.Parser{}
	p.Reset(content)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		path, line := "", 0
		for it := e.Key(); it.Next(); {
			if line == 0 {
				line = p.Shape(it.Node().Raw).Start.Line
			}
			path = join(path, string(it.Node().Data))
		}
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = path
			note(lines, table, line)
		case unstable.KeyValue:
			note(lines, join(table, path), line)
			if e.Value().Kind == unstable.InlineTable {
				inline(&p, lines, e.Value(), join(table, path))
			}
		default:
		}
	}
	return lines
}

// inline notes the keys of an inline table.
func inline(p *unstable.Parser, lines map[string]int, n *unstable.Node, table string) {
	for it := n.Children(); it.Next(); {
		child := it.Node()
		path, line := table, 0
		for k := child.Key(); k.Next(); {
			path = join(path, string(k.Node().Data))
			line = p.Shape(k.Node().Raw).Start.Line
		}
		note(lines, path, line)
	}
}

func note(lines map[string]int, path string, line int) {
	if lines[path] == 0 {
		lines[path] = line
	}
}
