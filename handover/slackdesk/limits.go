package slackdesk

import "time"

// What Slack takes. It says "characters" and not of which kind; they are counted here in UTF-16 units, the unit in
// which a text is longest. A number of ours leaves room below Slack's.
const (
	// sectionMax is the text of a section block: https://docs.slack.dev/reference/block-kit/blocks/section-block
	sectionMax = 3000
	// blocksMax is blocks in a message: https://docs.slack.dev/reference/block-kit/blocks
	blocksMax = 50
	// buttonMax and valueMax are a button's text and value:
	// https://docs.slack.dev/reference/block-kit/block-elements/button-element
	buttonMax = 75
	valueMax  = 2000
	// idMax is a block's id, an action's and a callback's: https://docs.slack.dev/reference/block-kit/blocks
	idMax = 255
	// updateMax is the text of chat.update: https://docs.slack.dev/reference/methods/chat.update
	updateMax = 4000
	// textMax is where chat.postMessage cuts a text: https://docs.slack.dev/reference/methods/chat.postMessage
	textMax = 40_000
	// allBlocksMax is the text of all blocks together. Slack does not document it; about 13,000 characters have given
	// msg_blocks_too_long.
	allBlocksMax = 12_000

	// foldMax is how much of a backlog goes into one post.
	foldMax = 2800
	// lineMax is one line of a post before it is broken: several make a section.
	lineMax = 2500
)

// Slack's rates: https://docs.slack.dev/apis/web-api/rate-limits
const (
	channelRate   = 1.0 // posts a second in one channel
	workspaceRate = 5.0 // "several hundred posts a minute" for the app in the workspace
	// editRate is changes of posts a second: chat.update is Tier 3, fifty calls a minute, of which a burst takes some.
	editRate = 45.0 / 60
)

const (
	callTimeout = 30 * time.Second // of a client that brings none
	answerMax   = 4 << 20          // bytes of an answer of Slack's
	bodyMax     = 4 << 20          // bytes of a call of Slack's
)
