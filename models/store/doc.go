// Package store keeps the state of Patchbay in SQLite or PostgreSQL: gorm for what is known of conversations, plain SQL
// for the lanes.
//
// Everything is written by Store.Write, which gives a function a transaction. Writes that wait at the same time share
// one commit, because the disk's flush costs more than all the statements of a batch. A function may be run again when
// its neighbour in the batch failed, so it has no effects but those on its Tx and on variables that it sets anew.
//
// A conversation has four lanes, each a row with two numbers: seq, the last entry appended, and head, the last one done.
// Work waits exactly where head < seq, so no wake-up can be lost. A lane is claimed for a node, with a fence that grows at
// each claim; a Finish with an old fence changes nothing. The in lane is never claimed: it is decided inside a write that
// holds its row.
package store
