// Package rolling runs several copies of the real program on one PostgreSQL, and stops, kills and replaces them while
// customers wait for answers. It has tests only.
package rolling
