package whatsapptest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// refusal is an error of the Graph API.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
type refusal struct {
	status     int // HTTP
	code       int
	subcode    int
	details    string
	retryAfter time.Duration
}

// refuse returns a refusal with the status that the API answers this code with.
func refuse(code int, format string, args ...any) *refusal {
	r := &refusal{status: http.StatusBadRequest, code: code, details: fmt.Sprintf(format, args...)}
	switch {
	case code == 0 || code == 190:
		r.status = http.StatusUnauthorized
	case code == 3 || code == 10 || code >= 200 && code <= 299 || code == 131005:
		r.status = http.StatusForbidden
	case code == 4 || code == 80007:
		r.status = http.StatusTooManyRequests
	case code == 131000:
		r.status = http.StatusInternalServerError
	case code == 2 || code == 131016 || code == 133004:
		r.status = http.StatusServiceUnavailable
	}
	return r
}

// title returns the platform's words for the code, as far as this server uses it.
func title(code int) string {
	switch code {
	case 100:
		return "Invalid parameter"
	case 190:
		return "Invalid OAuth access token - Cannot parse access token"
	case 130429:
		return "Rate limit hit"
	case 131008:
		return "Required parameter is missing"
	case 131009:
		return "Parameter value is not valid"
	case 131021:
		return "Recipient cannot be sender"
	case 131026:
		return "Message undeliverable"
	case 131047:
		return "Re-engagement message"
	case 131051:
		return "Unsupported message type"
	case 132000:
		return "Number of parameters does not match the expected number of params"
	case 132001:
		return "Template name does not exist in the translation"
	case 132005:
		return "Translated text too long"
	case 132012:
		return "Parameter format does not match format in the created template"
	case 132015:
		return "Template is Paused"
	case 132016:
		return "Template is Disabled"
	case 131056:
		return "(Business Account, Consumer Account) pair rate limit hit"
	}
	return "Error"
}

// body returns r as the API writes it.
func (r *refusal) body() map[string]any {
	e := map[string]any{
		"message":    fmt.Sprintf("(#%d) %s", r.code, title(r.code)),
		"type":       "OAuthException",
		"code":       r.code,
		"fbtrace_id": "Afake0000000000000000",
	}
	if r.subcode != 0 {
		e["error_subcode"] = r.subcode
	}
	if r.details != "" {
		e["error_data"] = map[string]any{"messaging_product": "whatsapp", "details": r.details}
	}
	return map[string]any{"error": e}
}

// reply is what a call is answered with: a body, or a refusal.
type reply struct {
	body    any
	refused *refusal
}

func answer(body any) reply { return reply{body: body} }

// write sends what is answered.
func (p reply) write(w http.ResponseWriter) {
	status, body := http.StatusOK, p.body
	if p.refused != nil {
		status, body = p.refused.status, p.refused.body()
		if p.refused.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(p.refused.retryAfter.Seconds())))
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller who is gone needs no answer
}
