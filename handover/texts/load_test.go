package texts_test

import (
	"strings"
	"testing"

	"patchbay/handover/texts"
)

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name, file string
		want       []string // parts of the error
	}{
		{"not TOML", "[texts.en]\njoined = ", []string{"texts.toml:2:"}},
		{"twice", "[texts.en]\nback = \"a\"\nback = \"b\"\n", []string{"texts.toml:3:"}},
		{"unknown key", "[texts.en]\n\nhadnover = \"x\"\n", []string{"texts.toml:3:", "texts.en.hadnover", "unknown key"}},
		{"key outside", "joined = \"x\"\n", []string{"texts.toml:1:", "joined", "[texts.<language>]"}},
		{"language outside", "[de]\njoined = \"x\"\n", []string{"texts.toml:2:", "de.joined", "[texts.<language>]"}},
		{"no language", "[texts]\njoined = \"x\"\n", []string{"texts.toml:2:", "texts.joined"}},
		{"bad language", "[texts.german]\njoined = \"x\"\n", []string{"texts.toml:2:", `"german" is no language tag`}},
		{"bad region", "[texts.de-Austria]\njoined = \"x\"\n", []string{"texts.toml:2:", `"de-Austria"`}},
		{"language twice", "[texts.pt-BR]\nback = \"a\"\n[texts.pt-br]\nback = \"b\"\n", []string{"texts.toml:4:", `already, as "pt-BR"`}},
		{"not a text", "[texts.en]\njoined = 3\n", []string{"texts.toml:2:", "texts.en.joined", "in quotes"}},
		{"a list", "[texts.en]\njoined = [\"x\"]\n", []string{"texts.toml:2:", "in quotes"}},
		{"unknown placeholder", "[texts.en]\njoined = \"{{name}} is here\"\n", []string{"texts.toml:2:", "texts.en.joined", "{{name}}", "{{agent}}"}},
		{"no placeholder here", "[texts.en]\nback = \"{{agent}}!\"\n", []string{"texts.toml:2:", "texts.en.back", "has none"}},
		{"placeholder of another", "[texts.en]\njoined = \"{{kind}}\"\n", []string{"texts.toml:2:", "{{kind}}"}},
		{"placeholder not closed", "[texts.en]\njoined = \"{{agent} is here\"\n", []string{"texts.toml:2:", "{{ without }}"}},
		{"unknown kind", "[texts.en.kinds]\ngif = \"GIFs\"\n", []string{"texts.toml:2:", "texts.en.kinds.gif", "voice"}},
		{"unknown kind inline", "[texts.en]\nback = \"x\"\nkinds = { voice = \"x\", gif = \"GIFs\" }\n", []string{"texts.toml:3:", "texts.en.kinds.gif"}},
		{"empty word", "[texts.en]\nagent = \"\"\n", []string{"texts.toml:2:", "texts.en.agent"}},
		{"list of tables", "[[texts.en]]\nback = \"x\"\n", []string{"texts.toml:1:", "single brackets"}},
		{"too deep", "[texts.en.back]\nmore = \"x\"\n", []string{"texts.toml:2:", "texts.en.back.more"}},
		{"all at once", "[texts.en]\nfoo = \"x\"\nback = 1\n[texts.de]\nbar = \"x\"\n", []string{"texts.toml:2:", "texts.toml:3:", "texts.toml:5:"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, err := texts.Load([]byte(tt.file), "texts.toml")
			if err == nil || all != nil {
				t.Fatalf("Load(%q) = %v, %v; want an error and nothing else", tt.file, all, err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Load(%q) = %q, want %q in it", tt.file, err, part)
				}
			}
		})
	}
}

func TestLoadTakes(t *testing.T) {
	for _, file := range []string{
		"",
		"# nothing yet\n",
		"[texts]\n",
		"[texts.en]\n",
		"texts.en.back = \"x\"\n",
		"texts = { en = { back = \"x\" } }\n",
		"[texts.\"pt-BR\"]\nback = '''\nx'''\n",
		"[texts.es-419]\nback = \"x\"\n[texts.zh-Hant-TW]\nback = \"x\"\n[texts.fil]\nback = \"x\"\n",
		"[texts.en]\nback = \"x\"\n[texts.en.kinds]\nfile = \"files\"\n",
	} {
		if _, err := texts.Load([]byte(file), "texts.toml"); err != nil {
			t.Errorf("Load(%q) = %v, want no error", file, err)
		}
	}
}

// A change in one language leaves everything else.
func TestLoadChangesOneText(t *testing.T) {
	plain, changed := load(t, ""), load(t, "[texts.fr]\nback = \"Rebonjour.\"\n")
	for _, language := range plain.Languages() {
		for _, key := range texts.Keys() {
			before, after := plain.Say(key, []string{language}, nil), changed.Say(key, []string{language}, nil)
			if language == "fr" && key == texts.Back {
				if after != "Rebonjour." {
					t.Errorf("Say(back) in fr = %q, want the operator's", after)
				}
			} else if before != after {
				t.Errorf("Say(%s) in %s = %q, want %q", key, language, after, before)
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "[texts.en]\njoined = \"{{agent}}\"\n", "texts.de.kinds = { file = \"x\", voice = \"y\" }", "[[texts.en]]", "[texts.en]\nx = [[{a=1}]]",
		"[texts.\"\\u0065n\"]\nback=\"\\u007b\\u007bagent}}\"", "texts.en.back = \"\"\"\n\\\n  x\"\"\"", "[texts.en]\njoined = \"{{}}\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		all, err := texts.Load([]byte(file), "texts.toml")
		if err != nil {
			if all != nil {
				t.Errorf("Load(%q) gives texts and %v", file, err)
			}
			return
		}
		for _, language := range all.Languages() {
			for _, key := range texts.Keys() {
				_ = all.Say(key, []string{language}, map[string]string{"agent": "Ann", "kind": "voice"})
			}
		}
		if all.Say(texts.Handover, []string{"?"}, nil) != all.Say(texts.Handover, []string{"en"}, nil) {
			t.Errorf("Load(%q): an unknown language does not get English", file)
		}
	})
}
