// Patchbay is a gateway between messaging apps, a bot, and people in Slack.
package main

import (
	"os"

	"patchbay/gateway/app"
	"patchbay/gateway/standard"
)

func main() { os.Exit(app.Main(os.Args[1:], standard.Kit())) }
