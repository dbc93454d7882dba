package models

// Template names a text that a platform has approved, so that it may be sent at any time. What it says stands in the
// Content's Text.
type Template struct {
	Name     string   `json:"name"`
	Language string   `json:"language"`         // as the platform writes it: "en_US"
	Values   []string `json:"values,omitempty"` // of its placeholders, in their order
}

// TemplateWish says of an agent's template how he wants it sent after he was asked.
type TemplateWish string

// The wishes. A template that he has just filled in has none.
const (
	TemplateAnyway TemplateWish = "anyway" // as the template that it is
	TemplateWords  TemplateWish = "words"  // its words alone, as any other reply
)
