package sandbox_test

import (
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"patchbay/channels/telegram/telegramtest"
	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/app"
	"patchbay/gateway/sandbox"
	"patchbay/gateway/standard"
	"patchbay/models/store/storetest"
)

// do runs a command of the program.
func (r *rig) do(args ...string) {
	r.t.Helper()
	var errs strings.Builder
	if code := app.Run(r.ctx, args, standard.Kit(), io.Discard, &errs); code != 0 {
		r.t.Fatalf("%q = %d: %s", args, code, errs.String())
	}
}

// wipe takes the database away, as a disk that is lost does.
func wipe(t *testing.T, url string) {
	t.Helper()
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		files, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
		t.Fatal(err)
	}
}

// Ensure that a gateway goes on from a backup where it stood then: what was on its way goes out, once; what was done is not
// done again; what a platform brings again is known.
func TestRestore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		r := run(t, sandbox.Options{Store: url, Webhooks: true, Unpaced: true})
		anna, ana := r.anna(), r.ana()
		thread := r.person()
		r.reply(ana, thread, "#0")
		r.reads(anna, "#0")
		event := webhooktest.Event{
			Type: "message", ID: r.Shop.NewID("m"), Chat: webhooktest.Ref{ID: "c1"}, Sender: &webhooktest.Person{ID: "u1"}, Text: "#9",
		}
		post := func() {
			t.Helper()
			if got, err := r.Shop.Post(r.ctx, r.public+"/channels/"+sandbox.Shop, event); err != nil || got.Status != http.StatusAccepted {
				t.Fatalf("post = %v, %v; want 202", got, err)
			}
		}
		post()
		r.ok(r.Shop.WaitFor(r.ctx, "c1", "You wrote: #9"))

		// From here on nothing gets out.
		r.Telegram.Fail("sendMessage", -1, telegramtest.Raw(http.StatusBadGateway, "{}"))
		r.reply(ana, thread, "#1")
		r.ok(r.Telegram.Wait(r.ctx, func() bool { // it waits in its lane
			return slices.ContainsFunc(r.Telegram.Calls("sendMessage"), func(c telegramtest.Call) bool { return strings.Contains(c.Params["text"], "#1") })
		}))
		r.Slack.Outage(true)
		r.write(anna, "#2")
		r.ok(r.Telegram.Wait(r.ctx, func() bool { return r.Telegram.Pending() == 0 }))

		dir := t.TempDir()
		conf, backup := filepath.Join(dir, "config.toml"), filepath.Join(dir, "backup.db")
		if err := os.WriteFile(conf, []byte(r.Config(r.public)), 0o600); err != nil {
			t.Fatal(err)
		}
		r.do("backup", backup, "--config", conf)
		r.stop()
		wipe(t, url)
		r.do("copy", "--from", "sqlite://"+backup, "--to", url)
		r.Telegram.Heal()
		r.Slack.Outage(false)
		r.start()

		r.reads(anna, "#1")
		r.posted(thread, "#2")
		post()                                          // once more
		event.ID, event.Text = r.Shop.NewID("m"), "#10" // behind which a second answer would stand
		post()
		r.ok(r.Shop.WaitFor(r.ctx, "c1", "You wrote: #10"))
		r.write(anna, "#3")
		r.posted(thread, "#3")
		r.reply(ana, thread, "#4")
		r.reads(anna, "#4")
		ordered(t, "the customer", marked(anna.Read()), []string{"#0", "#1", "#4"})
		ordered(t, "the thread", marked(r.lines(thread)), []string{"#2", "#3"})
		if n := len(r.Shop.Chat("c1")); n != 2 {
			t.Errorf("the shop's chat has %d answers, want 2: %v", n, r.Shop.Chat("c1"))
		}
		if n := len(r.logs.with(`"level":"` + slog.LevelError.String())); n > 0 {
			t.Errorf("the log has %d errors: %s", n, r.logs.with(`"level":"ERROR"`)[0])
		}
	})
}
