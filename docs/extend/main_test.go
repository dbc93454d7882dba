package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/gateway/app"

	"example.com/extend/notes"
)

// environment sets what config.toml takes from it.
func environment(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "NOTES_TOKEN": "what-we-show", "NOTES_CALL_TOKEN": "what-it-shows",
	} {
		t.Setenv(name, value)
	}
}

// Ensure that the section of the added channel is decoded as those of Patchbay's own are, references included.
func TestConfig(t *testing.T) {
	environment(t)
	conf, err := app.Load("config.toml", kit())
	if err != nil {
		t.Fatalf("Load error = %v, want none", err)
	}
	if len(conf.Warnings) != 0 {
		t.Errorf("Load warnings = %v, want none", conf.Warnings)
	}
	ch, ok := conf.ChannelNamed("notes/team")
	if !ok {
		t.Fatal("the config has no channel notes/team")
	}
	c := ch.Config.(*notes.Config)
	if c.Token.Reveal() != "what-we-show" || len(c.CallToken.Reveal()) != 1 || c.CallToken.Reveal()[0] != "what-it-shows" {
		t.Error("the tokens are not those of the environment")
	}
	if c.URL != "http://127.0.0.1:8090/v1" || c.ChatRate != 5 {
		t.Errorf("url = %q, chat_rate = %v, want what the file says", c.URL, c.ChatRate)
	}
}

// Ensure that what is wrong in the section is refused with its key and line.
func TestConfigFaults(t *testing.T) {
	environment(t)
	content, err := os.ReadFile("config.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, path, text string }{
		{"a typo", "call_token =", "call_tokens =", "channels.notes.team.call_tokens", "call_token"},
		{"the wrong type", `"env:NOTES_TOKEN"`, "7", "channels.notes.team.token", "text"},
		{"a value that Validate refuses", "http://127", "127", "channels.notes.team.url", "is no http or https address"},
		{"a typo in a common key", "chat_rate", "chat_rat", "channels.notes.team.chat_rat", "chat_rate"},
		{"a kind that nobody added", "channels.notes.team", "channels.note.team", "channels.note", "notes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.Replace(string(content), tt.old, tt.new, 1)
			before, _, _ := strings.Cut(string(content), tt.old)
			_, err := app.Parse("config.toml", []byte(changed), kit())
			var found bool
			for _, f := range app.Faults(err) {
				found = found || f.Path == tt.path && f.Line == strings.Count(before, "\n")+1 && strings.Contains(f.Text, tt.text)
			}
			if !found {
				t.Errorf("Parse error = %v, want one about %s that says %q, with its line", err, tt.path, tt.text)
			}
		})
	}
}

// Ensure that the program's own commands know the channel.
func TestCheck(t *testing.T) {
	environment(t)
	check := func(file string) (code int, out string) {
		var stdout, stderr bytes.Buffer
		code = app.Run(t.Context(), []string{"check", "--config", file}, kit(), &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	if code, out := check("config.toml"); code != 0 || !strings.HasPrefix(out, "ok ") {
		t.Errorf("check = %d, %q, want 0 and ok", code, out)
	}
	bare := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(bare, []byte("[channels.notes.team]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := check(bare); code != 1 || !strings.Contains(out, "channels.notes.team.token: missing") {
		t.Errorf("check of an empty section = %d, %q, want 1 and what is missing", code, out)
	}
}
