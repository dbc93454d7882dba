package whatsapptest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Write writes a text and returns its id.
func (u *User) Write(ctx context.Context, text string) (string, error) {
	return u.Act(ctx, map[string]any{"type": "text", "text": map[string]any{"body": text}})
}

// Say writes a text as Write does, without waiting for the webhook.
func (u *User) Say(text string) string {
	id, _ := u.act(map[string]any{"type": "text", "text": map[string]any{"body": text}}, true)
	return id
}

// Reply writes a text in answer to a message.
func (u *User) Reply(ctx context.Context, to, text string) (string, error) {
	u.s.mu.Lock()
	n := u.s.numbers[u.number]
	u.s.mu.Unlock()
	return u.Act(ctx, map[string]any{
		"type":    "text",
		"text":    map[string]any{"body": text},
		"context": map[string]any{"from": n.display, "id": to},
	})
}

// Press presses the button with this title under the newest message that has one.
func (u *User) Press(ctx context.Context, title string) (string, error) {
	seen := u.Seen()
	for _, m := range slices.Backward(seen) {
		for _, b := range m.Buttons {
			if b.Title != title {
				continue
			}
			kind := "button_reply"
			if m.List {
				kind = "list_reply"
			}
			u.s.mu.Lock()
			n := u.s.numbers[u.number]
			u.s.mu.Unlock()
			return u.Act(ctx, map[string]any{
				"type":        "interactive",
				"interactive": map[string]any{"type": kind, kind: map[string]any{"id": b.ID, "title": b.Title}},
				"context":     map[string]any{"from": n.display, "id": m.ID},
			})
		}
	}
	return "", fmt.Errorf("whatsapptest: no message has a button %q", title)
}

// Edit changes a text that the user wrote.
func (u *User) Edit(ctx context.Context, id, text string) error {
	_, err := u.Act(ctx, map[string]any{"type": "edit", "edit": map[string]any{
		"original_message_id": id,
		"message":             map[string]any{"context": map[string]any{"id": "M0"}, "type": "text", "text": map[string]any{"body": text}},
	}})
	return err
}

// Revoke deletes a message that the user wrote, for everyone.
func (u *User) Revoke(ctx context.Context, id string) error {
	_, err := u.Act(ctx, map[string]any{"type": "revoke", "revoke": map[string]any{"original_message_id": id}})
	return err
}

// React puts an emoji on a message; an empty one takes it away.
func (u *User) React(ctx context.Context, id, emoji string) error {
	reaction := map[string]any{"message_id": id}
	if emoji != "" {
		reaction["emoji"] = emoji
	}
	_, err := u.Act(ctx, map[string]any{"type": "reaction", "reaction": reaction})
	return err
}

// SendFile sends a file: kind is "image", "video", "audio", "document" or "sticker".
func (u *User) SendFile(ctx context.Context, kind, caption string, m Media) (string, error) {
	u.s.mu.Lock()
	m = u.s.keep(m)
	u.s.mu.Unlock()
	object := map[string]any{
		"id": m.ID, "mime_type": m.MIME, "sha256": m.sum64(), "url": u.s.base + "/media/" + m.ID,
	}
	if caption != "" {
		object["caption"] = caption
	}
	if kind == "document" {
		object["filename"] = m.Name
	}
	if kind == "audio" {
		object["voice"] = m.Name == ""
	}
	return u.Act(ctx, map[string]any{"type": kind, kind: object})
}

// ChangeNumber moves the user to another number, with which he gets another business-scoped id.
func (u *User) ChangeNumber(ctx context.Context, phone string) error {
	u.s.mu.Lock()
	before := u.phone
	moved := map[string]any{
		"type":   "system",
		"system": map[string]any{"type": "user_changed_number", "body": "User " + u.name + " changed from " + before + " to " + phone, "wa_id": phone, "user_id": scoped(phone)},
	}
	u.s.mu.Unlock()
	_, d := u.act(moved, false)
	u.s.mu.Lock()
	u.phone, u.id = phone, scoped(phone)
	u.s.mu.Unlock()
	return u.s.wait(ctx, d)
}

// Act does anything: object are the fields of a message as the webhook tells them, beside who, when and the id.
func (u *User) Act(ctx context.Context, object map[string]any) (string, error) {
	id, d := u.act(object, true)
	return id, u.s.wait(ctx, d)
}

// act puts a message of the user into his queue.
func (u *User) act(object map[string]any, contact bool) (string, *delivery) {
	u.s.mu.Lock()
	n, now := u.s.numbers[u.number], u.s.now()
	id := u.s.wamid(u.phone + u.id)
	message := map[string]any{"id": id, "timestamp": strconv.FormatInt(now.Unix(), 10), "from_user_id": u.id}
	if u.phone != "" && !u.hidden {
		message["from"] = u.phone
	}
	maps.Copy(message, object)
	switch object["type"] {
	case "system", "edit", "revoke":
	default:
		u.lastInbound, u.wrote[id] = now, true
	}
	e := event{number: n, queue: u.queue(), id: id, message: message}
	if contact {
		e.contact = u.contact()
	}
	u.s.change()
	u.s.mu.Unlock()
	return id, u.s.deliver(e)
}
