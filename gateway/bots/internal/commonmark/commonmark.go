// Package commonmark reads what a bot wrote in CommonMark, https://spec.commonmark.org, as text with spans.
//
// Bots write for a chat and not for a page, and many of them write no mark-up at all. So line breaks stay line breaks, lists
// keep their signs, and what would swallow or change plain text is not read: indented code, HTML, references, underlined
// headings and rules. A text without mark-up comes out byte by byte as it went in.
package commonmark

import (
	"html"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"patchbay/models"
)

// maxNested is how deep blocks and marks are read: a parser takes longer than its text for very deep ones.
const maxNested = 100

// Parse returns what source says and marks. Line breaks are expected as \n, as reply.Text makes them.
func Parse(source string) models.Rich {
	if !strings.ContainsAny(source, "*_`~[]<>#&\\+") || tooDeep(source) {
		return models.Rich{Text: source}
	}
	read := source
	if !strings.Contains(source, "`") {
		read = product.ReplaceAllString(product.ReplaceAllString(source, `$1\*$2`), `$1\*$2`) // twice: pairs share digits
	}
	src := []byte(read)
	w := &writer{source: read}
	root := newParser().Parse(text.NewReader(src))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			return w.enter(n, src), nil
		}
		w.leave(n)
		return ast.WalkContinue, nil
	})
	said := models.NewRich(w.text.String(), w.spans).Trim()
	if !w.marked || said.Text == "" || said.Text == source {
		return models.Rich{Text: source}
	}
	return said
}

// tooDeep reports whether a line of source opens more quotes, lists and brackets than anybody writes.
func tooDeep(source string) bool {
	for line := range strings.SplitSeq(source, "\n") {
		signs := len(line) - len(strings.TrimLeft(line, "> -*+\t"))
		if signs > maxNested || strings.Count(line, "[") > maxNested || strings.Count(line, "*")+strings.Count(line, "_") > 10*maxNested {
			return true
		}
	}
	return false
}

// writer writes the text of a document in the order of its source, of which it has read up to at.
type writer struct {
	source string
	at     int
	text   strings.Builder
	spans  []models.TextSpan
	open   []opened
	marked bool // the source has mark-up
	block  *text.Segments
}

// opened is a mark that has not ended. Its span begins with the first word behind it.
type opened struct {
	node ast.Node
	span models.TextSpan // From is -1 before that
}

// begin opens a mark.
func (w *writer) begin(n ast.Node, kind models.SpanKind, url, lang string) {
	w.marked = true
	w.open = append(w.open, opened{n, models.TextSpan{Kind: kind, From: -1, URL: url, Lang: lang}})
}

func (w *writer) enter(n ast.Node, src []byte) ast.WalkStatus {
	if n.Type() == ast.TypeBlock && n.Kind() != ast.KindDocument {
		if lines := n.Lines(); lines != nil && lines.Len() > 0 {
			w.block = lines
		}
	}
	switch n := n.(type) {
	case *ast.Heading:
		w.begin(n, models.Bold, "", "")
	case *ast.Blockquote:
		w.begin(n, models.Quote, "", "")
	case *ast.List:
		w.marked = w.marked || n.Marker == '*' || n.Marker == '+'
	case *ast.FencedCodeBlock:
		lang := ""
		if n.Info != nil {
			lang, _, _ = strings.Cut(string(n.Info.Value(src)), " ")
		}
		w.begin(n, models.Pre, "", lang)
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			words := string(line.Value(src))
			if i == n.Lines().Len()-1 {
				words = strings.TrimSuffix(words, "\n")
			}
			w.words(line.Start, line.Start+len(words), words)
		}
		return ast.WalkContinue
	case *ast.Emphasis:
		kind := models.Italic
		if n.Level > 1 {
			kind = models.Bold
		}
		w.begin(n, kind, "", "")
	case *east.Strikethrough:
		w.begin(n, models.Strike, "", "")
	case *ast.CodeSpan:
		w.begin(n, models.Code, "", "")
	case *ast.Link:
		w.begin(n, models.Link, unescape(string(n.Destination)), "")
	case *ast.Image:
		// A picture that is a link leads to where the link does: an app has one address behind a word.
		if _, inside := n.Parent().(*ast.Link); inside {
			w.marked = true
			break
		}
		w.begin(n, models.Link, unescape(string(n.Destination)), "")
	case *ast.AutoLink:
		w.marked = true
		label := string(n.Label(src))
		if i := strings.Index(w.source[w.at:], "<"+label+">"); i >= 0 {
			from := w.at + i + 1
			w.words(from, from+len(label), label)
		}
	case *ast.Text:
		words := string(n.Segment.Value(src))
		if _, code := n.Parent().(*ast.CodeSpan); !code && !n.IsRaw() {
			plain := unescape(words)
			w.marked = w.marked || plain != words
			words = plain
		}
		w.words(n.Segment.Start, n.Segment.Stop, words)
	}
	return ast.WalkContinue
}

