package detect

import "io/fs"

// Load is New for other data files, with the error.
func Load(fsys fs.FS) (*Detector, error) { return load(fsys) }

// ReadExamples returns the examples of the data files.
func ReadExamples() ([]example, error) {
	var all []example
	names, err := fs.Glob(data, "data/*.txt")
	for _, name := range names {
		b, err := data.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := readFile(name, string(b))
		if err != nil {
			return nil, err
		}
		all = append(all, f.tests...)
	}
	return all, err
}

// Data holds the embedded data files.
var Data = data

// Folds returns what the quick and the thorough way make of text.
func (d *Detector) Folds(text string) (quick, thorough string) {
	return d.v.fold(text), d.v.decompose(text)
}
