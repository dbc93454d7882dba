package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm/clause"

	"patchbay/models"
)

const (
	// nameStarts is how many beginnings of words of a name are kept, and nameKey how many bytes from each.
	nameStarts = 12
	nameKey    = 48
)

// name is a row of names.
type name struct {
	Key          string `gorm:"primaryKey"`
	Conversation int64  `gorm:"primaryKey;autoIncrement:false"`
}

// TableName returns the table of names.
func (name) TableName() string { return "names" }

// spelled are letters that are folded beyond what Unicode decomposes.
var spelled = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i")

// foldName returns a name in small letters, without accents and with one space between words. What is neither a letter nor a
// digit counts as a space, except in a number.
func foldName(text string) string {
	var b strings.Builder
	digits := true
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(text, " ")) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsLetter(r):
			digits = false
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	gap := " "
	if digits {
		gap = "" // "+49 151 23" is one number
	}
	return spelled.Replace(strings.Join(strings.Fields(b.String()), gap))
}

// nameStartsOf returns what folded says from each of its words on. Where words have no spaces between them, each letter
// begins one.
func nameStartsOf(folded string) (starts []string) {
	space := true
	for i, r := range folded {
		if len(starts) == nameStarts {
			break
		}
		if r != ' ' && (space || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer)) {
			starts = append(starts, shorten(folded[i:]))
		}
		space = r == ' '
	}
	return starts
}

// shorten returns what of text goes into a key.
func shorten(text string) string {
	if len(text) <= nameKey {
		return text
	}
	end := nameKey
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// startsOf returns by what a customer is found.
func startsOf(c models.Contact) []string {
	return append(nameStartsOf(foldName(c.Name)), nameStartsOf(foldName(c.ID))...)
}

// Called reports whether a customer is found by text: a word of his name or his id on the platform begins with it, in any case
// and with or without accents.
func Called(c models.Contact, text string) bool {
	text = shorten(foldName(text))
	if text == "" {
		return false
	}
	for _, start := range startsOf(c) {
		if strings.HasPrefix(start, text) {
			return true
		}
	}
	return false
}

func nameRows(conversation int64, c models.Contact) (rows []name) {
	known := map[string]bool{}
	for _, start := range startsOf(c) {
		if key := hex.EncodeToString([]byte(start)); !known[key] {
			known[key] = true
			rows = append(rows, name{Key: key, Conversation: conversation})
		}
	}
	return rows
}

// PutName has a conversation found by what its customer is called now. fresh is set for one that was not found before.
func (t *Tx) PutName(conversation int64, c models.Contact, fresh bool) error {
	if !fresh {
		if err := t.state.Exec(`DELETE FROM names WHERE conversation = ?`, conversation).Error; err != nil {
			return fmt.Errorf("put name: %w", err)
		}
	}
	rows := nameRows(conversation, c)
	if len(rows) == 0 {
		return nil
	}
	if err := t.state.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("put name: %w", err)
	}
	return nil
}

// FindByName returns the conversations of up to n customers who are called text: see Called. More may be.
func (s *Store) FindByName(ctx context.Context, text string, n int) (found []models.Conversation, err error) {
	text = shorten(foldName(text))
	if text == "" {
		return nil, nil
	}
	key := hex.EncodeToString([]byte(text))
	var ids []int64
	// No digit comes behind f but g.
	err = s.reader.WithContext(ctx).Raw(`SELECT conversation FROM names WHERE key >= ? AND key < ? ORDER BY key, conversation LIMIT ?`, key, key+"g", n).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("find by name: %w", err)
	}
	byID, err := s.Conversations(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		c, ok := byID[id]
		if delete(byID, id); ok && Called(c.Contact, text) {
			found = append(found, c)
		}
	}
	return found, nil
}

// Conversations reads conversations by their ids. Those that are gone are left out.
func (s *Store) Conversations(ctx context.Context, ids []int64) (map[int64]models.Conversation, error) {
	byID := make(map[int64]models.Conversation, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var all []models.Conversation
	if err := s.reader.WithContext(ctx).Where("id IN ?", ids).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("load conversations: %w", err)
	}
	for _, c := range all {
		byID[c.ID] = c
	}
	return byID, nil
}

// factNamed is the conversation up to which customers of a time without names can be found.
const factNamed = "names"

// NameNext has the customers of up to n conversations found that are not yet: those from before there were names. It
// reports whether there are more.
func (s *Store) NameNext(ctx context.Context, n int) (more bool, err error) {
	last, err := s.Fact(ctx, factNamed)
	if err != nil {
		return false, err
	}
	var after int64
	if _, err := fmt.Sscan(last, &after); err != nil && last != "" {
		return false, errors.New("name conversations: the fact is no number")
	}
	var next []models.Conversation
	if err := s.reader.WithContext(ctx).Where("id > ?", after).Order("id").Limit(n).Find(&next).Error; err != nil {
		return false, fmt.Errorf("name conversations: %w", err)
	}
	if len(next) == 0 {
		return false, nil
	}
	return len(next) == n, s.Write(ctx, func(tx *Tx) error {
		for _, c := range next {
			if err := tx.PutName(c.ID, c.Contact, true); err != nil {
				return err
			}
		}
		return tx.PutFact(factNamed, fmt.Sprint(next[len(next)-1].ID))
	})
}
