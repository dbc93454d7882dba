package app

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// rest is for how long no event is taken after one of another file. Meanwhile the system joins those that say the same:
	// a database in the folder makes one at each write.
	rest = 250 * time.Millisecond
	// burst is for how long events of other files are taken in between.
	burst = 10 * time.Millisecond
)

// quiet is how long the files must have been left alone after a change: editors write in several steps.
const quiet = 500 * time.Millisecond

// watcher tells when one of some files is another than it was when it was read, and has been quiet since. It watches
// their folders, because editors and Kubernetes replace files instead of writing them. A nil watcher never tells.
type watcher struct {
	fs    *fsnotify.Watcher
	log   *slog.Logger
	ready chan struct{}
	quit  chan struct{}
	done  chan struct{}
	next  chan files
}

func newWatcher(log *slog.Logger) (*watcher, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watcher{
		fs: fs, log: log, ready: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}), next: make(chan files),
	}
	go w.run()
	return w, nil
}

// changed tells after a change.
func (w *watcher) changed() <-chan struct{} {
	if w == nil {
		return nil
	}
	return w.ready
}

// watch replaces the files that are watched. A change since they were read counts as well.
func (w *watcher) watch(read files) {
	if w == nil {
		return
	}
	select {
	case w.next <- maps.Clone(read):
	case <-w.done:
	}
}

func (w *watcher) close() {
	if w == nil {
		return
	}
	close(w.quit)
	<-w.done
	_ = w.fs.Close()
}

// run compares what the files say, not their times: a secret is often replaced by one of the same length, and some file
// systems count in seconds.
func (w *watcher) run() {
	defer close(w.done)
	read, stirs := files{}, map[string]bool{}
	timer, pause := time.NewTimer(quiet), time.NewTimer(rest)
	defer timer.Stop()
	defer pause.Stop()
	waits := true // for the files to be quiet
	events, taken := w.fs.Events, time.Now()
	stir := func() {
		waits = true
		timer.Reset(quiet)
	}
	for {
		select {
		case <-w.quit:
			return
		case read = <-w.next:
			stirs = w.follow(read)
			stir()
		case event, ok := <-events:
			switch {
			case !ok:
				return
			case stirs[event.Name], stirs[filepath.Dir(event.Name)]: // a file, or what is in a folder
				stir()
			case !waits && time.Since(taken) > burst:
				events = nil
				pause.Reset(rest)
			}
		case <-pause.C:
			events, taken = w.fs.Events, time.Now()
		case err, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			w.log.Warn("config watch", "err", err)
			stir() // events may be lost
		case <-timer.C:
			waits = false
			if now := read.now(); !maps.Equal(read, now) {
				read = now
				select {
				case w.ready <- struct{}{}:
				default:
				}
			}
		}
	}
}

// follow watches the folders of the files and of the links on the way to them, and no others. It returns the paths whose
// events matter.
func (w *watcher) follow(read files) map[string]bool {
	stirs, folders := map[string]bool{}, map[string]bool{}
	for path := range read {
		for _, p := range trail(path) {
			stirs[p] = true
			folders[filepath.Dir(p)] = true
			if info, err := os.Stat(p); err == nil && info.IsDir() && p == path {
				folders[p] = true
			}
		}
	}
	for _, old := range w.fs.WatchList() {
		if !folders[old] {
			_ = w.fs.Remove(old) // it may be gone by itself
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if err := w.fs.Add(folder); err != nil {
			w.log.Warn("folder not watched", "folder", folder, "err", err)
		}
	}
	return stirs
}

// now returns the same files as they are now.
func (f files) now() files {
	now := make(files, len(f))
	for path := range f {
		now[path] = digestOf(path)
	}
	return now
}

// maxLinks bounds a chain of links, as the system does.
const maxLinks = 40

// trail returns the paths of which a change can make path another file: path itself, each link on the way to it, and
// where they lead. A folder that Kubernetes mounts has a link ..data, which is replaced when anything in it changes.
func trail(path string) []string {
	all := []string{path}
	for range maxLinks {
		link, rest := firstLink(path)
		if link == "" {
			break
		}
		target, err := os.Readlink(link)
		if err != nil {
			break
		}
		path = filepath.Join(within(filepath.Dir(link), target), rest)
		all = append(all, link, path)
	}
	return all
}

// firstLink returns the first part of an absolute path that is a link, and what follows it.
func firstLink(path string) (link, rest string) {
	for i := range path {
		end := i + 1
		if next := strings.IndexByte(path[end:], filepath.Separator); next >= 0 {
			end += next
		} else {
			end = len(path)
		}
		if path[i] != filepath.Separator || end == i+1 {
			continue
		}
		if info, err := os.Lstat(path[:end]); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return path[:end], path[end:]
		}
	}
	return "", ""
}
