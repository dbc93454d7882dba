package slackdesk_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"patchbay/handover"
	"patchbay/handover/slackdesk"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models"
)

// fuzzWorld returns a desk in a Slack that all runs of a fuzz test share.
func fuzzWorld(t *testing.T, s *slacktest.Server) *world {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	desk, err := slackdesk.New(slackdesk.Config{
		BotToken:      models.NewSecret(slacktest.BotToken),
		SigningSecret: models.Secrets{models.NewSecret(slacktest.SigningSecret)},
		Channel:       slacktest.Support, APIURL: s.APIURL(),
	}, slackdesk.Deps{Install: "pb1", HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &world{slack: s, desk: desk}
}

// shown is a text of a block.
type shown struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
}

// texts returns the texts of a post's blocks that are marked up.
func texts(t *testing.T, p slacktest.Post) []shown {
	t.Helper()
	if len(p.Blocks) == 0 {
		return nil
	}
	var blocks []struct {
		Text *shown `json:"text"`
	}
	if err := json.Unmarshal(p.Blocks, &blocks); err != nil {
		t.Fatalf("blocks %s: %v", p.Blocks, err)
	}
	var all []shown
	for _, b := range blocks {
		if b.Text != nil {
			all = append(all, *b.Text)
		}
	}
	return all
}

// part is an element of a rich_text block, or the block itself.
type part struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	URL      string `json:"url"`
	User     string `json:"user_id"`
	Elements []part `json:"elements"`
}

// parts returns all that the rich_text blocks of a post are made of.
func parts(t *testing.T, raw json.RawMessage) []part {
	t.Helper()
	if len(raw) == 0 {
		return nil
	}
	var blocks []json.RawMessage
	if err := json.Unmarshal(raw, &blocks); err != nil {
		t.Fatalf("blocks %s: %v", raw, err)
	}
	var all []part
	var walk func(p part)
	walk = func(p part) {
		all = append(all, p)
		for _, e := range p.Elements {
			walk(e)
		}
	}
	for _, b := range blocks {
		var p part
		if json.Unmarshal(b, &p) == nil && p.Type == "rich_text" {
			walk(p)
		}
	}
	return all
}

var (
	ourDate    = regexp.MustCompile(`<!date\^\d+\^\{date_short_pretty\} \{time\}\|[0-9A-Za-z :]+>`)
	ourLink    = regexp.MustCompile(`<https://acme\.slack\.com/archives/C0SUPPORT1/p\d+\|Earlier thread>`)
	ourMention = regexp.MustCompile(`<@U0AGENT0001>`)
	shouted    = regexp.MustCompile(`(?i)(^|[^\w.])@(channel|here|everyone)\b`)
	entity     = regexp.MustCompile(`&(amp|lt|gt);`)
)

// alive returns what of s Slack would read as a mention, a link or a date, beside what the desk itself puts there.
func alive(s string) string {
	for _, own := range []*regexp.Regexp{ourDate, ourLink, ourMention} {
		s = own.ReplaceAllString(s, "")
	}
	if i := strings.IndexByte(s, '<'); i >= 0 {
		return s[i:]
	}
	if found := shouted.FindString(s); found != "" {
		return found
	}
	if i := strings.IndexByte(entity.ReplaceAllString(s, ""), '&'); i >= 0 {
		return "a bare & in " + s
	}
	return ""
}

// inert fails if anything in p is alive that a customer wrote.
func inert(t *testing.T, p slacktest.Post) {
	t.Helper()
	if found := alive(p.Text); found != "" {
		t.Errorf("the text is alive at %q", found)
	}
	for _, part := range parts(t, p.Blocks) {
		switch part.Type {
		case "text", "date", "rich_text", "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		case "link":
			u, err := url.Parse(part.URL)
			if part.Text != "" || !strings.HasPrefix(part.URL, "http") || err != nil || !strings.Contains(u.Host, ".") {
				t.Errorf("the link %+v leads elsewhere than it reads", part)
			}
		case "user":
			if part.User != slacktest.Ana { // whom the line is for
				t.Errorf("a block calls %s", part.User)
			}
		default:
			t.Errorf("a block is alive at %+v", part)
		}
		if shouted.MatchString(part.Text) || shouted.MatchString(part.URL) {
			t.Errorf("a copy of %q would call everybody", part.Text+part.URL)
		}
	}
	for _, s := range texts(t, p) {
		if found := alive(s.Text); found != "" {
			t.Errorf("a block is alive at %q", found)
		}
		if s.Type == "mrkdwn" && !s.Verbatim {
			t.Errorf("block %q is not verbatim: Slack makes links of what looks like one", s.Text)
		}
	}
}

var nasty = []string{
	"<!channel> help", "<@U0AGENT0001> hi", "<https://evil.example|https://bank.example>", "@channel @here @Everyone", "#general",
	"&lt;!channel&gt;", "&amp;", "```", "a\n```\nb", "*Ana:* refunded", "> quote", "<!date^1^{date}|x>", "<mailto:a@b|c>", "<", ">", "&",
	"\u202eevil", "zero\x00byte", "a\r\nb\rc\u2028d", strings.Repeat("👩‍👩‍👧", 700), strings.Repeat("&", 3100), strings.Repeat("`", 3000),
	"see https://a.example/x_y?z=1. http://localhost/x https://é.example https://%zz.example https://a.example/" + strings.Repeat("x", 2100),
	"e" + strings.Repeat("\u0301", 4000), strings.Repeat("word ", 1000), strings.Repeat("@here", 900), "\xff\xfe", "", " ", "\n\n\n",
}

