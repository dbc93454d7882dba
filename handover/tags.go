package handover

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"patchbay/models"
)

// ShownTags tells, in the Post of a FormTags, which of the customer's tags the form shows as chosen: only these can be taken
// off by it, and not one that a colleague gave meanwhile.
func ShownTags(tags []string) string {
	signs := make([]string, len(tags))
	for i, tag := range tags {
		signs[i] = hashOf(tag)[:8]
	}
	return strings.Join(signs, ",")
}

// JoinTags returns tags as SplitTags takes them, for people to read.
func JoinTags(tags []string) string { return strings.Join(tags, ", ") }

// agentTagged decides on the form of a customer's tags.
func (d *decision) agentTagged() {
	shown := strings.Split(d.e.Ref, ",")
	chosen := SplitTags(d.e.Values[FieldTags] + "," + d.e.Values[FieldTag])
	var tags []string
	for _, tag := range d.c.Memory.Tags {
		if slices.Contains(chosen, tag) || !slices.Contains(shown, hashOf(tag)[:8]) {
			tags = append(tags, tag)
		}
	}
	own := Tags(models.Conversation{Contact: d.c.Contact})
	for _, tag := range chosen {
		if len(tags) < TagsMost && !slices.Contains(tags, tag) && !slices.Contains(own, tag) {
			tags = append(tags, tag)
		}
	}
	if slices.Equal(tags, d.c.Memory.Tags) {
		return
	}
	given := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return slices.Contains(d.c.Memory.Tags, tag) })
	d.c.Memory.Tags = tags
	d.do(Tag{Tags: given}, Refresh{})
}

// checkTags returns what is wrong with the form of a customer's tags.
func checkTags(values map[string]string) map[string]string {
	n := 0
	for tag := range strings.SplitSeq(values[FieldTags]+","+values[FieldTag], ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			n++
		}
		if utf8.RuneCountInString(tag) > TagMost {
			return map[string]string{FieldTag: fmt.Sprintf("A tag has at most %d characters.", TagMost)}
		}
	}
	if n > TagsMost {
		return map[string]string{FieldTag: fmt.Sprintf("A customer has at most %d tags.", TagsMost)}
	}
	return nil
}
