package channels

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
)

// Form is a body of multipart/form-data with one file, which is read while it is sent. Its length is known before:
// https://www.rfc-editor.org/rfc/rfc7578
type Form struct {
	Type   string // the header Content-Type
	Length int64
	io.Reader
}

// FormFile is the file of a Form.
type FormFile struct {
	Field, Name, MIME string
	Size              int64 // bytes, exactly
	Body              io.Reader
}

// NewForm returns the form with the fields, in the order of their names, and the file behind them.
func NewForm(fields map[string]string, file FormFile) (Form, error) {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := w.WriteField(name, fields[name]); err != nil {
			return Form{}, fmt.Errorf("form: %w", err)
		}
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, quoted.Replace(file.Field), quoted.Replace(file.Name)))
	if file.MIME != "" {
		h.Set("Content-Type", quoted.Replace(file.MIME))
	}
	if _, err := w.CreatePart(h); err != nil {
		return Form{}, fmt.Errorf("form: %w", err)
	}
	tail := "\r\n--" + w.Boundary() + "--\r\n"
	return Form{
		Type: w.FormDataContentType(), Length: int64(head.Len()) + file.Size + int64(len(tail)),
		Reader: io.MultiReader(&head, file.Body, strings.NewReader(tail)),
	}, nil
}

// quoted escapes what would end a quoted value of a header.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, "%22", "\r", "%0D", "\n", "%0A")
