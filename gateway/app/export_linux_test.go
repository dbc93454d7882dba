package app

// FileMappings returns what of a file may be unmapped, for tests.
func FileMappings(smaps []byte, file string) (found [][2]uintptr) {
	for _, m := range fileMappings(smaps, file) {
		found = append(found, [2]uintptr{m.from, m.to})
	}
	return found
}
