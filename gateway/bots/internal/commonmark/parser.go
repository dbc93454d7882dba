package commonmark

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser returns a parser of what is read here, with the priorities that goldmark gives them. It is made for each text,
// because a parser keeps state.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
			util.Prioritized(strikes{}, 500),
		),
	)
}

// paragraphs takes lines with spaces before them as paragraphs too, because nobody else does: they are no code here.
type paragraphs struct{ parser.BlockParser }

// CanAcceptIndentedLine says so.
func (paragraphs) CanAcceptIndentedLine() bool { return true }

// strikes reads ~~what does not hold any more~~, https://github.github.com/gfm/#strikethrough-extension-, and leaves alone what
// has one sign: "~5 km" is about five.
type strikes struct{}

// Trigger returns the sign.
func (strikes) Trigger() []byte { return []byte{'~'} }

// Parse reads two signs.
func (s strikes) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	node := parser.ScanDelimiter(line, before, 2, s)
	if node == nil || node.OriginalLength != 2 || before == '~' {
		return nil
	}
	node.Segment = segment.WithStop(segment.Start + node.OriginalLength)
	block.Advance(node.OriginalLength)
	pc.PushDelimiter(node)
	return node
}

// IsDelimiter reports whether b is the sign.
func (strikes) IsDelimiter(b byte) bool { return b == '~' }

// CanOpenCloser reports whether two signs are a pair.
func (strikes) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

// OnMatch returns what a pair means.
func (strikes) OnMatch(int) ast.Node { return east.NewStrikethrough() }

// product is a multiplication, which CommonMark would set in italics: "2*3*4".
var product = regexp.MustCompile(`(\d)\*(\d)`)

var (
	_ parser.BlockParser        = paragraphs{}
	_ parser.InlineParser       = strikes{}
	_ parser.DelimiterProcessor = strikes{}
)
