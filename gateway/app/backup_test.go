package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"patchbay/gateway/standard"
	"patchbay/models"
	"patchbay/models/store"
	"patchbay/models/store/storetest"
)

// stored makes a database with a waiting entry, which is in use until the test ends.
func stored(t *testing.T) (url string, s *store.Store) {
	t.Helper()
	url = storetest.SQLite(t)
	s = storetest.Open(t, url)
	ok(t, s.Write(t.Context(), func(tx *store.Tx) error {
		return tx.Append(7, models.LaneOut, "a", models.Entry{Verb: models.VerbSend, Message: "m"}, 1)
	}))
	return url, s
}

// Ensure that a backup is made beside a running gateway, by somebody who has none of the tokens, and over no other file.
func TestBackup(t *testing.T) {
	url, _ := stored(t)
	file := write(t, map[string]string{"config.toml": "[store]\nurl = \"" + url + "\"\n[slack]\nbot_token = \"env:APP_TEST_UNSET\"\n"})
	backup := filepath.Join(t.TempDir(), "backup.db")
	code, out, errs := run(t, "backup", backup, "--config", file)
	if code != 0 || errs != "" || !strings.HasPrefix(out, backup+": ") || !strings.HasSuffix(out, "kB\n") {
		t.Fatalf("backup = %d, %q, %q; want the file and its size", code, out, errs)
	}
	s := storetest.Open(t, "sqlite://"+backup)
	if claims, err := s.Claim(t.Context(), models.LaneOut, "a", 1, 10); err != nil || len(claims) != 1 {
		t.Errorf("Claim from the backup = %v, %v; want the entry", claims, err)
	}
	if code, _, errs := run(t, "backup", backup, "--config", file); code != 1 || !strings.Contains(errs, "is there already") {
		t.Errorf("backup over a file = %d, %q", code, errs)
	}
	file = write(t, map[string]string{"config.toml": "[store]\nurl = \"env:APP_TEST_UNSET\"\n"})
	if code, _, errs := run(t, "backup", backup+"2", "--config", file); code != 1 || !strings.Contains(errs, "store.url: what it stands for is not set") {
		t.Errorf("backup of a database that is not named = %d, %q", code, errs)
	}
	if _, err := os.Stat(backup + "2"); err == nil {
		t.Error("a backup that failed leaves a file")
	}
}

// Ensure that copy says what it carried over, takes its addresses from the environment and from files, and refuses what is
// in use.
func TestCopy(t *testing.T) {
	url, s := stored(t)
	dir := t.TempDir()
	target := "sqlite://" + filepath.Join(dir, "copy.db")
	t.Setenv("APP_TEST_FROM", url)
	ok(t, os.WriteFile(filepath.Join(dir, "to"), []byte(target+"\n"), 0o600))
	args := []string{"copy", "--from", "env:APP_TEST_FROM", "--to", "file:" + filepath.Join(dir, "to")}
	if code, _, errs := run(t, args...); code != 1 || !strings.Contains(errs, "from: ") || !strings.Contains(errs, "is open in another process") {
		t.Errorf("copy of a database in use = %d, %q", code, errs)
	}
	ok(t, s.Close())
	code, out, errs := run(t, args...)
	if code != 0 || !progress(errs) || !strings.HasPrefix(out, "copied 3 rows in ") && !strings.HasPrefix(out, "copied 2 rows in ") ||
		!strings.Contains(out, "1 entries, ") || !strings.Contains(out, "1 lanes") {
		t.Errorf("copy = %d, %q, %q", code, out, errs)
	}
	if code, _, errs := run(t, args...); code != 1 || !strings.Contains(errs, "to: ") || !strings.Contains(errs, "exist") {
		t.Errorf("copy over a file = %d, %q", code, errs)
	}
	if code, _, errs := run(t, "copy", "--from", "env:APP_TEST_UNSET", "--to", target); code != 1 ||
		!strings.Contains(errs, "--from: the environment variable APP_TEST_UNSET is not set") {
		t.Errorf("copy from a variable that is not set = %d, %q", code, errs)
	}
}

// progress reports whether a text says nothing but how far something has come, as what takes more than a second does.
func progress(text string) bool {
	for line := range strings.Lines(text) {
		if !strings.Contains(line, " of ") || !strings.HasSuffix(line, "\n") {
			return false
		}
	}
	return true
}

// Ensure that a program of another name calls itself by it.
func TestName(t *testing.T) {
	kit := standard.Kit()
	kit.Name = "frontdesk"
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"copy", "--help"}, {"bench", "--help"}} {
		code, out, errs := runKit(t, kit, args...)
		if code != 0 || errs != "" || strings.Contains(out, " patchbay ") || !strings.Contains(out, "  frontdesk ") {
			t.Errorf("frontdesk %q = %d, %q and\n%s", args, code, errs, out)
		}
	}
	if code, _, errs := runKit(t, kit, "sreve"); code != 2 || !strings.HasPrefix(errs, "frontdesk: ") || !strings.Contains(errs, "Run frontdesk --help") {
		t.Errorf("frontdesk sreve = %d, %q", code, errs)
	}
}
