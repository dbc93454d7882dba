package store

// recent is a map that keeps what was used last and forgets the rest. It holds up to twice as many as most says, and needs no
// list: what was not asked for since the younger half was last full goes when it is full again.
type recent[K comparable, V any] struct {
	most       int
	young, old map[K]V
}

func newRecent[K comparable, V any](most int) recent[K, V] {
	return recent[K, V]{most: most, young: map[K]V{}}
}

// find returns a value and keeps it.
func (r *recent[K, V]) find(key K) (v V, ok bool) {
	if v, ok = r.young[key]; ok {
		return v, true
	}
	if v, ok = r.old[key]; ok {
		r.put(key, v)
	}
	return v, ok
}

// take returns a value and forgets it.
func (r *recent[K, V]) take(key K) (v V, ok bool) {
	if v, ok = r.young[key]; ok {
		delete(r.young, key)
		return v, true
	}
	if v, ok = r.old[key]; ok {
		delete(r.old, key)
	}
	return v, ok
}

// put keeps a value.
func (r *recent[K, V]) put(key K, v V) {
	delete(r.old, key)
	if len(r.young) >= r.most {
		r.young, r.old = make(map[K]V, r.most), r.young
	}
	r.young[key] = v
}

// forget forgets all.
func (r *recent[K, V]) forget() { r.young, r.old = map[K]V{}, nil }
