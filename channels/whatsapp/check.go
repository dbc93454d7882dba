package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"patchbay/channels"
)

// Check looks at the access token, the number, the app's subscription, the templates, and whether endpoint answers as the platform
// wants. What the token may not see is a warning: it may still send.
func (a *adapter) Check(ctx context.Context, endpoint string) []channels.Finding {
	token, findings := a.checkToken(ctx)
	if token != nil {
		findings = append(findings, a.checkNumber(ctx), a.checkSubscription(ctx, *token))
		findings = append(findings, a.checkTemplates(ctx, *token)...)
	}
	return append(findings, a.checkEndpoint(ctx, endpoint))
}

func good(format string, args ...any) channels.Finding {
	return channels.Finding{OK: true, Text: fmt.Sprintf(format, args...)}
}

func doubtful(format string, args ...any) channels.Finding {
	return channels.Finding{Warning: true, Text: fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) channels.Finding {
	return channels.Finding{Text: fmt.Sprintf(format, args...)}
}

// accessToken is what the platform tells of a token.
// https://developers.facebook.com/docs/graph-api/reference/debug_token/
type accessToken struct {
	AppID     string   `json:"app_id"`
	Type      string   `json:"type"` // USER, SYSTEM_USER, PAGE, APP
	Valid     bool     `json:"is_valid"`
	ExpiresAt int64    `json:"expires_at"` // 0 is never
	Scopes    []string `json:"scopes"`
	Granular  []struct {
		Scope   string   `json:"scope"`
		Targets []string `json:"target_ids"` // for the WhatsApp scopes, business accounts
	} `json:"granular_scopes"`
}

// The permissions of a token. https://developers.facebook.com/docs/permissions
const (
	scopeSend   = "whatsapp_business_messaging"
	scopeManage = "whatsapp_business_management"
)

const newToken = "make a token of a system user that never expires: Business settings > System users"

// checkToken asks the platform what the access token is. It returns nil if nothing more can be asked with it.
func (a *adapter) checkToken(ctx context.Context) (*accessToken, []channels.Finding) {
	var answer struct {
		Data accessToken `json:"data"`
	}
	if err := a.get(ctx, "/debug_token?input_token="+url.QueryEscape(a.conf.AccessToken.Reveal()), &answer); err != nil {
		if denied(err) && !unpermitted(err) {
			return nil, []channels.Finding{bad("access_token: %v; %s", err, newToken)}
		}
		return &accessToken{}, []channels.Finding{doubtful("the access token could not be looked at: %v", err)}
	}
	t := &answer.Data
	var findings []channels.Finding
	switch expires := time.Unix(t.ExpiresAt, 0).UTC(); {
	case !t.Valid:
		return nil, []channels.Finding{bad("access_token is not valid any more: %s", newToken)}
	case t.ExpiresAt == 0:
		findings = append(findings, good("the access token is of type %s and never expires", t.Type))
	case t.Type == "SYSTEM_USER":
		findings = append(findings, doubtful("the access token expires on %s: renew it before, or %s", expires.Format(time.DateOnly), newToken))
	default:
		findings = append(findings, doubtful("the access token is a person's (%s) and expires on %s: %s",
			t.Type, expires.Format("2006-01-02 15:04 MST"), newToken))
	}
	if t.Scopes != nil && !slices.Contains(t.Scopes, scopeSend) {
		findings = append(findings, bad("the access token lacks the permission %s: nothing can be sent", scopeSend))
	}
	return t, findings
}

// checkNumber asks the platform about the number.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
func (a *adapter) checkNumber(ctx context.Context) channels.Finding {
	var n struct {
		Display  string `json:"display_phone_number"`
		Name     string `json:"verified_name"`
		Quality  string `json:"quality_rating"`
		Verified string `json:"code_verification_status"`
		Platform string `json:"platform_type"`
	}
	path := "/" + url.PathEscape(a.conf.PhoneNumberID) +
		"?fields=display_phone_number,verified_name,quality_rating,code_verification_status,platform_type"
	if err := a.get(ctx, path, &n); err != nil {
		switch {
		case unpermitted(err):
			return doubtful("the access token may not look at the number: give it the permission %s (%v)", scopeManage, err)
		case denied(err):
			return bad("phone_number_id: %v; WhatsApp > API Setup in the Meta app shows the right one", err)
		}
		return doubtful("the number could not be looked at: %v", err)
	}
	who := fmt.Sprintf("%s (%s)", n.Display, n.Name)
	switch {
	case n.Platform != "" && n.Platform != "CLOUD_API":
		return bad("%s is not registered with the Cloud API: register it in WhatsApp Manager", who)
	case n.Quality == "RED":
		return doubtful("%s has a low quality rating: customers blocked or reported it, and the platform may limit it", who)
	case n.Verified == "NOT_VERIFIED":
		return doubtful("%s is not verified: verify it in WhatsApp Manager", who)
	}
	return good("the number is %s", who)
}

// checkSubscription asks whether the token's app gets the calls of the number's business account. The account is not in
// the config; it is looked for among those that the token names.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
func (a *adapter) checkSubscription(ctx context.Context, t accessToken) channels.Finding {
	account, err := a.businessAccount(ctx, t)
	if err != nil {
		return doubtful("whether the app is subscribed could not be looked at: %v", err)
	}
	if account == "" {
		return doubtful("the token does not tell the WhatsApp business account, so whether the app is subscribed to it was not checked")
	}
	var apps struct {
		Data []struct {
			App struct {
				ID string `json:"id"`
			} `json:"whatsapp_business_api_data"`
		} `json:"data"`
	}
	if err := a.get(ctx, "/"+url.PathEscape(account)+"/subscribed_apps", &apps); err != nil {
		return doubtful("whether the app is subscribed could not be looked at: %v", err)
	}
	for _, app := range apps.Data {
		if app.App.ID == t.AppID {
			return good("the app is subscribed to the business account %s", account)
		}
	}
	return bad("the app gets no messages: subscribe it with POST %s/%s/subscribed_apps", a.api, account)
}

// businessAccount returns the business account that has the number, "" if the token names none.
func (a *adapter) businessAccount(ctx context.Context, t accessToken) (string, error) {
	var candidates []string
	for _, g := range t.Granular {
		if g.Scope == scopeManage || g.Scope == scopeSend {
			candidates = append(candidates, g.Targets...)
		}
	}
	slices.Sort(candidates)
	var failed error
	for _, account := range slices.Compact(candidates) {
		var numbers struct {
			Data []struct {
				ID string `json:"id"`
			} `json:"data"`
		}
		if err := a.get(ctx, "/"+url.PathEscape(account)+"/phone_numbers?fields=id&limit=100", &numbers); err != nil {
			failed = err
			continue
		}
		for _, n := range numbers.Data {
			if n.ID == a.conf.PhoneNumberID {
				return account, nil
			}
		}
	}
	return "", failed
}

// denied reports whether the platform refused the account.
func denied(err error) bool { return channels.KindOf(err) == channels.Forbidden }

// unpermitted reports whether the platform refused the one call only: the token may not look at that.
func unpermitted(err error) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && (f.code == 3 || f.code == 10 || f.code >= 200 && f.code <= 299 || f.code == 131005)
}
