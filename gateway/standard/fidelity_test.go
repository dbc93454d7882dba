package standard_test

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"patchbay/channels"
	"patchbay/channels/fidelity"
	"patchbay/channels/telegram"
	"patchbay/channels/webhook"
	"patchbay/channels/whatsapp"
	"patchbay/gateway/standard"
	"patchbay/models"
)

var update = flag.Bool("update", false, "write the table of docs/channels.md anew")

// columns returns a column for each kind of channel.
func columns(t *testing.T) map[string]fidelity.Column {
	t.Helper()
	deps := channels.Deps{Name: "x", HTTP: http.DefaultClient, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	secret := models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	made := func(a channels.Adapter, err error) channels.Adapter {
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	return map[string]fidelity.Column{
		"telegram": {Name: "Telegram", Adapter: made(telegram.New(&telegram.Config{Token: models.NewSecret("1:a")}, deps))},
		"whatsapp": {Name: "WhatsApp", Adapter: made(whatsapp.New(&whatsapp.Config{
			PhoneNumberID: "1", AccessToken: secret, AppSecret: models.Secrets{secret}, VerifyToken: models.Secrets{secret},
		}, deps))},
		"webhook": {Name: "webhook", Adapter: made(webhook.New(&webhook.Config{
			Secret: models.Secrets{secret}, SendURL: "https://shop.example/messages",
		}, deps))},
	}
}

// Ensure the table of docs/channels.md says what the adapters of the kit can do. go test ./gateway/standard -run Fidelity -update
// writes it anew.
func TestFidelity(t *testing.T) {
	const file, begin, end = "../../docs/channels.md", "<!-- what arrives: made by gateway/standard/fidelity_test.go -->\n", "<!-- end -->"
	known := columns(t)
	var all []fidelity.Column
	for _, kind := range standard.Kit().Channels {
		column, ok := known[kind.Kind]
		if !ok {
			t.Fatalf("the kit has the channel %q and the table no column for it", kind.Kind)
		}
		all = append(all, column)
	}
	table := fidelity.Table(all...)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	if old == table {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is stale; it should be:\n%s", file, table)
	}
	if err := os.WriteFile(file, []byte(before+begin+table+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
