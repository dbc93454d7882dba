// Package chaos breaks a real gateway on purpose: the built program, its real databases, and stand-ins of the platforms.
// It has tests only.
package chaos
