package app

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"patchbay/models"
)

// decode fills v, whose type a kind's author chose, from a value of the document. It is strict, goes on after a fault,
// and resolves env: and file: references in every text. TOML's own dates and times fit only their own types.
func (l *loader) decode(v reflect.Value, raw any, path string) {
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if text, isText := raw.(string); isText {
			if text, ok = l.resolve(text, path); ok {
				l.unmarshal(u, text, path, wantOf(v))
				return
			}
			if err := u.UnmarshalText([]byte(unresolved + path)); err != nil {
				v.SetZero()
			}
			return
		}
		if v.Kind() != reflect.Slice && v.Type() != reflect.TypeOf(raw) {
			l.mismatch(path, wantOf(v), raw)
			return
		}
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		l.decode(v.Elem(), raw, path)
		return
	}
	if !l.store(v, raw, path) {
		l.mismatch(path, wantOf(v), raw)
	}
}

// unmarshal has a type read its own text. An error of somebody else's type that repeats the text, which may be a secret, is
// not told.
func (l *loader) unmarshal(u encoding.TextUnmarshaler, text, path, want string) {
	err := u.UnmarshalText([]byte(text))
	if err == nil {
		return
	}
	if _, ours := u.(*models.Duration); !ours && strings.Contains(err.Error(), text) {
		l.fault(path, "must be %s", want)
		return
	}
	l.fault(path, "%v", err)
}

// store fills v. It reports false if the value's type does not fit.
func (l *loader) store(v reflect.Value, raw any, path string) bool {
	switch value := raw.(type) {
	case string:
		return l.storeText(v, value, path)
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(value)
			return true
		}
	case int64:
		if storeInt(v, value) {
			return true
		}
	case float64:
		if v.CanFloat() {
			v.SetFloat(value)
			return !math.IsNaN(value) && !math.IsInf(value, 0)
		}
	case []any:
		switch v.Kind() {
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), len(value), len(value)))
			for i, one := range value {
				l.decode(v.Index(i), one, element(path, i))
			}
			return true
		case reflect.Interface:
			return l.storeAny(v, reflect.TypeFor[[]any](), raw, path)
		default:
		}
	case map[string]any:
		switch v.Kind() {
		case reflect.Struct:
			l.storeStruct(v, value, path)
			return true
		case reflect.Map:
			return l.storeMap(v, value, path)
		case reflect.Interface:
			return l.storeAny(v, reflect.TypeFor[map[string]any](), raw, path)
		default:
		}
	}
	if reflect.TypeOf(raw).AssignableTo(v.Type()) {
		v.Set(reflect.ValueOf(raw))
		return true
	}
	return false
}

// storeAny fills a field that takes anything with a list or table of its own.
func (l *loader) storeAny(v reflect.Value, typ reflect.Type, raw any, path string) bool {
	own := reflect.New(typ).Elem()
	if !typ.AssignableTo(v.Type()) || !l.store(own, raw, path) {
		return false
	}
	v.Set(own)
	return true
}

func (l *loader) storeText(v reflect.Value, text, path string) bool {
	if v.Kind() != reflect.String && (v.Kind() != reflect.Interface || v.NumMethod() > 0) {
		return false
	}
	text, ok := l.resolve(text, path)
	if !ok {
		text = unresolved + path
	}
	if v.Kind() == reflect.String {
		v.SetString(text)
	} else {
		v.Set(reflect.ValueOf(text))
	}
	return true
}

func storeInt(v reflect.Value, n int64) bool {
	switch {
	case v.CanInt() && !v.OverflowInt(n):
		v.SetInt(n)
	case v.CanUint() && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
	case v.CanFloat():
		v.SetFloat(float64(n))
	default:
		return false
	}
	return true
}

func (l *loader) storeStruct(v reflect.Value, table map[string]any, path string) {
	fields := map[string]reflect.Value{}
	fieldsOf(v, fields)
	known := slices.Sorted(maps.Keys(fields))
	l.unknown(path, table, known)
	for _, key := range known {
		if raw, ok := table[key]; ok {
			l.decode(fields[key], raw, join(path, key))
		}
	}
}

func (l *loader) storeMap(v reflect.Value, table map[string]any, path string) bool {
	if v.Type().Key().Kind() != reflect.String {
		return false
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(table)))
	for _, key := range slices.Sorted(maps.Keys(table)) {
		value := reflect.New(v.Type().Elem()).Elem()
		l.decode(value, table[key], join(path, bare(key)))
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
	}
	return true
}

// fieldsOf collects the fields of a struct by key; those of an embedded one stand beside its own.
func fieldsOf(v reflect.Value, fields map[string]reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case key == "-" || !f.IsExported():
		case key == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			fieldsOf(v.Field(i), fields)
		case key == "":
			fields[strings.ToLower(f.Name)] = v.Field(i)
		default:
			fields[key] = v.Field(i)
		}
	}
}

// unknown tells of the keys of a table that nothing takes.
func (l *loader) unknown(path string, table map[string]any, known []string) {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if slices.Contains(known, key) {
			continue
		}
		text := "unknown key"
		if meant := nearest(key, known); meant != "" {
			text += "; did you mean " + meant + "?"
		}
		l.fault(join(path, bare(key)), "%s", text)
	}
}

func (l *loader) mismatch(path, want string, raw any) {
	if _, whole := raw.(int64); whole && strings.HasPrefix(want, "a whole number") && want != "a whole number" {
		l.fault(path, "must be %s", want)
		return
	}
	l.fault(path, "must be %s, not %s", want, wordOf(raw))
}

// wantOf returns in words what a value is to be.
func wantOf(v reflect.Value) string {
	switch v.Addr().Interface().(type) {
	case *models.Duration:
		return `a duration in quotes, such as "20s"`
	case *models.Secrets:
		return "a text in quotes, or a list of them"
	case *time.Time:
		return "a date and time"
	case encoding.TextUnmarshaler:
		return "a text in quotes"
	}
	switch {
	case v.Kind() == reflect.String:
		return "a text in quotes"
	case v.Kind() == reflect.Bool:
		return "true or false"
	case v.CanInt() && v.Type().Bits() < 64:
		return fmt.Sprintf("a whole number from %d to %d", -1<<(v.Type().Bits()-1), 1<<(v.Type().Bits()-1)-1)
	case v.CanInt():
		return "a whole number"
	case v.CanUint():
		return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-v.Type().Bits()))
	case v.CanFloat():
		return "a number"
	case v.Kind() == reflect.Slice:
		return "a list"
	case v.Kind() == reflect.Struct, v.Kind() == reflect.Map:
		return "a table"
	}
	return "a " + v.Type().String()
}

// wordOf returns in words what a value of the document is.
func wordOf(raw any) string {
	switch value := raw.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return "inf or nan"
		}
		return "a number with a point"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

// nearest returns the one of known that key was probably meant to be, "" if none is close.
func nearest(key string, known []string) string {
	best, meant := 3, ""
	for _, k := range known {
		if d := distance(strings.ToLower(key), k); d < best && 2*d < len(k) {
			best, meant = d, k
		}
	}
	return meant
}

// distance counts the letters to add, drop, change or swap with their neighbour to make b of a.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
