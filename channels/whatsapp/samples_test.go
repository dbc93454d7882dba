package whatsapp_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/models"
)

const (
	luisPhone = "phone:5215550001111"
	luisUser  = "user:MX.7301928374650912"
	miaUser   = "user:DE.8120044556677889"
)

// luis returns what Luis did, as the samples tell it.
func luis(kind channels.Kind, message, id string, at int64, content models.Content) channels.Inbound {
	return channels.Inbound{
		Key:       "message:" + message,
		Account:   number,
		Addresses: []string{luisPhone, luisUser},
		Kind:      kind,
		ID:        id,
		At:        time.Unix(at, 0).UTC(),
		Contact:   models.Contact{ID: "5215550001111", Name: "Luis Pérez"},
		Content:   content,
	}
}

// wrote is a message of Luis.
func wrote(id string, at int64, content models.Content) channels.Inbound {
	return luis(channels.Message, id, id, at, content)
}

// receipt is a status of a message to Luis.
func receipt(id, status string, delivery models.Delivery, at int64, ours string) channels.Inbound {
	return channels.Inbound{
		Key:       "status:" + status + ":" + id,
		Account:   number,
		Addresses: []string{luisPhone},
		Kind:      channels.Receipt,
		ID:        id,
		At:        time.Unix(at, 0).UTC(),
		Delivery:  delivery,
		Ours:      ours,
	}
}

// file is an attachment.
func file(kind models.AttachmentKind, ref, mime, name string) []models.Attachment {
	return []models.Attachment{{Kind: kind, Ref: ref, MIME: mime, Name: name}}
}

// failed is an Inbound's error without its text, which is for people.
func failed(in channels.Inbound, kind channels.ErrorKind) channels.Inbound {
	in.Error = &channels.Error{Kind: kind}
	return in
}

