package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"patchbay/channels"
	"patchbay/channels/webhook"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/app"
)

// Trial plays a customer of a running webhook channel, for the command send: it takes the place of the customer's system
// at send_url, posts a signed message, and prints what comes back until nothing came for a while.
func Trial(ctx context.Context, c channels.Config, t app.Trial) error {
	conf, ok := c.(*webhook.Config)
	if !ok {
		return errors.New("send plays the customer of a webhook channel only")
	}
	place, err := placeOf(ctx, conf.SendURL)
	if err != nil {
		return err
	}
	place.Secret = conf.Secret.Reveal()[0] // the one that signs
	system, err := webhooktest.Start(place)
	if err != nil {
		return fmt.Errorf("listen at send_url: %w: does your own system run there? Stop it, or give a trial channel another send_url", err)
	}
	defer func() { _ = system.Close() }()
	fmt.Fprintf(t.Out, "%s: %s\n", t.Chat, t.Text)
	if err := write(ctx, system, t); err != nil {
		return err
	}
	seen := 0
	for {
		waiting, cancel := context.WithTimeout(ctx, t.Wait)
		err := system.Wait(waiting, func() bool { return len(system.Posts()) > seen })
		cancel()
		posts := system.Posts()
		for _, p := range posts[seen:] {
			printPost(t.Out, t.Chat, p)
		}
		seen = len(posts)
		switch {
		case err == nil:
			continue
		case system.Refused() > 0:
			return errors.New("the gateway signs with another secret: does it run with this config?")
		case seen == 0 && ctx.Err() == nil:
			return fmt.Errorf("nothing came back within %v; --wait waits longer", t.Wait)
		}
		return nil
	}
}

// write posts the message and says in words what may be wrong.
func write(ctx context.Context, system *webhooktest.Server, t app.Trial) error {
	answer, err := system.Post(ctx, t.Endpoint, webhooktest.Event{
		Type: "message", ID: system.NewID("m"), Chat: webhooktest.Ref{ID: t.Chat},
		Sender: &webhooktest.Person{ID: t.Chat, Name: t.Chat}, Text: t.Text,
	})
	switch {
	case err != nil:
		return fmt.Errorf("nobody answers at %s: %w: does the gateway run there? --at says where", t.Endpoint, channels.Redact(err))
	case answer.Status == http.StatusNotFound:
		return fmt.Errorf("the gateway at %s has no such channel, or it is off", t.Endpoint)
	case answer.Status == http.StatusUnauthorized:
		return errors.New("the gateway has another secret: does it run with this config?")
	case answer.Status != http.StatusAccepted:
		return fmt.Errorf("the gateway answered %d: %s", answer.Status, strings.TrimSpace(answer.Body))
	}
	return nil
}

// placeOf returns where to listen for posts to a send_url, which must be on this machine.
func placeOf(ctx context.Context, sendURL string) (webhooktest.Config, error) {
	u, err := url.Parse(sendURL)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return webhooktest.Config{}, errors.New("send listens at send_url itself: it must begin with http:// and be an address of this machine, such as http://127.0.0.1:7001/messages")
	}
	port := cmp.Or(u.Port(), "80")
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return webhooktest.Config{}, fmt.Errorf("send listens at send_url itself: %w", err)
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return webhooktest.Config{}, fmt.Errorf("addresses of this machine: %w", err)
	}
	for _, ip := range ips {
		for _, a := range own {
			if n, ok := a.(*net.IPNet); ip.IsLoopback() || ok && n.IP.Equal(ip.AsSlice()) {
				return webhooktest.Config{Addr: net.JoinHostPort(ip.String(), port), Path: cmp.Or(u.Path, "/")}, nil
			}
		}
	}
	return webhooktest.Config{}, fmt.Errorf("send listens at send_url itself, but %s is another machine: give a trial channel an address such as http://127.0.0.1:7001/messages", u.Hostname())
}

// printPost prints what came back as a line: "agent Ana: Hello". What is for another chat says so.
func printPost(w io.Writer, chat string, p webhooktest.Post) {
	who := p.Author.Kind
	if p.Author.Name != "" && p.Author.Kind == "agent" {
		who += " " + p.Author.Name
	}
	text := p.Text
	for _, a := range p.Attachments {
		text += " [" + a.Type + " " + a.URL + "]"
	}
	for _, b := range p.Buttons {
		text += " [" + b.Title + "]"
	}
	switch p.Type {
	case "edit":
		text = "(edited) " + text
	case "delete":
		text = "(deleted a message)"
	}
	if p.Chat.ID != chat {
		who = "to " + p.Chat.ID + ", " + who
	}
	fmt.Fprintf(w, "%s: %s\n", who, strings.TrimSpace(text))
}
