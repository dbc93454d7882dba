package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long the files must have been left alone after a change: editors write in several steps.
const quiet = 500 * time.Millisecond

// watcher tells when one of some files has changed and is quiet again. It watches their folders, because editors and
// Kubernetes replace files instead of writing them. A nil watcher never tells.
type watcher struct {
	fs    *fsnotify.Watcher
	log   *slog.Logger
	ready chan struct{}
	quit  chan struct{}
	done  chan struct{}
	files chan []string
}

func newWatcher(log *slog.Logger) (*watcher, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watcher{
		fs: fs, log: log, ready: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}), files: make(chan []string, 1),
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

// watch replaces the files that are watched.
func (w *watcher) watch(files []string) {
	for _, f := range files {
		if err := w.fs.Add(filepath.Dir(f)); err != nil {
			w.log.Warn("folder not watched", "err", err)
		}
	}
	select {
	case w.files <- files:
	case <-w.done:
	}
}

func (w *watcher) close() {
	close(w.quit)
	<-w.done
	_ = w.fs.Close()
}

// run compares what the files are like after each stir in their folders. Names alone do not tell: with Kubernetes a
// link three levels up changes.
func (w *watcher) run() {
	defer close(w.done)
	var files []string
	before := map[string]mark{}
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-w.quit:
			return
		case files = <-w.files:
			before = marks(files)
		case _, ok := <-w.fs.Events:
			if !ok {
				return
			}
			timer.Reset(quiet)
		case err, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			w.log.Warn("config watch", "err", err)
		case <-timer.C:
			if now := marks(files); !equal(before, now) {
				before = now
				select {
				case w.ready <- struct{}{}:
				default:
				}
			}
		}
	}
}

// mark is what a file looks like from outside.
type mark struct {
	size int64
	at   time.Time
}

func marks(files []string) map[string]mark {
	m := make(map[string]mark, len(files))
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			continue
		}
		m[f] = mark{size: info.Size(), at: info.ModTime()}
	}
	return m
}

func equal(a, b map[string]mark) bool {
	if len(a) != len(b) {
		return false
	}
	for f, m := range a {
		if o, ok := b[f]; !ok || o.size != m.size || !o.at.Equal(m.at) {
			return false
		}
	}
	return true
}
