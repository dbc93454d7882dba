package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"patchbay/handover/canned"
)

// repliesMost bounds the files of a folder of canned replies: what a menu can show.
const repliesMost = 10_000

// readReplies reads the folders of canned replies that desks name.
func (l *loader) readReplies() {
	for i := range l.conf.Desks {
		d := &l.conf.Desks[i]
		if d.Config == nil || d.kind.spec.Replies == nil {
			continue
		}
		folder := d.kind.spec.Replies(d.Config)
		if folder == "" || strings.HasPrefix(folder, unresolved) {
			continue
		}
		folder = within(filepath.Dir(l.file), folder)
		path := join(d.path, "replies")
		found, err := l.folder(folder)
		if err != nil {
			l.fault(path, "%s: %s", folder, reason(err))
			continue
		}
		if len(found) == 0 {
			l.warn(path, "there is no .md file in %s", folder)
		}
		library, err := canned.Load(found)
		if err != nil {
			for _, one := range apart(err) {
				l.faults = append(l.faults, replyFault(folder, one))
			}
			continue
		}
		d.Replies = library
	}
}

var errMany = errors.New("has too many files")

// folder reads the Markdown files in a folder and in those right below it, and remembers the folders: a file may come.
func (l *loader) folder(root string) ([]canned.File, error) {
	l.files.note(root)
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	var found []canned.File
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inner, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		inner = filepath.ToSlash(inner)
		hidden := inner != "." && strings.HasPrefix(entry.Name(), ".") // Kubernetes keeps the files of a mounted folder twice
		switch {
		case entry.IsDir() && (hidden || strings.Count(inner, "/") > 0):
			return filepath.SkipDir
		case entry.IsDir():
			l.files.note(path)
			return nil
		case hidden || !strings.EqualFold(filepath.Ext(path), ".md"):
			return nil
		case len(found) == repliesMost:
			return errMany
		}
		data, err := l.read(path)
		if err != nil {
			return err
		}
		found = append(found, canned.File{Path: inner, Data: data})
		return nil
	})
	return found, err
}

// replyFault returns the fault of a canned reply, whose error is "path:line: what".
func replyFault(folder string, err error) Fault {
	f := Fault{File: folder, Text: err.Error()}
	where, text, ok := strings.Cut(f.Text, ": ")
	file, number, lined := strings.Cut(where, ".md:")
	if line, err := strconv.Atoi(number); ok && lined && err == nil {
		f.File, f.Line, f.Text = filepath.Join(folder, filepath.FromSlash(file+".md")), line, text
	}
	return f
}

// under returns the desk, which goes on running, with the canned replies of a section that is otherwise the same.
func (d *desk) under(s DeskSection) *desk {
	entry := *d.entry
	entry.Replies = s.Replies
	return &desk{section: s, entry: &entry, task: d.task}
}

// names returns what is in a folder, for its digest.
func names(folder string) (all []byte) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		all = append(all, entry.Name()...)
		all = append(all, 0)
	}
	return all
}
