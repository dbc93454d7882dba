package slackdesk

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"patchbay/handover"
)

// deskError returns a failure of the call op. err has no token.
func deskError(kind handover.DeskErrorKind, op string, err error) *handover.DeskError {
	return &handover.DeskError{Kind: kind, Err: fmt.Errorf("%s: %w", op, err)}
}

func temporary(op string, err error) *handover.DeskError {
	return deskError(handover.DeskTemporary, op, err)
}

func forbidden(op string, err error) *handover.DeskError {
	return deskError(handover.DeskForbidden, op, err)
}

func rejected(op string, err error) *handover.DeskError {
	return deskError(handover.DeskRejected, op, err)
}

// fail returns what err, a failure of the Web API's method op, means. channel is the one that the call was about.
func (d *Desk) fail(op, channel string, err error) *handover.DeskError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return &handover.DeskError{Kind: kindOf(e.Code), Err: fmt.Errorf("%s: %w%s", op, e, d.advice(e, channel))}
	}
	if e, ok := errors.AsType[*statusError](err); ok {
		kind := handover.DeskTemporary
		switch e.Code {
		case http.StatusTooManyRequests:
			kind = handover.DeskRateLimited
		case http.StatusRequestEntityTooLarge:
			kind = handover.DeskRejected
		}
		return &handover.DeskError{Kind: kind, RetryAfter: e.RetryAfter, Err: fmt.Errorf("%s: %w", op, e)}
	}
	// The address is the config's and has no token, but it is of no use in a log either.
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	failed := temporary(op, err)
	if e, ok := errors.AsType[*net.OpError](err); ok {
		failed.Undone = e.Op == "dial" // there was not even a connection
	}
	return failed
}

// kindOf returns what Slack's error code means. The codes of a method stand on its page:
// https://docs.slack.dev/reference/methods/chat.postMessage
func kindOf(code string) handover.DeskErrorKind {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return handover.DeskRateLimited
	case "thread_not_found", "cannot_reply_to_message", "message_not_found":
		return handover.DeskGone
	case "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "no_text", "invalid_metadata_format",
		"invalid_metadata_schema", "metadata_too_large", "metadata_must_be_sent_from_app", "markdown_text_conflict",
		"cant_update_message", "edit_window_closed", "is_inactive", "as_user_not_supported", "update_failed",
		"bad_timestamp", "invalid_name", "no_item_specified", "not_reactable", "thread_locked", "too_many_emoji", "too_many_reactions",
		"already_reacted", "no_reaction",
		"file_not_found", "file_deleted", "file_upload_size_restricted", "file_type_not_allowed", "blocked_file_type", "over_file_size_limit",
		"storage_limit_reached", "invalid_file_name", "file_update_failed", "malware_detected", "posting_to_channel_denied",
		"user_not_in_channel", "user_not_found", "user_not_visible", "users_not_found", "invalid_arguments",
		"expired_trigger_id", "invalid_trigger_id", "trigger_expired", "view_too_large", "duplicate_external_id", "hash_conflict", "invalid_array_arg", "invalid_form_data":
		return handover.DeskRejected
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission",
		"not_allowed_token_type", "access_denied", "org_login_required", "ekm_access_denied", "team_access_not_granted",
		"two_factor_setup_required", "enterprise_is_restricted", "accesslimited",
		"not_in_channel", "channel_not_found", "is_archived", "channel_is_archived", "restricted_action",
		"restricted_action_read_only_channel", "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
		"restricted_action_thread_locked", "cannot_post_to_channel", "messages_tab_disabled", "slack_connect_file_link_sharing_blocked",
		"slack_connect_blocked_file_type", "method_deprecated", "deprecated_endpoint", "app_missing_action_url",
		"not_enabled", "socket_mode_not_enabled", "forbidden_team", "unknown_method":
		return handover.DeskForbidden
	}
	// internal_error, fatal_error, service_unavailable, request_timeout, team_added_to_org and what is new: a word that
	// cannot be judged is waited out, so that no message is given up for it.
	return handover.DeskTemporary
}

// advice returns what the operator is to do about e, as an end of the sentence.
func (d *Desk) advice(e *apiError, channel string) string {
	app := "the app"
	if self := d.self.Load(); self != nil && self.Name != "" {
		app = "@" + self.Name
	}
	where := "the channel"
	if channel != "" {
		where = "channel " + channel
	}
	switch e.Code {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired":
		return ": Slack does not take the token any more; install the app again and set the new bot_token or app_token"
	case "not_allowed_token_type":
		return ": the token is of the wrong type; bot_token begins with xoxb-, app_token with xapp-"
	case "missing_scope", "no_permission":
		return ": add the scope to the app (the verb manifest prints all of them) and install it again"
	case "not_in_channel":
		return ": invite the app: write /invite " + app + " in " + where
	case "channel_not_found":
		return ": " + where + " does not exist, or is private and the app is not in it: check the id, or write /invite " + app + " there"
	case "not_enabled":
		return ": switch on the Home tab, on the page App Home of the app"
	case "is_archived", "channel_is_archived":
		return ": " + where + " is archived: unarchive it or name another one in the config"
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "cannot_post_to_channel":
		return ": the workspace's settings let the app not post in " + where + ": allow it in the channel's posting permissions"
	}
	return ""
}
