package store

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"patchbay/models"
)

// change notes new values of a message's columns. A message that is not written yet gets them at once.
func (u *unit) changeMessage(id string, values map[string]any) error {
	u.pending = true
	if m := u.byID[id]; m != nil {
		return assign(m, values)
	}
	delete(u.begun.messages, id)
	u.changedMessage(id)
	known := u.changes[id]
	if known == nil {
		known = map[string]any{}
		u.changes[id] = known
	}
	for name, v := range values {
		if slices.Contains(saidBy, name) {
			u.retold = true
		}
		v, err := plain(v)
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		known[name] = v
	}
	return nil
}

// assign sets the fields that the columns are kept in.
func assign(m *models.Message, values map[string]any) error {
	fields := reflect.ValueOf(m).Elem()
	for name, v := range values {
		f := fields.FieldByName(fieldOf(name))
		value := reflect.ValueOf(v)
		if !f.IsValid() || !value.CanConvert(f.Type()) {
			return fmt.Errorf("message has no column %s of type %T", name, v)
		}
		f.Set(value.Convert(f.Type()))
	}
	return nil
}

// fieldOf returns the field that a column is kept in: platform_id is PlatformID.
func fieldOf(column string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(column, "_") {
		if word == "id" {
			b.WriteString("ID")
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// plain returns a value as the driver takes it.
func plain(v any) (any, error) {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String(), nil
	case reflect.Bool:
		return r.Bool(), nil
	case reflect.Int, reflect.Int64:
		return r.Int(), nil
	case reflect.Struct:
		var e encoder
		return e.text(v), e.err
	default:
		return nil, fmt.Errorf("type %T is not stored", v)
	}
}

// flushChanges writes the changes of messages, those of the same columns together.
func (u *unit) flushChanges() error {
	sets := map[string][]string{} // ids by the names of their columns
	for _, id := range sorted(u.changes, strings.Compare) {
		names := strings.Join(slices.Sorted(maps.Keys(u.changes[id])), " ")
		sets[names] = append(sets[names], id)
	}
	for _, names := range sorted(sets, strings.Compare) {
		t := relation{name: "messages", keys: 1, columns: []column{messages.columns[0]}}
		for _, c := range messages.columns {
			if slices.Contains(strings.Fields(names), c.name) {
				t.columns = append(t.columns, c)
			}
		}
		rows := make([][]any, 0, len(sets[names]))
		for _, id := range sets[names] {
			row := []any{id}
			for _, c := range t.columns[1:] {
				row = append(row, u.changes[id][c.name])
			}
			rows = append(rows, row)
		}
		if err := u.write(t, t.update(u.s.dialect), rows, "update message"); err != nil {
			return err
		}
	}
	return nil
}

// update is the statement that changes all columns but the first, by the first.
func (t relation) update(d dialect) string {
	var sets, arrays []string
	for i, c := range t.columns {
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, c.kind))
		switch {
		case i == 0:
		case d == postgresDialect:
			sets = append(sets, c.name+" = w."+c.name)
		default:
			sets = append(sets, fmt.Sprintf("%s = ?%d", c.name, i+1))
		}
	}
	key := t.columns[0].name
	if d == postgresDialect {
		return fmt.Sprintf("UPDATE %s SET %s FROM unnest(%s) w(%s) WHERE %s.%s = w.%s",
			t.name, strings.Join(sets, ", "), strings.Join(arrays, ", "), t.names(""), t.name, key, key)
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s = ?1", t.name, strings.Join(sets, ", "), key)
}
