// Package models has the nouns that every other package speaks of: conversations, the events that happen in them, the
// entries of their lanes, the messages of their transcript, the handovers to people, and the secrets of the config.
//
// It imports the standard library only. The gorm tags are strings: the package models/store gives them their meaning.
package models
