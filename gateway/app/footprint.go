package app

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"
	"time"
)

// startedAfter is when a start is over: the tables are up to date, the patterns compiled, the platforms asked.
const startedAfter = 5 * time.Second

// collectAt is by how much, in percent, the heap may grow before garbage is collected. It is small, so that Go's default
// would collect many times a second under load; a tenth of the processor goes elsewhere for some 20 MB.
const collectAt = 300

// collectLess sets collectAt, unless the environment says otherwise by GOGC.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

// giveBack returns to the system what only the start needed, once: the garbage it left, and the pages of the program's file
// that it went through. A gateway that waits for messages then takes half of the memory.
func giveBack(ctx context.Context, log *slog.Logger) {
	t := time.NewTimer(startedAfter)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return
	case <-t.C:
	}
	debug.FreeOSMemory()
	if err := unmapProgram(); err != nil {
		log.Debug("the program's pages are not given back", "err", err)
	}
}
