package app

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// lines tells where the keys and tables of a TOML document stand.
type lines struct {
	first map[string]int // by path
	paths map[int]string // the last path that begins on a line
	lists map[string]int // how many elements each list of tables has so far, by path
}

// linesOf finds the keys of a document. What does not parse ends it: the decoder tells.
func linesOf(content []byte) lines {
	l := lines{first: map[string]int{}, paths: map[int]string{}, lists: map[string]int{}}
	p := unstable.Parser{}
	p.Reset(content)
	table := ""
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			path, line := l.tableOf(&p, e)
			table = path
			l.note(path, line)
		case unstable.KeyValue:
			l.value(&p, e, table)
		default:
		}
	}
	if p.Error() != nil {
		l.unfinished(content, table)
	}
	return l
}

// unfinished notes the keys on the lines that the parser did not come to, as far as they look like keys: the first of
// them is most often the one with the fault.
func (l lines) unfinished(content []byte, table string) {
	last := 0
	for line := range l.paths {
		last = max(last, line)
	}
	n := 0
	for text := range bytes.Lines(content) {
		key, _, ok := strings.Cut(string(text), "=")
		if n++; n > last && ok && plainKey.MatchString(key) {
			l.note(join(table, strings.TrimSpace(key)), n)
			return
		}
	}
}

var plainKey = regexp.MustCompile(`^\s*[A-Za-z0-9_-]{1,64}\s*$`)

// tableOf returns the path of a table's head and its line. A key that names a list of tables means its last element;
// [[x]] begins a new one.
func (l lines) tableOf(p *unstable.Parser, e *unstable.Node) (path string, line int) {
	for parts := e.Key(); parts.Next(); {
		part := parts.Node()
		if line == 0 {
			line = p.Shape(part.Raw).Start.Line
		}
		path = join(path, bare(string(part.Data)))
		if parts.IsLast() && e.Kind == unstable.ArrayTable {
			l.note(path, line)
			l.lists[path]++
		}
		if n := l.lists[path]; n > 0 {
			path = element(path, n-1)
		}
	}
	return path, line
}

// value notes a key, and what is inside its value.
func (l lines) value(p *unstable.Parser, e *unstable.Node, table string) {
	path, line := keyOf(p, e, table)
	l.note(path, line)
	l.inside(p, e.Value(), path)
}

// inside notes what is inside a value.
func (l lines) inside(p *unstable.Parser, v *unstable.Node, path string) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				l.value(p, it.Node(), path)
			}
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); n++ {
			if raw := it.Node().Raw; raw.Length > 0 {
				l.note(element(path, n), p.Shape(raw).Start.Line)
			}
			l.inside(p, it.Node(), element(path, n))
		}
	default:
	}
}

// note remembers a path, and the tables around it if nothing has named them yet.
func (l lines) note(path string, line int) {
	l.paths[line] = path
	for path != "" && l.first[path] == 0 {
		l.first[path] = line
		path = around(path)
	}
}

// around returns the path of the table or list that a key stands in.
func around(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// of returns where a key stands, else the nearest table around it; 0 if that is the document.
func (l lines) of(path string) int {
	for path != "" {
		if n := l.first[path]; n > 0 {
			return n
		}
		path = around(path)
	}
	return 0
}

// at returns the path that begins on a line, "" if none does.
func (l lines) at(line int) string { return l.paths[line] }

// explain returns what the parser has against a line. Its own words may repeat a value, or name half the path.
func (l lines) explain(path string, line int, e *toml.DecodeError) string {
	text := strings.TrimPrefix(e.Error(), "toml: ")
	switch first := l.first[path]; {
	case len(e.Key()) > 0 && first > 0 && first < line:
		return fmt.Sprintf("stands at line %d already", first)
	case strings.Contains(text, "strconv."):
		return "number is out of range"
	}
	return text
}

// keyOf returns the path of e, whose key stands in table, and its line.
func keyOf(p *unstable.Parser, e *unstable.Node, table string) (path string, line int) {
	path = table
	for parts := e.Key(); parts.Next(); {
		part := parts.Node()
		if line == 0 {
			line = p.Shape(part.Raw).Start.Line
		}
		path = join(path, bare(string(part.Data)))
	}
	return path, line
}

// join returns the path of a key in a table.
func join(table, key string) string {
	if table == "" || key == "" {
		return table + key
	}
	return table + "." + key
}

// element returns the path of an element of a list.
func element(list string, n int) string { return list + "[" + strconv.Itoa(n) + "]" }

// bare returns a key as it stands in a path: in quotes if TOML wants them.
func bare(key string) string {
	for _, r := range key {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' {
			return strconv.Quote(key)
		}
	}
	if key == "" {
		return `""`
	}
	return key
}