// words writes what the source says from from to to, after what stands before it: line breaks and the signs of lists. Of other
// mark-up nothing is written.
func (w *writer) words(from, to int, words string) {
	if from > w.at || w.at == 0 {
		w.text.WriteString(w.between(max(w.at, 0), from))
	}
	if words != "" {
		for i := range w.open {
			if w.open[i].span.From < 0 {
				w.open[i].span.From = w.text.Len()
			}
		}
	}
	w.text.WriteString(words)
	w.at = max(w.at, to)
}

// between returns what is to be kept of the source from from to to, where only mark-up and spaces are.
func (w *writer) between(from, to int) string {
	gap := w.source[from:to]
	begins := from == 0 || w.source[from-1] == '\n'
	if !begins && !strings.Contains(gap, "\n") {
		return "" // the signs of marks
	}
	lines := strings.Split(gap, "\n")
	var kept strings.Builder
	for i, line := range lines {
		if i > 0 && (i > 1 || !begins || !isFence(lines[0])) {
			kept.WriteByte('\n')
		}
		if i == 0 && !begins {
			continue // the end of a line: signs of marks
		}
		if i < len(lines)-1 {
			if isFence(line) && i > 0 {
				// The line goes, and with it the break before it.
				said := strings.TrimSuffix(kept.String(), "\n")
				kept.Reset()
				kept.WriteString(said)
			}
			continue
		}
		// The last line begins with the signs of blocks, up to where the block's own words begin.
		end := to
		if w.block != nil {
			j := sort.Search(w.block.Len(), func(j int) bool { return w.block.At(j).Start > to }) - 1
			if j >= 0 && w.block.At(j).Start >= to-len(line) {
				end = w.block.At(j).Start
			}
		}
		kept.WriteString(signs(line[:len(line)-(to-end)]))
	}
	return kept.String()
}

// isFence reports whether a line of the source begins or ends a block of code.
func isFence(line string) bool {
	line = strings.TrimLeft(line, "> \t-*+0123456789.)")
	return strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")
}

// signs returns the signs of blocks as they are read in a chat: those of lists, and the spaces before them.
func signs(prefix string) string {
	prefix = strings.NewReplacer("> ", "", ">", "").Replace(prefix)
	if rest := strings.TrimLeft(prefix, " \t"); strings.HasPrefix(rest, "#") {
		return prefix[:len(prefix)-len(rest)]
	}
	return strings.NewReplacer("* ", "• ", "+ ", "• ", "*\t", "• ", "+\t", "• ").Replace(prefix)
}

func (w *writer) leave(n ast.Node) {
	last := len(w.open) - 1
	if last < 0 || w.open[last].node != n {
		return
	}
	span := w.open[last].span
	w.open = w.open[:last]
	if span.Kind == models.Link {
		title := ""
		switch n := n.(type) {
		case *ast.Link:
			title = unescape(string(n.Title))
		case *ast.Image:
			title = unescape(string(n.Title))
		}
		if span.From < 0 { // a link without words: its address, or its title
			words := span.URL
			if title != "" {
				words, title = title, ""
			}
			span.From = w.text.Len()
			w.text.WriteString(words)
		}
		if title != "" {
			w.text.WriteString(" (" + title + ")")
		}
	}
	if span.From >= 0 {
		span.To = w.text.Len()
		w.spans = append(w.spans, span)
	}
}

// unescape returns words without backslashes before punctuation and with entities as characters.
func unescape(words string) string {
	var b strings.Builder
	for i := 0; i < len(words); i++ {
		switch c := words[i]; {
		case c == '\\' && i+1 < len(words) && util.IsPunct(words[i+1]):
			i++
			b.WriteByte(words[i])
		case c == '&':
			end := strings.IndexByte(words[i:], ';')
			if plain := html.UnescapeString(words[i : i+end+1]); end > 0 && end < 40 && plain != words[i:i+end+1] {
				b.WriteString(strings.ReplaceAll(plain, "\x00", "\uFFFD"))
				i += end
				continue
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
