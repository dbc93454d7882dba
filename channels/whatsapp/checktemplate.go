package whatsapp

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"patchbay/channels"
)

// approved is a template as the platform tells of it.
// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
type approved struct {
	Name       string `json:"name"`
	Language   string `json:"language"`
	Status     string `json:"status"`
	Components []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"components"`
}

// body returns the text of the body.
func (t approved) body() string {
	for _, c := range t.Components {
		if strings.EqualFold(c.Type, "body") {
			return c.Text
		}
	}
	return ""
}

// checkTemplates compares the section's templates with those of the business account.
func (a *adapter) checkTemplates(ctx context.Context, t accessToken) []channels.Finding {
	if len(a.list) == 0 {
		return nil
	}
	account, err := a.businessAccount(ctx, t)
	if err == nil && account == "" {
		return []channels.Finding{doubtful("the token does not tell the WhatsApp business account, so the templates were not checked")}
	}
	var findings []channels.Finding
	there := map[string][]approved{}
	for _, mine := range a.list {
		if _, asked := there[mine.Name]; !asked && err == nil {
			there[mine.Name], err = a.approved(ctx, account, mine.Name)
		}
		if err != nil {
			return append(findings, doubtful("the templates could not be looked at: %v", err))
		}
		findings = append(findings, compared(mine, there[mine.Name])...)
	}
	if len(findings) == 0 {
		findings = append(findings, good("all templates are approved, and read as the config has them"))
	}
	return findings
}

// approved returns the account's templates of a name, in all languages.
func (a *adapter) approved(ctx context.Context, account, name string) ([]approved, error) {
	var answer struct {
		Data []approved `json:"data"`
	}
	path := "/" + url.PathEscape(account) + "/message_templates?fields=name,language,status,components&limit=100&name=" + url.QueryEscape(name)
	err := a.get(ctx, path, &answer)
	return answer.Data, err
}

// compared says what is wrong with a template of the section.
func compared(mine channels.Template, there []approved) []channels.Finding {
	i := slices.IndexFunc(there, func(t approved) bool { return t.Name == mine.Name && t.Language == mine.Language })
	if i < 0 {
		return []channels.Finding{bad("templates: there is no %s in %s: WhatsApp Manager lists those of the account", mine.Name, mine.Language)}
	}
	theirs := there[i]
	if theirs.Status != "APPROVED" {
		return []channels.Finding{bad("templates: %s in %s cannot be sent: it is %s", mine.Name, mine.Language, strings.ToLower(theirs.Status))}
	}
	switch n, err := channels.SlotsOf(theirs.body()); {
	case err != nil:
		return []channels.Finding{bad("templates: %s in %s has named placeholders; make one with {{1}}, {{2}} …", mine.Name, mine.Language)}
	case n != len(mine.Slots):
		return []channels.Finding{bad("templates: %s in %s has %d placeholders, and %d in the config", mine.Name, mine.Language, n, len(mine.Slots))}
	}
	if strings.TrimSpace(theirs.body()) != strings.TrimSpace(mine.Text) {
		return []channels.Finding{doubtful("templates: %s in %s reads otherwise in the config, and that is what agents see", mine.Name, mine.Language)}
	}
	return nil
}
