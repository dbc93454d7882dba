package app

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Load reads, decodes and checks a config file. Its error has every fault, not only the first.
func Load(file string, kit Kit) (*Config, error) {
	return newLoader(file, kit).load()
}

// Parse is Load for a content that is read already. Relative paths in it are relative to the file's folder.
func Parse(file string, content []byte, kit Kit) (*Config, error) {
	return newLoader(file, kit).parse(content)
}

// loader is one call of Load.
type loader struct {
	file   string
	kit    Kit
	lines  lines
	loose  bool // decode only: what is missing yet is no fault
	conf   *Config
	files  files
	faults []Fault
}

func newLoader(file string, kit Kit) *loader {
	return &loader{file: file, kit: kit, files: files{}}
}

func (l *loader) load() (*Config, error) {
	content, err := l.read(l.file)
	if err != nil {
		return nil, &faultsError{faults: []Fault{{File: l.file, Text: reason(err)}}, files: l.files}
	}
	return l.parse(content)
}

// parse makes the config. Every step goes on after a fault, so that all of them are told at once.
func (l *loader) parse(content []byte) (*Config, error) {
	if err := l.kit.check(); err != nil {
		return nil, err
	}
	l.conf = &Config{File: l.file, files: l.files}
	if abs, err := filepath.Abs(l.file); err == nil {
		l.files[abs] = sha256.Sum256(content)
	}
	if tree := l.tree(content); tree != nil {
		l.sections(tree)
		if !l.loose {
			l.check()
			l.readTexts()
			l.readReplies()
		}
	}
	order := func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) }
	slices.SortStableFunc(l.conf.Warnings, order)
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, order)
		return nil, &faultsError{faults: l.faults, warnings: l.conf.Warnings, files: l.files}
	}
	return l.conf, nil
}

// tree parses the document, nil if it is none.
func (l *loader) tree(content []byte) map[string]any {
	content = bytes.TrimPrefix(content, []byte("\ufeff")) // some editors of Windows put it there
	l.lines = linesOf(content)
	tree := map[string]any{}
	if err := toml.Unmarshal(content, &tree); err != nil {
		l.faults = append(l.faults, l.syntax(err))
		return nil
	}
	if len(tree) == 0 {
		// Nothing is what a file is for a moment while it is written, and nobody means it.
		l.faults = append(l.faults, Fault{File: l.file, Text: "is empty"})
		return nil
	}
	return tree
}

// syntax turns the parser's error into a fault. It repeats nothing of a value: that may be half a token.
func (l *loader) syntax(err error) Fault {
	f := Fault{File: l.file, Text: "is no TOML"}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		f.Line, _ = e.Position()
		f.Path = l.lines.at(f.Line)
		f.Text = l.lines.explain(f.Path, f.Line, e)
	}
	return f
}

// fault adds a fault, unless the key has one already: the second would only follow from the first.
func (l *loader) fault(path, format string, args ...any) {
	if !l.faulty(path) {
		l.faults = append(l.faults, Fault{File: l.file, Line: l.lines.of(path), Path: path, Text: fmt.Sprintf(format, args...)})
	}
}

// warn tells of a key that may be meant so. One that has a fault is told of once.
func (l *loader) warn(path, format string, args ...any) {
	if !l.faulty(path) {
		l.conf.Warnings = append(l.conf.Warnings, Fault{
			File: l.file, Line: l.lines.of(path), Path: path, Text: fmt.Sprintf(format, args...),
		})
	}
}

// faulty reports whether a key, or a part of its list, has a fault already: what else is said of it follows from that.
func (l *loader) faulty(path string) bool {
	return path != "" && slices.ContainsFunc(l.faults, func(f Fault) bool {
		return f.File == l.file && (f.Path == path || strings.HasPrefix(f.Path, path+"["))
	})
}

// files are the files that a config was made of, by absolute path, each with what it was like when it was read.
type files map[string]digest

// digest is a file's content in short; the zero digest is that of a file that cannot be read.
type digest [sha256.Size]byte

// maxFile bounds a file that a config is or names. Far more than anybody writes by hand.
const maxFile = 1 << 20

var errLarge = fmt.Errorf("is over %d MiB", maxFile>>20)

// readFile returns a file and its digest.
func readFile(path string) ([]byte, digest, error) {
	f, err := os.Open(path) // #nosec G304 -- the operator's own file
	if err != nil {
		return nil, digest{}, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = errLarge
	}
	if err != nil {
		return nil, digest{}, err
	}
	return content, sha256.Sum256(content), nil
}

// digestOf returns the digest of a file of any size, of a folder that of the names in it.
func digestOf(path string) (sum digest) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return sha256.Sum256(names(path))
	}
	f, err := os.Open(path) // #nosec G304 -- the operator's own file
	if err != nil {
		return sum
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err == nil {
		h.Sum(sum[:0])
	}
	return sum
}

// note remembers a file that somebody else reads.
func (f files) note(path string) {
	if abs, err := filepath.Abs(path); err == nil {
		f[abs] = digestOf(abs)
	}
}

// read is readFile that remembers the file, also one that cannot be read: it may come.
func (l *loader) read(path string) ([]byte, error) {
	content, sum, err := readFile(path)
	if abs, absErr := filepath.Abs(path); absErr == nil {
		l.files[abs] = sum
	}
	return content, err
}

// reason returns an error of the file system without the name of the system call and of the file.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// within returns path, relative paths taken from dir.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
