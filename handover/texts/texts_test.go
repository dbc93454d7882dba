package texts_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"patchbay/handover/texts"
	"patchbay/models"
)

// kinds are all kinds of files.
var kinds = []models.AttachmentKind{models.Image, models.Video, models.Voice, models.Audio, models.File, models.Sticker}

func load(t *testing.T, overrides string) *texts.Texts {
	t.Helper()
	all, err := texts.Load([]byte(overrides), "texts.toml")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// only says a text in one language: another language's text gives "".
func only(all *texts.Texts, key texts.Key, language string, vars map[string]string) string {
	said := all.Say(key, []string{language}, vars)
	if language != "en" && said == all.Say(key, nil, vars) {
		return ""
	}
	return said
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	all := load(t, "")
	want := []string{"ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "pl", "pt", "ru", "tr", "vi", "zh"}
	if got := all.Languages(); !slices.Equal(got, want) {
		t.Fatalf("Languages() = %q, want %q", got, want)
	}
	for _, language := range want {
		for _, key := range texts.Keys() {
			t.Run(language+"/"+string(key), func(t *testing.T) {
				vars := map[string]string{}
				for _, name := range key.Placeholders() {
					vars[name] = "⟨" + name + "⟩"
				}
				said := only(all, key, language, vars)
				if strings.TrimSpace(said) == "" {
					t.Fatalf("Say(%s) in %s says nothing of its own", key, language)
				}
				for _, name := range key.Placeholders() {
					if n := strings.Count(said, vars[name]); n != 1 {
						t.Errorf("Say(%s) in %s has {{%s}} %d times, want once: %q", key, language, name, n, said)
					}
				}
				if strings.ContainsAny(said, "{}") {
					t.Errorf("Say(%s) in %s has a placeholder left: %q", key, language, said)
				}
				if said != strings.TrimSpace(said) || strings.Contains(said, "  ") || strings.Contains(said, "\n") {
					t.Errorf("Say(%s) in %s has stray white space: %q", key, language, said)
				}
				if n := utf8.RuneCountInString(said); n > 200 {
					t.Errorf("Say(%s) in %s has %d characters: too long for a short word", key, language, n)
				}
				if key == texts.ToBot || key == texts.Wait || key == texts.LeaveMessage {
					if n := utf8.RuneCountInString(said); n > 20 {
						t.Errorf("Say(%s) in %s has %d characters; a button has 20", key, language, n)
					}
					return
				}
				if key == texts.Correction {
					if !strings.HasSuffix(said, vars["text"]) {
						t.Errorf("Say(%s) in %s does not end with what the agent writes: %q", key, language, said)
					}
					return
				}
				if !strings.ContainsAny(said[len(said)-3:], ".?।。؟？") {
					t.Errorf("Say(%s) in %s does not end as a sentence does: %q", key, language, said)
				}
			})
		}
	}
}

// The word that stands for a name that is not known fits into the sentences, and every kind of file has its word.
func TestEveryLanguageHasItsWords(t *testing.T) {
	all := load(t, "")
	for _, language := range all.Languages() {
		if got, english := all.Say(texts.Joined, []string{language}, nil), "A colleague"; language != "en" && strings.Contains(got, english) || strings.Contains(got, "{") {
			t.Errorf("Say(joined) in %s = %q, want its own word for a colleague", language, got)
		}
		seen := map[string]models.AttachmentKind{}
		for _, kind := range kinds {
			said := all.Say(texts.CannotSend, []string{language}, map[string]string{"kind": string(kind)})
			if other, ok := seen[said]; ok {
				t.Errorf("Say(cannot_send) in %s says the same of %s and %s", language, kind, other)
			}
			seen[said] = kind
		}
		said := all.Say(texts.CannotSend, []string{language}, nil)
		if seen[said] != models.File {
			t.Errorf("Say(cannot_send) in %s without a kind = %q, want it to speak of a file", language, said)
		}
	}
}

// When the desk opens is said as a day of the week and a time, on the desk's own clock; what is no such instant as it is.
func TestEveryLanguageHasItsDays(t *testing.T) {
	all := load(t, "")
	for _, language := range all.Languages() {
		seen := map[string]string{}
		for day := 23; day < 30; day++ {
			opens := fmt.Sprintf("2026-11-%dT09:30:00+05:30", day)
			said := all.Say(texts.ClosedHours, []string{language}, map[string]string{"opens": opens})
			if other, twice := seen[said]; twice || !strings.Contains(said, ", 09:30") {
				t.Errorf("Say(closed_hours) in %s = %q of %s, like that of %s", language, said, opens, other)
			}
			seen[said] = opens
		}
	}
	if got := all.Say(texts.ClosedHours, []string{"en"}, map[string]string{"opens": "2026-11-23T09:30:00+01:00"}); !strings.Contains(got, "Monday, 09:30") {
		t.Errorf("Say(closed_hours) = %q, want Monday, 09:30", got)
	}
	if got := all.Say(texts.ClosedHours, []string{"de"}, map[string]string{"opens": "2027-01-04, 09:00"}); !strings.Contains(got, "2027-01-04, 09:00") {
		t.Errorf("Say(closed_hours) = %q, want the date as it is", got)
	}
}

// What stands on a button can be written too, in any language.
func TestMatch(t *testing.T) {
	all := load(t, "")
	for _, tt := range []struct {
		words string
		want  texts.Key
	}{
		{"Wait", texts.Wait}, {" wait. ", texts.Wait}, {"leave a message", texts.LeaveMessage}, {"Nachricht schreiben", texts.LeaveMessage}, {"等待", texts.Wait},
		{"wait for it", ""}, {"", ""}, {"Back to the bot", ""},
	} {
		if got := all.Match(tt.words, texts.Wait, texts.LeaveMessage); got != tt.want {
			t.Errorf("Match(%q) = %q, want %q", tt.words, got, tt.want)
		}
	}
}

// The customer is not told that something broke.
func TestBreakDoesNotTell(t *testing.T) {
	banned := regexp.MustCompile(`(?i)\bbots?\b|error|errore|fehler|erro\b|erreur|escal|robot|бот|ошибк|机器人|错误|ボット|エラー|błąd|błęd|hata|बॉट|बाट|त्रुटि|خطأ|روبوت|بوت|lỗi|galat|kesalahan`)
	all := load(t, "")
	for _, language := range all.Languages() {
		if said := all.Say(texts.Break, []string{language}, nil); banned.MatchString(said) {
			t.Errorf("Say(break) in %s = %q tells %q", language, said, banned.FindString(said))
		}
	}
}

// The words that the design fixes.
func TestEnglish(t *testing.T) {
	all := load(t, "")
	ann, voice := map[string]string{"agent": "Ann"}, map[string]string{"kind": "voice"}
	for _, tt := range []struct {
		key  texts.Key
		vars map[string]string
		want string
	}{
		{texts.Handover, nil, "I'm getting a colleague for you. Keep writing here, they see everything."},
		{texts.Break, nil, "Let me get a colleague to help with that. Keep writing here, they see everything."},
		{texts.Joined, ann, "Ann is here."},
		{texts.Joined, nil, "A colleague is here."},
		{texts.Resolved, ann, "Ann closed this chat. Just write if there is more."},
		{texts.CannotSend, voice, "Sorry, we can't open voice messages here. Could you send it as text or a photo?"},
		{texts.CannotSend, map[string]string{"kind": "holograms"}, "Sorry, we can't open holograms here. Could you send it as text or a photo?"},
	} {
		if got := all.Say(tt.key, nil, tt.vars); got != tt.want {
			t.Errorf("Say(%s, %v) = %q, want %q", tt.key, tt.vars, got, tt.want)
		}
	}
}

func TestSayChoosesTheLanguage(t *testing.T) {
	all := load(t, `
[texts.pt-PT]
joined = "{{agent}} está consigo."
[texts.nl]
joined = "{{agent}} is er."
[texts.de]
joined = ""
[texts.zh-Hant]
joined = "{{agent}}來了。"
`)
	ann := map[string]string{"agent": "Ann"}
	for _, tt := range []struct {
		name      string
		key       texts.Key
		languages []string
		want      string
	}{
		{"none", texts.Joined, nil, "Ann is here."},
		{"unknown", texts.Joined, []string{"xx"}, "Ann is here."},
		{"not a tag", texts.Joined, []string{"", "-", "??"}, "Ann is here."},
		{"region", texts.Joined, []string{"pt-PT"}, "Ann está consigo."},
		{"region as a locale", texts.Joined, []string{"PT_pt"}, "Ann está consigo."},
		{"region without its own", texts.Joined, []string{"pt-BR"}, "Ann já está aqui."},
		{"script and region", texts.Joined, []string{"zh-Hant-TW"}, "Ann來了。"},
		{"other script", texts.Joined, []string{"zh-Hans-CN"}, "Ann已加入对话。"},
		{"new language", texts.Joined, []string{"nl-BE"}, "Ann is er."},
		{"new language lacks the key", texts.Back, []string{"nl", "fr"}, "Vous êtes de nouveau avec l'assistant. Que puis-je faire pour vous\u00a0?"},
		{"second choice", texts.Joined, []string{"xx", "es", "fr"}, "Ann ya está aquí."},
		{"silent", texts.Joined, []string{"de", "fr"}, ""},
		{"region of a silent one", texts.Joined, []string{"de-AT"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := all.Say(tt.key, tt.languages, ann); got != tt.want {
				t.Errorf("Say(%s, %q) = %q, want %q", tt.key, tt.languages, got, tt.want)
			}
		})
	}
}

func TestSayPutsValuesInOnce(t *testing.T) {
	all := load(t, "")
	for _, name := range []string{"{{agent}}", "{{kind}}", "<b>Ann</b>", "$1", "%s", "{{"} {
		want := name + " is here."
		if got := all.Say(texts.Joined, nil, map[string]string{"agent": name, "kind": "x"}); got != want {
			t.Errorf("Say(joined) for %q = %q, want %q", name, got, want)
		}
	}
}

// What a language lacks of words comes from the language that it belongs to.
func TestWordsOfANewLanguage(t *testing.T) {
	all := load(t, `
[texts.pt-PT]
cannot_send = "Não abrimos {{kind}}."
left = "{{agent}} saiu."
[texts.nl]
cannot_send = "We openen hier geen {{ kind }}."
left = "{{agent}} is weg."
agent = "Een collega"
kinds = { voice = "spraakberichten" }
`)
	for _, tt := range []struct {
		key            texts.Key
		language, kind string
		want           string
	}{
		{texts.CannotSend, "pt-PT", "sticker", "Não abrimos figurinhas."},
		{texts.Left, "pt-PT", "", "Alguém da equipe saiu."},
		{texts.CannotSend, "nl", "voice", "We openen hier geen spraakberichten."},
		{texts.CannotSend, "nl", "sticker", "We openen hier geen stickers."},
		{texts.Left, "nl", "", "Een collega is weg."},
	} {
		if got := all.Say(tt.key, []string{tt.language}, map[string]string{"kind": tt.kind}); got != tt.want {
			t.Errorf("Say(%s) in %s = %q, want %q", tt.key, tt.language, got, tt.want)
		}
	}
}

func TestSayIsConcurrent(t *testing.T) {
	all := load(t, "")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for _, language := range all.Languages() {
				name := fmt.Sprint("agent ", i)
				if said := all.Say(texts.Resolved, []string{language}, map[string]string{"agent": name}); !strings.Contains(said, name) {
					t.Errorf("Say(resolved) in %s = %q, want it to name %q", language, said, name)
				}
			}
		})
	}
	wg.Wait()
}
