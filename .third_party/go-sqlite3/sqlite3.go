// Package sqlite3 stands in the place of the SQLite driver that is written in C. gorm.io/driver/sqlite imports that one so
// that it is registered, whichever driver is used; Patchbay uses modernc.org/sqlite, which needs no C compiler. Without it
// a build takes a minute less where there is a C compiler, and the program is smaller.
package sqlite3
