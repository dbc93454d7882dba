package detect

import "io/fs"

// Load is New for other data files, with the error.
func Load(fsys fs.FS) (*Detector, error) { return load(fsys) }

// Examples are the examples of the data files.
func (d *Detector) Examples() []example {
	var all []example
	for _, f := range d.files {
		all = append(all, f.tests...)
	}
	return all
}

// Data holds the embedded data files.
var Data = data
