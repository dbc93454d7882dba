package whatsapp

import (
	"net/http"
	"time"

	"patchbay/channels"
)

// verdict is what a failure means.
type verdict struct {
	kind  channels.ErrorKind
	after time.Duration
	text  string
}

// How long to wait where the platform answers "too fast" without saying how long.
const (
	// A slot for one customer becomes free every six seconds.
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/about-the-platform#pair-rate-limits
	afterPair = pairEvery
	// The app's and the business account's calls are counted by the hour.
	// https://developers.facebook.com/docs/graph-api/overview/rate-limiting
	afterQuota = time.Minute
	// A number that is being moved to a higher throughput is back within minutes.
	// https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
	afterUpgrade = time.Minute
)

// verdictOf returns what an error code of the platform means, in an answer of the API or in a failed status; false if it
// is not known. The platform asks to decide by the code alone, because titles change:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
func verdictOf(code int) (verdict, bool) {
	switch code {
	// The account may not.
	case 0, 190:
		return verdict{channels.Forbidden, 0, "the access token has expired or was withdrawn"}, true
	case 3, 10, 131005:
		return verdict{channels.Forbidden, 0, "the access token lacks a permission"}, true
	case 33:
		return verdict{channels.Forbidden, 0, "the phone number id is wrong or was deleted"}, true
	case 368, 131031:
		return verdict{channels.Forbidden, 0, "the business account is locked for breaking a policy"}, true
	case 131037:
		return verdict{channels.Forbidden, 0, "the number's display name is not approved yet"}, true
	case 131042, 131044:
		return verdict{channels.Forbidden, 0, "there is a problem with the payment method"}, true
	case 131045, 133010:
		return verdict{channels.Forbidden, 0, "the number is not registered with the Cloud API"}, true
	case 131048:
		// Customers reported the number: it is over when its quality recovers, which sending on would only delay.
		return verdict{channels.Forbidden, 0, "too many customers blocked or reported the number"}, true

	// Too fast.
	case 4:
		return verdict{channels.RateLimited, afterQuota, "the app has made too many calls"}, true
	case 80007:
		return verdict{channels.RateLimited, afterQuota, "the business account has made too many calls"}, true
	case 130429:
		return verdict{channels.RateLimited, 0, "too many messages at once"}, true
	case 131056:
		return verdict{channels.RateLimited, afterPair, "too many messages to this customer at once"}, true

	// May work later.
	case 1, 2, 131000, 131016, 133004:
		return verdict{channels.Temporary, 0, "the platform has trouble"}, true
	case 131057:
		return verdict{channels.Temporary, afterUpgrade, "the number is being upgraded"}, true

	// Too late.
	case 131047:
		return verdict{channels.WindowClosed, 0, "the customer last wrote more than 24 hours ago"}, true

	// This customer gets nothing.
	case 131026:
		return verdict{channels.Unreachable, 0, "the customer cannot be reached"}, true
	case 131030:
		return verdict{channels.Unreachable, 0, "the app is in test mode and the customer's number is not on its list"}, true
	case 130497:
		return verdict{channels.Unreachable, 0, "the business may not write to customers in this country"}, true
	case 131021:
		return verdict{channels.Unreachable, 0, "the customer's number is the number that sends"}, true

	// This message is never taken.
	case 100, 131008, 131009, 135000:
		return verdict{channels.Rejected, 0, "the platform does not accept the message in this form"}, true
	case 130472:
		return verdict{channels.Rejected, 0, "the customer is in an experiment of the platform's and does not get such messages"}, true
	case 131049:
		return verdict{channels.Rejected, 0, "the customer has had enough such messages for now"}, true
	case 131050:
		return verdict{channels.Rejected, 0, "the customer does not want marketing messages"}, true
	case 131051:
		return verdict{channels.Rejected, 0, "the platform does not support this type of message"}, true
	case 131052:
		return verdict{channels.Rejected, 0, "the customer's file could not be loaded"}, true
	case 131053:
		return verdict{channels.Rejected, 0, "the file could not be uploaded: check its type and size"}, true
	case 131062:
		return verdict{channels.Rejected, 0, "this type of message needs the customer's phone number"}, true
	case 132000:
		return verdict{channels.Rejected, 0, "the template has another number of placeholders than the config says"}, true
	case 132001:
		return verdict{channels.Rejected, 0, "there is no approved template of this name in this language"}, true
	case 132005:
		return verdict{channels.Rejected, 0, "the template is too long with what was filled in"}, true
	case 132007:
		return verdict{channels.Rejected, 0, "the template breaks a policy of the platform's"}, true
	case 132008, 132012, 132018:
		return verdict{channels.Rejected, 0, "the template does not take what was filled in"}, true
	case 132015:
		return verdict{channels.Rejected, 0, "the template is paused, because customers did not like it"}, true
	case 132016:
		return verdict{channels.Rejected, 0, "the template was switched off for good, because customers did not like it"}, true
	case 137000:
		return verdict{channels.Rejected, 0, "the customer's identity key has changed"}, true
	}
	if code >= 200 && code <= 299 {
		return verdict{channels.Forbidden, 0, "the access token lacks a permission"}, true
	}
	return verdict{}, false
}

// noSuchObject is the subcode of code 100 that says that the id in the path does not exist, or not for this token.
const noSuchObject = 33

// verdictOfStatus returns what a failure without a code that is known means, by the HTTP status; 0 is a failed status in
// a webhook, which has none.
func verdictOfStatus(status int) verdict {
	if status == 0 {
		return verdict{channels.Rejected, 0, "the platform gave no reason that is known"}
	}
	if status == http.StatusNotFound {
		return verdict{channels.Forbidden, 0, "there is no API at the address: check api_url"}
	}
	v := verdict{kind: channels.KindOfStatus(status)}
	switch v.kind {
	case channels.Forbidden:
		v.text = "it does not accept the access token, or api_url is not the API's address"
	case channels.RateLimited:
		v.text = "too many calls"
	case channels.Rejected:
		v.text = "the platform does not accept the message"
	case channels.Temporary, channels.Unreachable, channels.WindowClosed:
		v.text = "the platform has trouble"
	}
	return v
}

// failure is the cause of an error: what the platform said, in words that are safe to show an agent.
type failure struct {
	code    int // -1 if there is none
	subcode int
	text    string
}

// Error returns the words.
func (f *failure) Error() string { return f.text }

// err returns v as an error. ref is the code, or the HTTP status, for who looks it up.
func (v verdict) err(ref string, f failure) *channels.Error {
	prefix := "WhatsApp did not deliver it"
	switch v.kind {
	case channels.Temporary, channels.RateLimited:
		prefix = "WhatsApp cannot take it now"
	case channels.Forbidden:
		prefix = "WhatsApp refuses this account"
	case channels.Unreachable, channels.Rejected, channels.WindowClosed:
	}
	f.text = prefix + ": " + v.text + " (" + ref + ")"
	return &channels.Error{Kind: v.kind, RetryAfter: v.after, Err: &f}
}
