package whatsapptest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Token is what the access token is.
type Token struct {
	Type    string    // SYSTEM_USER, USER
	Expires time.Time // zero is never
	Scopes  []string
	Invalid bool // every call is refused with code 190
}

// SetToken changes what the access token is.
func (s *Server) SetToken(t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = t
}

// Unsubscribe ends the app's subscription to the business account.
func (s *Server) Unsubscribe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apps, s.opts.AppID)
}

// SetField changes what the platform tells of a number: "quality_rating" to "RED".
func (s *Server) SetField(number, field string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.numbers[number]; n != nil {
		n.fields[field] = value
	}
}

// debugToken tells what a token is. https://developers.facebook.com/docs/graph-api/reference/debug_token/
func (s *Server) debugToken(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Query().Get("input_token") != s.opts.AccessToken {
		return answer(map[string]any{"data": map[string]any{
			"is_valid": false,
			"error":    map[string]any{"code": 190, "message": "The access token could not be decrypted"},
			"scopes":   []string{},
		}})
	}
	expires := int64(0)
	if !s.token.Expires.IsZero() {
		expires = s.token.Expires.Unix()
	}
	var granular []map[string]any
	for _, scope := range s.token.Scopes {
		granular = append(granular, map[string]any{"scope": scope, "target_ids": []string{s.opts.BusinessAccount}})
	}
	return answer(map[string]any{"data": map[string]any{
		"app_id":          s.opts.AppID,
		"type":            s.token.Type,
		"application":     s.opts.Name,
		"expires_at":      expires,
		"is_valid":        expires == 0 || expires > s.now().Unix(),
		"scopes":          s.token.Scopes,
		"granular_scopes": granular,
		"user_id":         "110000000000004",
	}})
}

// numberNode tells about a number.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
func (s *Server) numberNode(r *http.Request, n *number) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.token.Scopes, "whatsapp_business_management") {
		return reply{refused: refuse(10, "Application does not have permission for this action")}
	}
	known := map[string]any{
		"id":                       n.id,
		"display_phone_number":     n.display,
		"verified_name":            s.opts.Name,
		"quality_rating":           "GREEN",
		"code_verification_status": "VERIFIED",
		"platform_type":            "CLOUD_API",
		"throughput":               map[string]any{"level": "STANDARD"},
	}
	maps.Copy(known, n.fields)
	fields := r.URL.Query().Get("fields")
	if fields == "" {
		return answer(known)
	}
	node := map[string]any{"id": n.id}
	for field := range strings.SplitSeq(fields, ",") {
		value, ok := known[field]
		if !ok {
			return reply{refused: refuse(100, "Tried accessing nonexisting field (%s)", field)}
		}
		node[field] = value
	}
	return answer(node)
}

// phoneNumbers lists the business account's numbers.
func (s *Server) phoneNumbers() reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var data []map[string]any
	for id, n := range s.numbers {
		data = append(data, map[string]any{"id": id, "display_phone_number": n.display})
	}
	return answer(map[string]any{"data": data})
}

// subscribedApps lists the apps that get the business account's webhooks, or adds this one.
func (s *Server) subscribedApps(r *http.Request) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodPost:
		s.apps[s.opts.AppID] = true
		return answer(map[string]any{"success": true})
	case http.MethodDelete:
		delete(s.apps, s.opts.AppID)
		return answer(map[string]any{"success": true})
	}
	data := []map[string]any{}
	for id := range s.apps {
		data = append(data, map[string]any{"whatsapp_business_api_data": map[string]any{"id": id, "name": s.opts.Name}})
	}
	return answer(map[string]any{"data": data})
}
