package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchbay/channels/webhook/webhooktest"
	"patchbay/gateway/bots/botstest"
	"patchbay/gateway/sandbox"
	"patchbay/handover/slackdesk/slacktest"
	"patchbay/models/store/storetest/loopback"
)

// anybody is a customer of a webhook channel, whose system comes again when the gateway is too busy to store what he wrote.
func anybody(l *live, channel, chat string) *webhooktest.Customer {
	c := l.Shop.Customer(l.public+"/channels/"+channel, chat, webhooktest.Person{ID: chat, Name: "Ann", Locale: "en"})
	c.Patient = true
	return c
}

// handedOver has a customer of the shop ask for a person, and returns the thread.
func handedOver(t *testing.T, l *live, chat string) slacktest.Thread {
	t.Helper()
	n := len(l.Slack.Threads(slacktest.Support))
	must[string](t)(anybody(l, sandbox.Shop, chat).Write(within(t), "I want to talk to a person"))
	threads := must[[]slacktest.Thread](t)(l.Slack.WaitThreads(within(t), slacktest.Support, n+1))
	thread := threads[len(threads)-1]
	must[slacktest.Post](t)(l.Slack.WaitPost(within(t), thread.ID, "I want to talk to a person"))
	return thread
}

// Ensure that a file that is broken, empty or half written changes nothing and is told, once, and when it is over.
func TestReloadOfABadFile(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	tests := []struct{ name, text, want string }{
		{"broken", "[server\n" + l.text, "expected ']' to close table name"},
		{"empty", "", "is empty"},
		{"blank", "\n\n# nothing\n", "is empty"},
		{"half a line", l.text[:strings.Index(l.text, "send_url = ")+len("send_url = \"ht")], "unterminated basic string"},
		{"half a section", strings.TrimSuffix(l.text, l.section("channels.webhook.shop")) + "[channels.webhook.shop]\n", "channels.webhook.shop.secret: missing"},
		{"half the sections", l.text[:strings.Index(l.text, "[channels.")], "channels: no section is left"},
		{"contradiction", strings.Replace(l.text, `mode = "polling"`, `mode = "both"`, 1), "channels.telegram.support.mode: must be"},
	}
	refused := 0
	for _, test := range tests {
		l.replace(t, test.text)
		refused++
		l.log.wait(t, refused, "config not reloaded")
		if l.log.count("config not reloaded", strings.ReplaceAll(test.want, `"`, `\"`)) == 0 {
			t.Errorf("%s: the log does not say %q:\n%s", test.name, test.want, l.log)
		}
		must[string](t)(anybody(l, sandbox.Shop, "c-"+test.name).Write(within(t), "hello "+test.name))
		ok(t, l.Shop.WaitFor(within(t), "c-"+test.name, "You wrote: hello "+test.name))
	}
	l.ops.wait(t, 1, "The config was not reloaded, everything goes on as before: "+l.file)
	l.replace(t, l.text+"\n# mended\n")
	l.ops.wait(t, 1, "Over: The config was not reloaded")
	if n := l.ops.count("The config was not reloaded"); n != 2 {
		t.Errorf("the operator was told %d times, want once, and once when it was over:\n%s", n, l.ops)
	}
	if n := l.log.count(`"msg":"config reloaded"`); n != 1 {
		t.Errorf("reloaded %d times, want once", n)
	}
}

// Ensure that channels come and go with their sections, while the others go on.
func TestReloadOfChannels(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	if status, _ := l.call(t, "POST", "/channels/webhook/second", "{}"); status != 404 {
		t.Fatalf("POST to a channel that is not there = %d, want 404", status)
	}
	second := "\n[channels.webhook.second]\nsecret = \"" + l.Shop.Secret() + "\"\nsend_url = \"" + l.Shop.URL() + "\"\n"
	l.change(t, "[channels.webhook.shop]", second+"[channels.webhook.shop]")
	must[string](t)(anybody(l, "webhook/second", "c1").Write(within(t), "hello second"))
	ok(t, l.Shop.WaitFor(within(t), "c1", "You wrote: hello second"))

	l.change(t, second, "")
	if status, _ := l.call(t, "POST", "/channels/webhook/second", "{}"); status != 404 {
		t.Errorf("POST to a channel that is gone = %d, want 404", status)
	}
	must[string](t)(anybody(l, sandbox.Shop, "c2").Write(within(t), "still there?"))
	ok(t, l.Shop.WaitFor(within(t), "c2", "You wrote: still there?"))
	if n := len(l.Telegram.Calls("getMe")); n != 1 {
		t.Errorf("Telegram was set up %d times, want once: its section did not change", n)
	}
}

