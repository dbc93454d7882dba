package whatsapp

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"patchbay/models"
)

// maxLine is how many runes of what a customer wrote go into one line; maxLines is how many lines one list makes.
const (
	maxLine  = 1000
	maxLines = 30
)

// line returns words as a line that stands for what is not text.
func line(words string) string {
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '[' || r == ']'
	}), " ")
	return "[" + shortened(words) + "]"
}

// shortened returns words, or their beginning.
func shortened(words string) string {
	if runes := []rune(words); len(runes) > maxLine {
		return string(runes[:maxLine]) + "…"
	}
	return words
}

// lines returns a line for each of list, and says how many it left out.
func lines[T any](list []T, one func(T) string, what string) []string {
	var all []string
	for i, element := range list {
		if i == maxLines {
			return append(all, line(fmt.Sprintf("and %d more %s", len(list)-i, what)))
		}
		all = append(all, one(element))
	}
	return all
}

// joined joins what is not empty.
func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// attachmentWord returns what a file is called in a line.
func attachmentWord(kind models.AttachmentKind) string {
	return strings.Trim(models.Attachment{Kind: kind}.Line(), "[]")
}

type location struct {
	Latitude  json.Number `json:"latitude"`
	Longitude json.Number `json:"longitude"`
	Name      string      `json:"name"`
	Address   string      `json:"address"`
}

// place returns l, or a line where its coordinates are none.
func (l location) place() (*models.Location, []string) {
	latitude, err := l.Latitude.Float64()
	longitude, err2 := l.Longitude.Float64()
	place := models.Location{Latitude: latitude, Longitude: longitude, Name: shortened(l.Name), Address: shortened(l.Address)}
	if err != nil || err2 != nil || !place.Valid() {
		return nil, []string{line(joined(": ", "location "+l.Latitude.String()+","+l.Longitude.String(), joined(", ", l.Name, l.Address)))}
	}
	return &place, nil
}

// card is a contact that the customer shared.
type card struct {
	Name struct {
		Formatted string `json:"formatted_name"`
	} `json:"name"`
	Phones []struct {
		Phone string `json:"phone"`
		WaID  string `json:"wa_id"`
	} `json:"phones"`
	Emails []struct {
		Email string `json:"email"`
	} `json:"emails"`
	Org struct {
		Company string `json:"company"`
	} `json:"org"`
}

// cards returns the contacts, and a line that says how many are left out.
func cards(list []card) (all []models.Card, more []string) {
	for i, c := range list {
		if i == maxLines {
			return all, []string{line(fmt.Sprintf("and %d more contacts", len(list)-i))}
		}
		one := models.Card{Name: shortened(c.Name.Formatted), Org: shortened(c.Org.Company)}
		for _, p := range c.Phones {
			if p.Phone == "" {
				p.Phone = p.WaID
			}
			if p.Phone != "" {
				one.Phones = append(one.Phones, shortened(p.Phone))
			}
		}
		for _, e := range c.Emails {
			if e.Email != "" {
				one.Emails = append(one.Emails, shortened(e.Email))
			}
		}
		one.Phones, one.Emails = one.Phones[:min(len(one.Phones), maxLines)], one.Emails[:min(len(one.Emails), maxLines)]
		all = append(all, one)
	}
	return all, nil
}

// order is a cart that the customer sent.
type order struct {
	Text  string `json:"text"`
	Items []item `json:"product_items"`
}

type item struct {
	ID       string      `json:"product_retailer_id"`
	Quantity json.Number `json:"quantity"`
	Price    json.Number `json:"item_price"`
	Currency string      `json:"currency"`
}

func (o order) lines() []string {
	if len(o.Items) == 0 {
		return []string{line("order without products")}
	}
	return lines(o.Items, item.line, "products")
}

func (i item) line() string {
	return line("order: " + i.Quantity.String() + " × " + i.ID + " at " + joined(" ", i.Price.String(), i.Currency))
}

// formSent is a form (a Flow) that the customer filled in.
type formSent struct {
	Name     string `json:"name"`
	Response string `json:"response_json"`
}

// line has the form's fields in the order of their names.
func (f formSent) line() string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f.Response), &fields); err != nil {
		return line(joined(" ", "form", f.Name, "sent, but its answers cannot be read"))
	}
	delete(fields, "flow_token") // the sender's own mark, no answer
	var answers []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text := string(fields[name])
		var s string
		if json.Unmarshal(fields[name], &s) == nil {
			text = s
		}
		answers = append(answers, name+" "+text)
	}
	return line(joined(" ", "form", f.Name, "sent: "+joined(", ", answers...)))
}

func (r *referral) lines() []string {
	if r == nil {
		return nil
	}
	kind := r.Type
	if kind == "" {
		kind = "link"
	}
	head := line("came from the " + joined(": ", kind, joined(", ", r.Headline, r.Body)))
	return []string{joined(" ", head, r.URL)}
}

func (q *quoted) lines() []string {
	switch {
	case q == nil:
		return nil
	case q.Product != nil:
		return []string{line(joined(" ", "asks about the product", q.Product.ID))}
	}
	return nil
}

// forward says that somebody else wrote the message first. WhatsApp does not tell who.
func (q *quoted) forward() *models.Forward {
	if !q.Forwarded && !q.FrequentlyForwarded {
		return nil
	}
	return &models.Forward{Many: q.FrequentlyForwarded}
}