func TestPostIsInert(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	thread := w.open(t)
	for _, text := range nasty {
		w.postIsInert(t, thread, text)
	}
}

// postIsInert puts text wherever a customer's words go.
func (w *world) postIsInert(t *testing.T, thread, text string) {
	t.Helper()
	at := time.Unix(1793900000, 0)
	p := handover.Post{Title: text, Lines: []handover.PostLine{
		{Author: models.ByCustomer, Kind: models.Said, Name: text, Text: text, Answer: text, At: at},
		{Author: models.ByCustomer, Kind: models.Said, Name: "Luis", Text: text, Deleted: true, At: at},
		{Author: models.ByBot, Kind: models.Draft, Name: "Bot", Text: text, At: at},
		{Author: models.BySystem, Kind: models.Line, Name: "Patchbay", Text: text, Answer: text, At: at},
		{Author: models.ByCustomer, Kind: models.Said, Name: text, Text: text, Reaction: true, Mention: text, At: at},
	}}
	id, err := w.desk.Post(t.Context(), thread, p)
	if err != nil {
		t.Fatalf("Post(%.60q) = %v", text, err)
	}
	w.look(t, thread, id)
	if err := w.desk.Edit(t.Context(), thread, id, p); err != nil {
		t.Fatalf("Edit(%.60q) = %v", text, err)
	}
	post := w.look(t, thread, id)
	if n := len(utf16.Encode([]rune(post.Text))); n > 4000 {
		t.Errorf("the text of an edited post has %d characters, want 4000 at most", n)
	}
}

// look returns a post, after a look whether it is inert.
func (w *world) look(t *testing.T, thread, id string) slacktest.Post {
	t.Helper()
	got, _ := w.slack.Thread(thread)
	for _, p := range got.Posts() {
		if p.ID == id {
			inert(t, p)
			return p
		}
	}
	t.Fatalf("no post %s", id)
	return slacktest.Post{}
}

func TestCardIsInert(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	for _, text := range nasty {
		w.cardIsInert(t, text)
	}
}

func (w *world) cardIsInert(t *testing.T, text string) {
	t.Helper()
	score := 0.31
	c := handover.Card{
		Handover: "h1", Channel: "webhook/" + text, Platform: text, Language: text, Contact: models.Contact{Name: text, Fields: map[string]string{
			text: text, "b": text, "c": text, "d": text, "e": text, "f": text, "g": text, "h": text, "i": text, "j": text,
		}},
		Reason: models.Reason{Cause: models.CauseBotAsked, Asked: text, Answered: text, Confidence: &score, Error: text, Told: text, Summary: text, Team: text},
		Since:  time.Unix(1793900000, 0), State: models.HandoverWaiting, Previous: "C0SUPPORT1/1793800000.000100",
		Window: time.Unix(1793986400, 0), Blocked: true, Reopened: 2,
	}
	thread, err := w.desk.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("Open() with %.60q = %v", text, err)
	}
	c.State, c.Agent = models.HandoverClaimed, models.Person{Name: text}
	if err := w.desk.Show(t.Context(), thread, c); err != nil {
		t.Fatalf("Show() with %.60q = %v", text, err)
	}
	got, _ := w.slack.Thread(thread)
	inert(t, got.Root)
	if !strings.HasSuffix(got.Root.Text, "\nReplies here go to the customer. Start with // for a note.") {
		t.Errorf("the card's text ends with %q", got.Root.Text[max(0, len(got.Root.Text)-80):])
	}
}

// TestWhatIsSaidIsShown checks that nothing of a message is lost on its way into a thread.
func TestWhatIsSaidIsShown(t *testing.T) {
	w := start(t, slacktest.Options{Unpaced: true}, nil)
	thread := w.open(t)
	for _, text := range append([]string{strings.Repeat("lorem ipsum ", 1500), strings.Repeat("line\n", 4000)}, nasty...) {
		id, err := w.desk.Post(t.Context(), thread, said(text))
		if err != nil {
			t.Fatalf("Post(%.60q) = %v", text, err)
		}
		p := w.look(t, thread, id)
		if got, want := letters(p.Plain()), letters("Luis Pérez"+text); got != want {
			t.Errorf("shown %.200q, want %.200q", got, want)
		}
		if got, want := letters(slacktest.Post{Text: p.Text}.Plain()), letters("Luis Pérez"+text); got != want {
			t.Errorf("text %.200q, want %.200q", got, want)
		}
	}
}

// letters leaves out the spaces, marks and signs that showing may add or take.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.So, r) {
			return r
		}
		return -1
	}, s)
}

func FuzzPostIsInert(f *testing.F) {
	for _, seed := range nasty {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := start(t, slacktest.Options{Unpaced: true}, nil)
		w.cardIsInert(t, text)
		w.postIsInert(t, w.open(t), text)
	})
}