// Ensure that a channel that is switched off hears nothing, while what is queued and what agents answer still goes out.
func TestReloadSwitchesOff(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{Bot: []botstest.Rule{{Text: "slow", Delay: 3 * time.Second, Answer: botstest.Says("", "late answer").Answer}}})
	anna := l.Telegram.User(5100200300, "Anna", "en")
	must[int](t)(anna.Write(within(t), "hello"))
	ok(t, anna.WaitFor(within(t), "You wrote: hello"))
	thread := handedOver(t, l, "c1")
	must[string](t)(anybody(l, sandbox.Shop, "c2").Write(within(t), "slow"))
	must[[]botstest.Asked](t)(l.Bot.Await(within(t), 2))

	shop, telegram := l.section("channels.webhook.shop"), l.section("channels.telegram.support")
	l.change(t, shop, shop+"\nenabled = false", telegram, telegram+"\nenabled = false")
	for _, path := range []string{"/channels/webhook/shop", "/channels/telegram/support"} {
		if status, _ := l.call(t, "POST", path, "{}"); status != 404 {
			t.Errorf("POST %s = %d, want 404", path, status)
		}
	}
	must[slacktest.Post](t)(l.Slack.WaitPost(within(t), thread.ID, "This channel was switched off."))
	must[string](t)(l.Slack.Agent(slacktest.Ana).Reply(within(t), thread.ID, "I am still here."))
	ok(t, l.Shop.WaitFor(within(t), "c1", "I am still here."))
	ok(t, l.Shop.WaitFor(within(t), "c2", "late answer")) // asked before, answered after

	polls := len(l.Telegram.Calls("getUpdates"))
	must[int](t)(anna.Write(within(t), "anybody?"))
	l.change(t, "[handover]", "[handover]\nbreak_after = 2")
	if n := len(l.Telegram.Calls("getUpdates")); n != polls || l.Telegram.Pending() == 0 {
		t.Errorf("Telegram was polled %d times more, want polling to have stopped", n-polls)
	}
	l.change(t, shop+"\nenabled = false", shop, telegram+"\nenabled = false", telegram)
	must[slacktest.Post](t)(l.Slack.WaitPost(within(t), thread.ID, "on again"))
	ok(t, anna.WaitFor(within(t), "You wrote: anybody?"))
	told := 0
	now, _ := l.Slack.Thread(thread.ID)
	for _, p := range now.Posts() {
		told += strings.Count(p.Plain(), "switched off")
	}
	if told != 1 {
		t.Errorf("the thread was told %d times that the channel is off, want once", told)
	}
}

// Ensure that what waits for a channel whose section is gone fails for good, and that the agent is told.
func TestReloadRemovesASection(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	thread := handedOver(t, l, "c1")
	ana := l.Slack.Agent(slacktest.Ana)
	must[string](t)(ana.Reply(within(t), thread.ID, "Hello."))
	ok(t, l.Shop.WaitFor(within(t), "c1", "Hello."))
	l.Shop.Fail("", -1, webhooktest.Busy(1))
	calls := l.Shop.Calls()
	must[string](t)(ana.Reply(within(t), thread.ID, "Are you there?"))
	ok(t, l.Shop.Wait(within(t), func() bool { return l.Shop.Calls() > calls }))

	l.change(t, l.section("channels.webhook.shop"), "")
	post := must[slacktest.Post](t)(l.Slack.WaitPost(within(t), thread.ID, "Not delivered."))
	if !strings.Contains(post.Plain(), "config") {
		t.Errorf("the agent is told %q, want the reason", post.Plain())
	}
	if now, _ := l.Slack.Thread(thread.ID); slices.ContainsFunc(now.Posts(), func(p slacktest.Post) bool {
		return strings.Contains(p.Plain(), "still reach")
	}) {
		t.Error("the agent is told that replies still reach the customer")
	}
	l.Shop.Heal()
	must[string](t)(ana.Reply(within(t), thread.ID, "And now?"))
	ok(t, l.Slack.Wait(within(t), func() bool {
		now, _ := l.Slack.Thread(thread.ID)
		told := 0
		for _, p := range now.Posts() {
			told += strings.Count(strings.ToLower(p.Plain()), "not delivered")
		}
		return told >= 2
	}))
	for _, m := range l.Shop.Chat("c1") {
		if strings.Contains(m.Text, "there?") || strings.Contains(m.Text, "now?") {
			t.Errorf("the customer reads %q from a channel that is gone", m.Text)
		}
	}
}

// Ensure that a secret that was changed in its own file takes effect, and that the operator hears when it does.
func TestReloadOfASecret(t *testing.T) {
	t.Parallel()
	l := enter(t, sandbox.Options{})
	token := filepath.Join(filepath.Dir(l.file), "secrets", "telegram")
	ok(t, os.Mkdir(filepath.Dir(token), 0o700))
	ok(t, os.WriteFile(token, []byte("7001112223:wrong-wrong-wrong-wrong-wrong-wrong\n"), 0o600))
	l.text = strings.Replace(l.text, `"`+l.Telegram.Token()+`"`, `"file:secrets/telegram"`, 1)
	l.write(t, l.text)
	l.start(t)
	l.ops.wait(t, 1, "telegram/support is not set up")

	ok(t, os.WriteFile(token, []byte(l.Telegram.Token()+"\n"), 0o600))
	l.ops.wait(t, 1, "Over: telegram/support is not set up")
	anna := l.Telegram.User(5100200300, "Anna", "en")
	must[int](t)(anna.Write(within(t), "hello"))
	ok(t, anna.WaitFor(within(t), "You wrote: hello"))
	if text := l.log.String() + l.ops.String(); strings.Contains(text, "wrong-wrong") || strings.Contains(text, l.Telegram.Token()) {
		t.Errorf("a token is printed:\n%s", text)
	}
}