// webhooks are the bodies of the platform's calls, and what they bring.
func webhooks() map[string][]channels.Inbound {
	mia := channels.Inbound{
		Key: "message:wamid.HBgNIN21FAA=", Account: number, Addresses: []string{miaUser}, Kind: channels.Message,
		ID: "wamid.HBgNIN21FAA=", At: time.Unix(1793900090, 0).UTC(),
		Contact: models.Contact{ID: "DE.8120044556677889", Name: "Mia", Fields: map[string]string{"username": "mia.runs"}},
		Content: models.Content{Text: "hi, it's Mia"},
	}
	miaPhone := mia
	miaPhone.Key, miaPhone.ID, miaPhone.At = "message:wamid.HBgNIN24FAA=", "wamid.HBgNIN24FAA=", time.Unix(1793900101, 0).UTC()
	miaPhone.Addresses = []string{"phone:4915550002222", miaUser}
	miaPhone.Contact.ID = "4915550002222"
	miaPhone.Content = models.Content{Text: "three, other user"}

	changed := luis(channels.Moved, "wamid.HBgNIN18FAA=", "", 1793900070, models.Content{})
	changed.Addresses = []string{"phone:5215550009999", luisPhone}
	changed.Contact = models.Contact{ID: "5215550009999"}

	hello := wrote("wamid.HBgNIN01FAA=", 1793900000, models.Content{Text: "Hola, ¿dónde está mi pedido?"})
	return map[string][]channels.Inbound{
		"01_text.json": {hello},
		"02_image_caption.json": {wrote("wamid.HBgNIN02FAA=", 1793900005, models.Content{
			Text: "Se rompió", Attachments: file(models.Image, "910000000000002", "image/jpeg", "")})},
		"03_voice_note.json": {wrote("wamid.HBgNIN03FAA=", 1793900009, models.Content{
			Attachments: file(models.Voice, "910000000000003", "audio/ogg; codecs=opus", "")})},
		"04_video.json": {wrote("wamid.HBgNIN04FAA=", 1793900012, models.Content{
			Attachments: file(models.Video, "910000000000004", "video/mp4", "")})},
		"05_document.json": {wrote("wamid.HBgNIN05FAA=", 1793900015, models.Content{
			Text: "Factura", Attachments: file(models.File, "910000000000005", "application/pdf", "factura 17.pdf")})},
		"06_sticker.json": {wrote("wamid.HBgNIN06FAA=", 1793900018, models.Content{
			Attachments: file(models.Sticker, "910000000000006", "image/webp", "")})},
		"07_location.json": {wrote("wamid.HBgNIN07FAA=", 1793900020, models.Content{
			Location: &models.Location{Latitude: 19.4326, Longitude: -99.1332, Name: "Zócalo", Address: "Plaza de la Constitución S/N"}})},
		"08_contacts.json": {wrote("wamid.HBgNIN08FAA=", 1793900025, models.Content{
			Cards: []models.Card{{Name: "Rosa Díaz", Phones: []string{"+52 1 555 000 3333"}}}})},
		"09_reply_context.json": {wrote("wamid.HBgNIN09FAA=", 1793900030, models.Content{
			Text: "Este", ReplyTo: "wamid.HBgNOUT77FAA="})},
		"10_forwarded.json": {wrote("wamid.HBgNIN10FAA=", 1793900033, models.Content{
			Text: "(reenviado) Aviso", Forwarded: &models.Forward{}})},
		"11_template_button.json": {luis(channels.Pressed, "wamid.HBgNIN11FAA=", "wamid.HBgNIN11FAA=", 1793900035, models.Content{
			Text: "Continue", Payload: "RESUME_CHAT", ReplyTo: "wamid.HBgNOUT78FAA="})},
		"12_interactive_button_reply.json": {luis(channels.Pressed, "wamid.HBgNIN12FAA=", "wamid.HBgNIN12FAA=", 1793900040, models.Content{
			Text: "Great", Payload: "csat:9f3a:5", ReplyTo: "wamid.HBgNOUT79FAA="})},
		"13_interactive_list_reply.json": {luis(channels.Pressed, "wamid.HBgNIN13FAA=", "wamid.HBgNIN13FAA=", 1793900044, models.Content{
			Text: "Billing", Payload: "dept:billing", ReplyTo: "wamid.HBgNOUT80FAA="})},
		"14_reaction_added.json":   {luis(channels.Reacted, "wamid.HBgNIN14FAA=", "wamid.HBgNOUT79FAA=", 1793900050, models.Content{Text: "👍"})},
		"15_reaction_removed.json": {luis(channels.Reacted, "wamid.HBgNIN15FAA=", "wamid.HBgNOUT79FAA=", 1793900055, models.Content{})},
		"16_order.json": {wrote("wamid.HBgNIN16FAA=", 1793900060, models.Content{
			Lines: []string{"[order: 2 × sku-1 at 15.5 MXN]"}})},
		"17_unsupported.json": {wrote("wamid.HBgNIN17FAA=", 1793900062, models.Content{
			Lines: []string{"[unsupported message: poll]"}})},
		"18_system_number_changed.json": {changed},
		"19_edit.json": {luis(channels.Edited, "wamid.HBgNIN19FAA=", "wamid.HBgNIN01FAA=", 1793900075, models.Content{
			Text: "Hola, ¿dónde está mi pedido 17?"})},
		"20_revoke.json":                      {luis(channels.Deleted, "wamid.HBgNIN20FAA=", "wamid.HBgNIN02FAA=", 1793900080, models.Content{})},
		"21_username_user_without_phone.json": {mia},
		"22_batch_3msgs_2users.json": {
			wrote("wamid.HBgNIN22FAA=", 1793900100, models.Content{Text: "uno"}),
			wrote("wamid.HBgNIN23FAA=", 1793900101, models.Content{Text: "dos"}),
			miaPhone,
		},
		"23_duplicate_of_01.json": {hello},
		"24_two_entries_mixed.json": {
			wrote("wamid.HBgNIN25FAA=", 1793900110, models.Content{Text: "entry one"}),
			receipt("wamid.HBgNOUT79FAA=", "read", models.Read, 1793900111, ""),
		},
		"30_status_sent.json":      {receipt("wamid.HBgNOUT79FAA=", "sent", models.Sent, 1793900120, "msg_01J9Z7")},
		"31_status_delivered.json": {receipt("wamid.HBgNOUT79FAA=", "delivered", models.Delivered, 1793900122, "msg_01J9Z7")},
		"32_status_read.json":      {receipt("wamid.HBgNOUT79FAA=", "read", models.Read, 1793900140, "msg_01J9Z7")},
		"33_status_failed_131047_window.json": {
			failed(receipt("wamid.HBgNOUT81FAA=", "failed", models.Failed, 1793900150, ""), channels.WindowClosed)},
		"34_status_failed_131026_undeliverable.json": {
			failed(receipt("wamid.HBgNOUT82FAA=", "failed", models.Failed, 1793900151, ""), channels.Unreachable)},
		"35_statuses_out_of_order_batch.json": {
			receipt("wamid.HBgNOUT83FAA=", "read", models.Read, 1793900162, ""),
			receipt("wamid.HBgNOUT83FAA=", "delivered", models.Delivered, 1793900161, ""),
			receipt("wamid.HBgNOUT83FAA=", "sent", models.Sent, 1793900160, ""),
		},
		"36_value_level_errors.json":          {},
		"37_other_field_template_status.json": {},
		"signed_body.min.json":                {hello},
	}
}

func TestSamplesAreAllNamed(t *testing.T) {
	bodies, others := webhooks(), checks()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if e.IsDir() {
			continue // a fuzz corpus
		}
		files++
		_, body := bodies[e.Name()]
		_, other := others[e.Name()]
		if !body && !other {
			t.Errorf("testdata/%s is in no table", e.Name())
		}
	}
	if want := len(bodies) + len(others); files != want {
		t.Errorf("testdata has %d files, want the %d of the tables", files, want)
	}
}

func TestSamplesReceived(t *testing.T) {
	a := open(t, config(""), quiet())
	for name, want := range webhooks() {
		t.Run(name, func(t *testing.T) {
			u, err := a.Receive(signed(sample(t, name)))
			if err != nil {
				t.Fatalf("Receive() = %v", err)
			}
			if u.Response.Status != 0 {
				t.Errorf("Receive() answers %d, want 200", u.Response.Status)
			}
			if len(u.Inbound) != len(want) {
				t.Fatalf("Receive() = %d Inbound, want %d: %+v", len(u.Inbound), len(want), u.Inbound)
			}
			for i, got := range u.Inbound {
				if got.Error != nil {
					if text := got.Error.Error(); text == "" || strings.Contains(text, "5215550001111") {
						t.Errorf("Error = %q, want words without the number", text)
					}
					got.Error = &channels.Error{Kind: got.Error.Kind}
				}
				if !reflect.DeepEqual(got, want[i]) {
					t.Errorf("Inbound[%d] = %+v\nwant %+v", i, got, want[i])
				}
			}
		})
	}
}
