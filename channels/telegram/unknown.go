package telegram

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// unknownOf names the content of a message that this package cannot read, with a space before it, by the field that
// holds it. said is false if the message only tells of a change in the chat. A field that came to the Bot API after
// this was written counts as something said.
func unknownOf(raw json.RawMessage) (name string, said bool) {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields)
	change := false
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		switch {
		case about(field):
		case changed(field):
			change = true
		default:
			return ": " + strings.ReplaceAll(field, "_", " "), true
		}
	}
	return "", !change
}

// about reports whether a field of https://core.telegram.org/bots/api#message tells of the message rather than being
// its content.
func about(field string) bool {
	switch field {
	case "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
		"sender_business_bot", "sender_tag", "date", "guest_query_id", "business_connection_id", "chat", "forward_origin",
		"forward_from", "forward_from_chat", "forward_from_message_id", "forward_signature", "forward_sender_name",
		"forward_date", "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote",
		"reply_to_story", "reply_to_checklist_task_id", "via_bot", "edit_date", "has_protected_content", "is_from_offline",
		"is_paid_post", "media_group_id", "author_signature", "paid_star_count", "link_preview_options",
		"suggested_post_info", "effect_id", "show_caption_above_media", "has_media_spoiler", "reply_markup",
		"entities", "caption_entities", "text", "caption":
		return true
	}
	return false
}

// changed reports whether a field of a message tells of a change in the chat that nobody needs to answer.
func changed(field string) bool {
	for _, prefix := range []string{
		"new_chat_", "left_chat_", "delete_chat_", "forum_topic_", "general_forum_topic_", "video_chat_", "voice_chat_",
		"migrate_", "giveaway_", "suggested_post_", "chat_owner_",
	} {
		if strings.HasPrefix(field, prefix) {
			return true
		}
	}
	switch field {
	case "group_chat_created", "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed",
		"pinned_message", "connected_website", "write_access_allowed", "proximity_alert_triggered", "boost_added",
		"chat_background_set", "direct_message_price_changed", "paid_message_price_changed":
		return true
	}
	return false
}
