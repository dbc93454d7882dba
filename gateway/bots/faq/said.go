package faq

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed data/said.toml
var saidFile []byte

// said is what the bot says of its own in one language.
type said struct{ Hello, Fallback string }

// phrases are what the bot says of its own, by language.
type phrases map[string]said

func newPhrases() (phrases, error) {
	var p phrases
	if err := toml.Unmarshal(saidFile, &p); err != nil {
		return nil, fmt.Errorf("data/said.toml: %w", err)
	}
	return p, nil
}

// in returns the phrases of a locale such as "pt-BR"; English if there are none.
func (p phrases) in(locale string) said {
	tag := strings.ToLower(strings.ReplaceAll(locale, "_", "-"))
	language, _, _ := strings.Cut(tag, "-")
	if s, ok := p[language]; ok {
		return s
	}
	return p["en"]
}
