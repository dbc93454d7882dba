package lanes_test

import (
	"fmt"
	"slices"
	"testing"

	"patchbay/channels"
	"patchbay/gateway/internal/lanes"
	"patchbay/models"
)

// Ensure that a message's files and words are sent in an order that reads well, one file a send, words under it where they fit.
func TestOutbounds_files(t *testing.T) {
	l := channels.Limits{Text: 100, Caption: 20, Buttons: 3, Files: map[models.AttachmentKind]channels.FileLimit{
		models.Image: {Size: 1000, Types: []string{"image/png"}, Caption: true}, models.Voice: {}, models.File: {Size: 2000, Caption: true},
	}}
	links := channels.Limits{Text: 100, Sender: true, Links: true, Hosted: true, Files: map[models.AttachmentKind]channels.FileLimit{models.Image: {}, models.File: {}}}
	apart := links
	apart.Hosted = false
	png := models.Attachment{Kind: models.Image, MIME: "image/png", Name: "a.png", Size: 500}
	large := models.Attachment{Kind: models.Image, MIME: "image/png", Name: "b.png", Size: 1500}
	huge := models.Attachment{Kind: models.File, Name: "c.zip", Size: 3000}
	voice := models.Attachment{Kind: models.Voice}
	yes := []models.Button{{Title: "Yes", Payload: "y"}}
	for _, tt := range []struct {
		name  string
		l     channels.Limits
		title string
		c     models.Content
		want  []string
	}{
		{"words under a photo", l, "", models.Content{Text: "look", Attachments: []models.Attachment{png}}, []string{"look [image]"}},
		{"with a name", l, "Ana", models.Content{Text: "look", Attachments: []models.Attachment{png}}, []string{"Ana: look [image]"}},
		{"a name alone", l, "Ana", models.Content{Attachments: []models.Attachment{png}}, []string{"Ana:  [image]"}},
		{"a photo alone", l, "", models.Content{Attachments: []models.Attachment{png}}, []string{" [image]"}},
		{"words that do not fit", l, "Ana", models.Content{Text: "12345678901234567", Attachments: []models.Attachment{png}}, []string{"Ana: 12345678901234567", " [image]"}},
		{"words that just fit", l, "Ana", models.Content{Text: "1234567890123456", Attachments: []models.Attachment{png}}, []string{"Ana: 1234567890123456 [image]"}},
		{"several", l, "", models.Content{Text: "look", Attachments: []models.Attachment{png, voice, large}}, []string{"look [image]", " [voice]", " [file]"}},
		{"nothing can stand under it", l, "Ana", models.Content{Text: "listen", Attachments: []models.Attachment{voice}}, []string{"Ana: listen", " [voice]"}},
		{"nor a name", l, "Ana", models.Content{Attachments: []models.Attachment{voice}}, []string{"Ana", " [voice]"}},
		{"one that is not taken", l, "", models.Content{Text: "x", Attachments: []models.Attachment{huge, png}}, []string{"x\n[file c.zip, 3 kB] [image]"}},
		{"none that is", l, "", models.Content{Attachments: []models.Attachment{huge}}, []string{"[file c.zip, 3 kB]"}},
		{"buttons", l, "", models.Content{Text: "this one?", Attachments: []models.Attachment{png}, Buttons: yes}, []string{" [image]", "this one? (Yes)"}},
		{"addresses", links, "Ana", models.Content{Text: "look", Attachments: []models.Attachment{png, huge}}, []string{"look [image] [file]"}},
		{"addresses alone", links, "Ana", models.Content{Attachments: []models.Attachment{png, huge}}, []string{" [image] [file]"}},
		{"no addresses", apart, "", models.Content{Text: "look", Attachments: []models.Attachment{png}}, []string{"look\n[photo a.png, 500 B]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for i, out := range lanes.Outbounds(models.Message{ID: "m1", Author: models.ByAgent, Title: tt.title, Content: tt.c}, "c1", tt.l) {
				said := out.Text
				if out.Title != "" {
					said = out.Title + ": " + said
				}
				for _, a := range out.Attachments {
					said += fmt.Sprintf(" [%s]", a.Kind)
				}
				for _, b := range out.Buttons {
					said += fmt.Sprintf(" (%s)", b.Title)
				}
				if want := map[bool]string{true: "m1", false: fmt.Sprintf("m1-%d", i)}[i == 0]; out.ID != want || out.Address != "c1" {
					t.Errorf("send %d is %s to %s, want %s", i, out.ID, out.Address, want)
				}
				got = append(got, said)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Outbounds = %q, want %q", got, tt.want)
			}
		})
	}
}
