package canned

import (
	"slices"
	"strings"
)

// Reply is one text that agents send often.
type Reply struct {
	ID       string // the file's path in the folder
	Group    string // the folder that it lies in, "" for the folder itself
	Title    string
	Name     string // that it is sent by in a thread, in small letters; "" is none
	Language string // ISO 639-1; "" is any
	Body     string // plain, with placeholders
}

// Library is a folder of replies. It never changes, and a nil Library has none.
type Library struct {
	replies []Reply // by group, then by title
}

// All returns the replies, those of a group together. The slice is not to be changed.
func (l *Library) All() []Reply {
	if l == nil {
		return nil
	}
	return l.replies
}

// Find returns the reply with an ID.
func (l *Library) Find(id string) (Reply, bool) {
	i := slices.IndexFunc(l.All(), func(r Reply) bool { return r.ID == id })
	if i < 0 {
		return Reply{}, false
	}
	return l.replies[i], true
}

// Named returns the reply with a name, in the first of the languages that it is written in, else in no certain one, else
// in any.
func (l *Library) Named(name string, languages []string) (found Reply, ok bool) {
	name = strings.ToLower(name)
	best := -1
	for _, r := range l.All() {
		if r.Name == "" || r.Name != name {
			continue
		}
		if rank := r.rank(languages); best < 0 || rank < best {
			found, best = r, rank
		}
	}
	return found, best >= 0
}

// rank returns how well a reply suits somebody who reads the languages; less is better.
func (r Reply) rank(languages []string) int {
	if r.Language == "" {
		return len(languages)
	}
	for i, tag := range languages {
		main, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
		if main == r.Language {
			return i
		}
	}
	return len(languages) + 1
}

// Nearest returns the names that are most like name, best first, at most n. What has nothing in common with it is left out.
func (l *Library) Nearest(name string, n int) []string {
	type near struct {
		name string
		far  int
	}
	want := []rune(strings.ToLower(name))
	var all []near
	for _, r := range l.All() {
		if r.Name == "" || slices.ContainsFunc(all, func(o near) bool { return o.name == r.Name }) {
			continue
		}
		far := distance(want, []rune(r.Name))
		if strings.HasPrefix(r.Name, string(want)) {
			far = 0 // he wrote its beginning
		}
		if far < max(len(want), len([]rune(r.Name))) {
			all = append(all, near{r.Name, far})
		}
	}
	slices.SortFunc(all, func(a, b near) int {
		if a.far != b.far {
			return a.far - b.far
		}
		return strings.Compare(a.name, b.name)
	})
	var names []string
	for _, one := range all[:min(n, len(all))] {
		names = append(names, one.name)
	}
	return names
}

// distance returns how many characters are to be put in, left out or replaced to make b of a.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
