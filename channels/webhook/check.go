package webhook

import (
	"context"
	"fmt"
	"net/http"

	"patchbay/channels"
)

// Check says where events go, and asks whether somebody is at send_url. It posts nothing.
func (a *adapter) Check(ctx context.Context, endpoint string) []channels.Finding {
	findings := []channels.Finding{{OK: true, Text: "events are posted to " + endpoint}}
	if endpoint == "" {
		findings[0].Text = "no public_url is set: the customer's system posts to this server's own address"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, a.url, nil)
	if err != nil {
		return append(findings, channels.Finding{Text: "send_url is no http or https address"})
	}
	reply, err := channels.Do(a.http, req)
	switch {
	case err != nil && reply.Status == 0:
		return append(findings, channels.Finding{Text: fmt.Sprintf("send_url does not answer: %v", err)})
	case reply.Status == http.StatusNotFound || reply.Status == http.StatusGone || (reply.Status >= 500 && reply.Status != http.StatusNotImplemented) || reply.Status >= 300 && reply.Status <= 399:
		return append(findings, channels.Finding{Warning: true, Text: fmt.Sprintf("send_url answers %d to a HEAD: is it the right address?", reply.Status)})
	}
	return append(findings, channels.Finding{OK: true, Text: "somebody answers at send_url"})
}
