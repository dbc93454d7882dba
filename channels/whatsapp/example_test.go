package whatsapp_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"patchbay/channels"
	"patchbay/channels/whatsapp"
	"patchbay/channels/whatsapp/whatsapptest"
	"patchbay/models"
)

// A customer writes, and is answered with two buttons, one of which he presses.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	fake, err := whatsapptest.Start(whatsapptest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = fake.Close() }()

	account := fake.Options()
	adapter, err := whatsapp.New(&whatsapp.Config{
		PhoneNumberID: account.PhoneNumberID,
		AccessToken:   models.NewSecret(account.AccessToken),
		AppSecret:     models.Secrets{models.NewSecret(account.AppSecret)},
		VerifyToken:   models.Secrets{models.NewSecret(account.VerifyToken)},
		APIURL:        fake.URL(),
	}, channels.Deps{HTTP: &http.Client{Timeout: 10 * time.Second}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	inbox := make(chan channels.Inbound, 10)
	webhook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := adapter.(channels.Receiver).Receive(r)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		for _, in := range u.Inbound {
			if in.Kind != channels.Receipt {
				inbox <- in
			}
		}
		_, _ = w.Write(u.Response.Body)
	}))
	defer webhook.Close()
	if err := fake.Subscribe(ctx, webhook.URL); err != nil {
		fmt.Println(err)
		return
	}

	luis := fake.User("5215550001111", "Luis")
	if _, err := luis.Write(ctx, "¿Dónde está mi pedido?"); err != nil {
		fmt.Println(err)
		return
	}
	in := <-inbox
	fmt.Printf("%s at %s: %s\n", in.Contact.Name, in.Addresses[0], in.Content.Text)

	_, err = adapter.Send(ctx, channels.Outbound{
		ID: "m1", Address: in.Addresses[0], Title: "Ana", Text: "¿Cuál?",
		Buttons: []models.Button{{Title: "El azul", Payload: "blue"}, {Title: "El rojo", Payload: "red"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("his phone: %q\n", luis.Seen()[0].Text)
	if _, err := luis.Press(ctx, "El rojo"); err != nil {
		fmt.Println(err)
		return
	}
	in = <-inbox
	fmt.Printf("%s: %s (%s)\n", in.Kind, in.Content.Text, in.Content.Payload)
	// Output:
	// Luis at phone:5215550001111: ¿Dónde está mi pedido?
	// his phone: "*Ana*\n¿Cuál?"
	// pressed: El rojo (red)
}
