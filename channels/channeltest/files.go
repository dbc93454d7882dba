package channeltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"patchbay/channels"
	"patchbay/models"
)

// sendFiles: a file of each kind that Limits names goes with its bytes as they are, opened once and closed; one that is over
// the limit is Rejected without being opened, and without a call.
func sendFiles(b *bench) {
	l := b.adapter.Limits()
	if l.Links {
		return // sendAttachment is for these
	}
	for _, kind := range slices.Sorted(maps.Keys(l.Files)) {
		limit := l.Files[kind]
		f := newFile(kind, limit)
		what := fmt.Sprintf("Send(%s)", kind)
		b.ends(Outcome{ID: 4100})
		m := b.out("")
		if limit.Caption {
			m.Text = "Here-it-is."
		}
		m.Attachments, m.Open = []models.Attachment{f.a}, f.open
		got, err := b.adapter.Send(b.Context(), m)
		if err != nil {
			b.Errorf("%s error = %v, want none", what, err)
			continue
		}
		calls, bodies, texts := b.made(), 0, 0
		for _, call := range calls {
			bodies += bytes.Count(call.Raw, f.data)
			texts += bytes.Count(call.Raw, []byte("Here-it-is."))
		}
		if len(calls) > 2 || bodies != 1 || limit.Caption && texts != 1 || !strings.Contains(got, "4100") {
			b.Errorf("%s = %q with %d calls, in which the file is %d times and the text %d times", what, got, len(calls), bodies, texts)
		}
		f.used(b, what, 1)

		if limit.Size > 0 {
			b.answers(nil)
			large := newFile(kind, limit)
			large.a.Size = limit.Size + 1
			m.Attachments, m.Open = []models.Attachment{large.a}, large.open
			_, err := b.adapter.Send(b.Context(), m)
			b.fails(what+" over the limit", err, channels.Rejected)
			b.none(what + " over the limit")
			large.used(b, what+" over the limit", 0)
		}
	}
	sendFilesFail(b)
}

// sendFilesFail: a file that breaks off on its way may work later, and no failure of a file is tried twice.
func sendFilesFail(b *bench) {
	limit, ok := b.adapter.Limits().Files[models.File]
	if !ok {
		return
	}
	b.ends(Outcome{ID: 4101})
	f := newFile(models.File, limit)
	f.a.Size += 1000 // more than there is
	m := b.out("")
	m.Attachments, m.Open = []models.Attachment{f.a}, f.open
	_, err := b.adapter.Send(b.Context(), m)
	b.fails("Send(a file that breaks off)", err, channels.Temporary)
	f.used(b, "Send(a file that breaks off)", 1)
	for _, kind := range b.kinds() {
		b.ends(Outcome{Kind: kind, RetryAfter: 0})
		f := newFile(models.File, limit)
		m.Attachments, m.Open = []models.Attachment{f.a}, f.open
		_, err := b.adapter.Send(b.Context(), m)
		what := fmt.Sprintf("Send(a file, %v)", kind)
		b.fails(what, err, kind)
		if n := len(b.made()); n != 1 {
			b.Errorf("%s made %d calls, want 1", what, n)
		}
		f.used(b, what, 1)
	}
}

// file is a file that counts what is done with it.
type file struct {
	a              models.Attachment
	data           []byte
	opened, closed int
}

func newFile(kind models.AttachmentKind, limit channels.FileLimit) *file {
	media := "application/pdf"
	if len(limit.Types) > 0 {
		media = strings.Replace(limit.Types[0], "*", "mpeg", 1)
	}
	f := &file{data: bytes.Repeat([]byte("\x00\xff\r\n--bytes"), 400)}
	f.a = models.Attachment{Kind: kind, Name: "order.bin", MIME: media, Size: int64(len(f.data))}
	return f
}

func (f *file) open(context.Context) (models.Stream, error) {
	f.opened++
	return models.Stream{ReadCloser: counted{bytes.NewReader(f.data), f}, Size: f.a.Size, MIME: f.a.MIME, Name: f.a.Name}, nil
}

// counted counts that it is closed.
type counted struct {
	io.Reader
	f *file
}

// Close counts one more.
func (c counted) Close() error {
	c.f.closed++
	return nil
}

// used fails b unless the file was opened so often, and closed again.
func (f *file) used(b *bench, what string, opened int) {
	b.Helper()
	if f.opened != opened || opened > 0 && f.closed == 0 {
		b.Errorf("%s opened the file %d times and closed it %d times, want %d", what, f.opened, f.closed, opened)
	}
}
