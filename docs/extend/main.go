// Extend is Patchbay with a channel of somebody else's: every command of the original, and [channels.notes.<name>] in
// its config.
package main

import (
	"os"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"

	"example.com/extend/notes"
)

func main() { os.Exit(app.Main(os.Args[1:], kit())) }

// kit returns all that Patchbay comes with, and the notes channel.
func kit() app.Kit {
	kit := standard.Kit()
	kit.Name = "extend"
	kit.Channels = append(kit.Channels, app.Channel("notes", notes.New))
	return kit
}