// Ensure that a change of [server] or [store] says that it needs a restart, and takes no effect before.
func TestReloadNeedsRestart(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	l.change(t, `admin = ""`, `admin = "`+loopback.Address(t)+`"`, "[store]", "[store]\nkeep = \"1d\"", "[handover]", "[handover]\nreopen = \"1h\"")
	for _, section := range []string{"[server]", "[store]"} {
		l.log.wait(t, 1, "needs a restart", section)
	}
	l.change(t, "[handover]", "[handover]\ngive_up = \"5m\"")
	l.log.wait(t, 2, "needs a restart", "[server]") // it still does
	if status, _ := l.call(t, "GET", "/readyz", ""); status != 200 {
		t.Errorf("GET /readyz = %d, want 200", status)
	}
}

// Ensure that a config that Kubernetes mounts is followed: the file is a link that never changes, to a folder that is
// replaced.
func TestReloadByLinks(t *testing.T) {
	t.Parallel()
	l := enter(t, sandbox.Options{})
	dir := filepath.Dir(l.file)
	put := func(version, text string) {
		ok(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		ok(t, os.WriteFile(filepath.Join(dir, version, "config.toml"), []byte(text), 0o600))
		ok(t, os.Symlink(version, filepath.Join(dir, "..next")))
		ok(t, os.Rename(filepath.Join(dir, "..next"), filepath.Join(dir, "..data")))
	}
	put("..v1", l.text)
	ok(t, os.Remove(l.file))
	ok(t, os.Symlink(filepath.Join("..data", "config.toml"), l.file))
	l.start(t)
	put("..v2", strings.Replace(l.text, "channels.webhook.shop", "channels.webhook.store", 1))
	l.log.wait(t, 1, "config reloaded")
	put("..v3", l.text)
	l.log.wait(t, 2, "config reloaded")
	if status, _ := l.call(t, "POST", "/channels/webhook/store", "{}"); status != 404 {
		t.Errorf("POST to a channel that is gone = %d, want 404", status)
	}
}

// Ensure that a file that is replaced, as editors do it, is followed also when its folder is never quiet: the database
// stands there too.
func TestReloadInABusyFolder(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	dir, stop, done := filepath.Dir(l.file), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(quietest)
		defer tick.Stop()
		for n := byte(0); ; n++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				_ = os.WriteFile(filepath.Join(dir, "patchbay.db-busy"), []byte{n}, 0o600)
			}
		}
	}()
	defer func() { close(stop); <-done }()
	for n, name := range []string{"one", "two"} {
		l.text = strings.Replace(l.text, "[handover]", "[handover] # "+name, 1)
		l.replace(t, l.text)
		l.log.wait(t, n+1, "config reloaded")
	}
	ok(t, os.WriteFile(l.file, []byte(l.text), 0o600)) // says the same
	l.change(t, "[handover]", "[handover] # three")
	if n := l.log.count("config reloaded"); n != 3 {
		t.Errorf("reloaded %d times, want 3: a file that says the same is no change", n)
	}
}

// quietest is how often the busy folder is written to: more often than a file must be quiet for.
const quietest = 50 * time.Millisecond

// Ensure that a canned reply that comes into the folder, changes and goes is followed, while the desk goes on undisturbed, and
// that one with a fault changes nothing and is told.
func TestReloadOfCannedReplies(t *testing.T) {
	t.Parallel()
	l := serve(t, sandbox.Options{})
	folder := filepath.Join(filepath.Dir(l.file), "replies")
	ok(t, os.MkdirAll(folder, 0o750))
	write := func(name, text string) { ok(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600)) }
	write("one.md", "---\ntitle: One\nname: one\n---\nFirst words.")
	l.change(t, "[slack]\n", "[slack]\nreplies = \"replies\"\n")
	thread, ana := handedOver(t, l, "c1"), l.Slack.Agent(slacktest.Ana)
	says := func(name, want string) {
		t.Helper()
		must[string](t)(ana.Reply(within(t), thread.ID, name))
		must[slacktest.Post](t)(l.Slack.WaitPost(within(t), thread.ID, want))
	}
	says("!one", "First words.")
	write("two.md", "---\ntitle: Two\nname: two\n---\nOther words.")
	l.log.wait(t, 2, "config reloaded")
	says("!two", "Other words.")
	write("one.md", "---\ntitle: One\nname: one\n---\nChanged words.")
	l.log.wait(t, 3, "config reloaded")
	says("!one", "Changed words.")
	write("two.md", "no title")
	l.log.wait(t, 1, "config not reloaded")
	says("!two", "Other words.")
	ok(t, os.Remove(filepath.Join(folder, "two.md")))
	l.log.wait(t, 4, "config reloaded")
	must[string](t)(ana.Reply(within(t), thread.ID, "!two"))
	must[slacktest.Whisper](t)(ana.WaitWhisper(within(t), "no canned reply of that name"))
}
