// Package canned keeps the replies that agents write often: a folder of Markdown files with placeholders. It reads no disk
// and knows no desk.
package canned
